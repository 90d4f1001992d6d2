"""Writing answers: greedy, in batches, with a cache, rules on what may follow, a limit per row, and every word told as it comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers import LogitsProcessor, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList
from transformers.generation.streamers import BaseStreamer

from engine.models.seq2seq.compact import Compact
from engine.models.seq2seq.model import TextToText, padded

# B rows, T words written so far, V vocabulary

class Follow(Protocol):
    """What may come next: these ids alone, or all but these (`engine.zoo.constraints.Follow`)."""

    @property
    def ids(self) -> Sequence[int]:
        """See the class."""
        ...

    @property
    def only(self) -> bool:
        """See the class."""
        ...


Rule = Callable[[Sequence[int]], Follow]
"""From the ids of a row's answer so far to what may follow."""
Told = Callable[[list[int]], None]
"""Called after each step with one new id per row."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """One answer."""

    ids: list[int]
    """Without first and last ones."""
    ended: bool
    """By the model itself, neither by its limit nor by being stopped."""


@torch.inference_mode()
def generate(model: TextToText, sources: Sequence[Sequence[int]], limits: Sequence[int], rules: Sequence[Rule | None] | None = None, *,
             told: Told | None = None, stop: Callable[[], bool] = lambda: False) -> list[Written]:
    """The likeliest next word at every step, for all rows at once.

    Args:
        model: In evaluation mode.
        sources: Ids of the inputs.
        limits: Most words of each row's answer, its last id included.
        rules: What may follow in each row.
        told: Hears each step's ids; rows that are done repeat the last id or padding.
        stop: Asked after each step; true ends the writing at once.

    Returns:
        An answer per row.
    """
    if not sources:
        return []
    codec = model.codec
    source_BS, mask_BS = padded(sources, codec.pad_id, model.device)
    more = {"source_ids": source_BS} if isinstance(model.net, Compact) else {}
    with torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=model.device.type == "cuda"):
        made_BT: Tensor = model.net.generate(
            input_ids=source_BS, attention_mask=mask_BS, **more, do_sample=False, num_beams=1, max_new_tokens=max(limits), use_cache=True,
            decoder_start_token_id=codec.first_id, eos_token_id=codec.last_id, pad_token_id=codec.pad_id, bos_token_id=codec.first_id,
            forced_bos_token_id=None, no_repeat_ngram_size=0, min_length=0,
            logits_processor=LogitsProcessorList([_Kept(rules or [None] * len(sources), limits, codec.last_id)]),
            stopping_criteria=StoppingCriteriaList([_Asked(stop)]), streamer=_Steps(told) if told else None)
    return [_written(row, codec.last_id, limit) for row, limit in zip(made_BT[:, 1:].tolist(), limits, strict=True)]


def _written(row: list[int], last: int, limit: int) -> Written:
    length = row.index(last) if last in row else len(row)
    return Written(ids=row[:length], ended=last in row and length < limit - 1)


class _Kept(LogitsProcessor):
    """Keeps each row to its rule, and ends it at its limit."""

    def __init__(self, rules: Sequence[Rule | None], limits: Sequence[int], last: int) -> None:
        self.rules, self.limits, self.last = rules, limits, last

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Scores of all other words become minus infinity."""
        for row, (rule, limit) in enumerate(zip(self.rules, self.limits, strict=True)):
            written = input_ids[row, 1:].tolist()
            if self.last in written:
                continue
            if len(written) >= limit - 1:
                _keep(scores[row], [self.last])
            elif rule:
                follow = rule(written)
                if follow.only:
                    _keep(scores[row], follow.ids)
                else:
                    scores[row, list(follow.ids)] = -torch.inf
        return scores


def _keep(scores_V: Tensor, ids: Sequence[int]) -> None:
    kept = scores_V[list(ids)].clone()
    scores_V.fill_(-torch.inf)
    scores_V[list(ids)] = kept


class _Asked(StoppingCriteria):
    """Ends all rows when asked to."""

    def __init__(self, stop: Callable[[], bool]) -> None:
        self.stop = stop

    def __call__(self, input_ids: Tensor, scores: Any, **_: Any) -> Tensor:
        """One answer per row."""
        return torch.full((len(input_ids),), self.stop(), dtype=torch.bool, device=input_ids.device)


class _Steps(BaseStreamer):
    """Passes each step's ids on; the first call brings what generation started with."""

    def __init__(self, told: Told) -> None:
        self.told, self.started = told, False

    def put(self, value: Tensor) -> None:
        """One id per row."""
        if self.started:
            self.told(value.tolist())
        self.started = True

    def end(self) -> None:
        """Nothing is left to tell."""
