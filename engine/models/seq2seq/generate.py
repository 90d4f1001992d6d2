"""Writing answers: greedy, in batches, with a cache, rules on what may follow, a limit per row, and every word told as it comes.

The steps are our own, since a row that is done leaves the batch here: transformers' ``generate`` keeps it until the last one is done, which costs most
where one question in fifteen has a long answer (`benchmarks/zoo_latency.py`). Networks, caches and beam search are transformers'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache, EncoderDecoderCache
from transformers.modeling_outputs import BaseModelOutput

from engine.models.lean import can_be_lean, lean
from engine.models.seq2seq.beams import search
from engine.models.seq2seq.compact import Compact
from engine.models.seq2seq.follow import Manner, Rule, restrict
from engine.models.seq2seq.model import TextToText, padded

# B rows, S input length, D hidden size, T words written so far, V vocabulary
TOGETHER = 4
"""Inputs of similar length that are read in one pass."""
ONE = 1, 1.0
"""Beams and length penalty of what is written step by step."""
Told = Callable[[int, Sequence[int]], None]
"""Called with a row's number and the ids of its answer so far, at each new one."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """One answer."""

    ids: list[int]
    """Without first and last ones."""
    ended: bool
    """By the model itself, neither by its limit nor by being stopped."""


@torch.inference_mode()
def generate(model: TextToText, sources: Sequence[Sequence[int]], limits: Sequence[int], rules: Sequence[Rule | None] | None = None, *,
             manners: Sequence[Manner | None] | None = None, told: Told = lambda place, ids: None, stop: Callable[[], bool] = lambda: False) -> list[Written]:
    """The likeliest next word at every step, for all rows at once; then those whose manner has beams, by the likeliest whole answer.

    Args:
        model: In evaluation mode.
        sources: Ids of the inputs.
        limits: Most words of each row's answer, its last id included.
        rules: What may follow in each row.
        manners: How each row is written.
        told: Hears answers grow; one with beams only when it is whole, word by word like the others.
        stop: Asked before each step; true ends the writing at once.

    Returns:
        An answer per row.
    """
    manners, rules = manners or [None] * len(sources), rules or [None] * len(sources)
    rows = [_Row(place=place, limit=limit, rule=rule, manner=manner, last=model.codec.last_id)
            for place, (limit, rule, manner) in enumerate(zip(limits, rules, manners, strict=True))]
    _step_by_step(model, sources, [row for row in rows if row.beams == ONE], told, stop)
    for beams in sorted({row.beams for row in rows} - {ONE}):
        _with_beams(model, sources, [row for row in rows if row.beams == beams], beams, told, stop)
    return [Written(ids=row.ids, ended=row.ended) for row in rows]


def _step_by_step(model: TextToText, sources: Sequence[Sequence[int]], rows: Sequence[_Row], told: Told, stop: Callable[[], bool]) -> None:
    batch = _Batch(model, [sources[row.place] for row in rows]) if rows else None
    while batch and not stop():
        open_rows = [rows[place] for place in batch.places]
        scores_BV = batch.next_scores()
        for scores_V, row in zip(scores_BV, open_rows, strict=True):
            row.bend(scores_V, row.ids)
        chosen = scores_BV.argmax(-1)
        for row, number in zip(open_rows, chosen.tolist(), strict=True):
            row.add(number, told)
        if not batch.go_on(chosen, [row.open for row in open_rows]):
            break


def _with_beams(model: TextToText, sources: Sequence[Sequence[int]], rows: Sequence[_Row], beams: tuple[int, float], told: Told,
                stop: Callable[[], bool]) -> None:
    if stop():
        return
    batch = _Batch(model, [sources[row.place] for row in rows])
    with _precise(model.device):
        found = search(model.net, batch.given(), model.codec, beams=beams[0], length_penalty=beams[1], limit=max(row.limit for row in rows),
                       bend=lambda scores_V, place, written: rows[place].bend(scores_V, written), stop=stop)
    for row, ids in zip(rows, found, strict=True):
        for number in ids:
            row.add(number, told)


@dataclass(kw_only=True)
class _Row:
    """What one row may write, and has written."""

    place: int
    limit: int
    rule: Rule | None
    manner: Manner | None
    last: int
    ids: list[int] = field(default_factory=list)
    open: bool = True
    ended: bool = False

    @property
    def beams(self) -> tuple[int, float]:
        return (self.manner.beams, self.manner.length_penalty) if self.manner and self.manner.beams > 1 else ONE

    def bend(self, scores_V: Tensor, written: Sequence[int]) -> None:
        restrict(scores_V, written, self.rule, self.manner, self.limit, self.last)

    def add(self, number: int, told: Told) -> None:
        if number == self.last:
            self.open, self.ended = False, len(self.ids) < self.limit - 1
        else:
            self.ids.append(number)
            told(self.place, self.ids)


class _Batch:
    """The rows that are still being written, with the keys and values of their words."""

    def __init__(self, model: TextToText, sources: Sequence[Sequence[int]]) -> None:
        self.net, device = model.net, model.device
        source_BS, self.mask_BS = padded(sources, model.codec.pad_id, device)
        self.places = list(range(len(sources)))
        """Which row of ``sources`` each is."""
        with _precise(device):
            self.read_BSD = _read(model, source_BS, self.mask_BS)
            self.more: dict[str, Tensor] = {}
            """What a compact model looks at again at every word."""
            if isinstance(self.net, Compact):
                self.more = {"source_ids": source_BS} | ({"offered": self.net.offer(self.read_BSD)} if self.net.config.copies else {})
        self.cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
        self.written_BT = torch.full((len(sources), 1), model.codec.first_id, device=device)

    def given(self) -> dict[str, Any]:
        """The inputs, for transformers' own generation."""
        return {**self.more, "encoder_outputs": BaseModelOutput(last_hidden_state=self.read_BSD), "attention_mask": self.mask_BS}

    def next_scores(self) -> Tensor:
        """(B, V), in float32."""
        more = {**self.more, "written_ids": self.written_BT} if self.more else {}
        with _precise(self.read_BSD.device):
            made = self.net(encoder_outputs=BaseModelOutput(last_hidden_state=self.read_BSD), attention_mask=self.mask_BS,
                            decoder_input_ids=self.written_BT[:, -1:], past_key_values=self.cache, use_cache=True, **more)
        scores_BV: Tensor = made.logits[:, -1].float()
        return scores_BV

    def go_on(self, chosen_B: Tensor, is_open: Sequence[bool]) -> bool:
        """Take the chosen words over and let rows go that are done; whether any is left."""
        self.written_BT = torch.cat([self.written_BT, chosen_B[:, None]], 1)
        if not all(is_open):
            kept = torch.tensor([row for row, goes_on in enumerate(is_open) if goes_on], dtype=torch.long, device=chosen_B.device)
            self.places = [self.places[row] for row in kept.tolist()]
            self.written_BT, self.mask_BS, self.read_BSD = self.written_BT[kept], self.mask_BS[kept], self.read_BSD[kept]
            self.more = {name: value[kept] for name, value in self.more.items()}
            if self.places:
                self.cache.batch_select_indices(kept)
        return bool(self.places)


def _read(model: TextToText, source_BS: Tensor, mask_BS: Tensor) -> Tensor:
    """States of all inputs, (B, S, D), read in parts of similar length: the longest question would make all others as long."""
    lengths = mask_BS.sum(1).tolist()
    order = sorted(range(len(lengths)), key=lambda row: lengths[row])
    read_BSD: Tensor | None = None
    for rows in (order[start:start + TOGETHER] for start in range(0, len(order), TOGETHER)):
        width = lengths[rows[-1]]
        states = _states(model, source_BS[rows, :width], mask_BS[rows, :width])
        read_BSD = states.new_zeros(*source_BS.shape, states.size(-1)) if read_BSD is None else read_BSD
        read_BSD[rows, :width] = states
    assert read_BSD is not None
    return read_BSD


def _states(model: TextToText, source_BS: Tensor, mask_BS: Tensor) -> Tensor:
    encoder: Any = model.net.get_encoder()
    layers = getattr(getattr(encoder, "encoder", None), "layer", [])
    if not model.served_in or not layers or not all(map(can_be_lean, layers)):
        states: Tensor = encoder(input_ids=source_BS, attention_mask=mask_BS).last_hidden_state
        return states
    states, look_B11S = encoder.embeddings(input_ids=source_BS), mask_BS[:, None, None].bool()
    for layer in layers:
        states = lean(layer, model.served_in)(states, look_B11S)
    return states


def _precise(device: torch.device) -> torch.autocast:
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda")
