"""Answers by transformers' own beam search: several beginnings are kept at every step, and the likeliest whole answer is taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

from engine.models.seq2seq.codec import Codec

# B rows, N rows times beams, T words written so far, V vocabulary
Bend = Callable[[Tensor, int, Sequence[int]], None]
"""Changes the scores (V,) of what may follow in a row, of which these ids are written."""


def search(net: Any, given: Mapping[str, Any], codec: Codec, *, beams: int, length_penalty: float, limit: int, bend: Bend,
           stop: Callable[[], bool]) -> list[list[int]]:
    """The likeliest answer found for each row, by its length; its last id included where it came to one.

    Args:
        net: Of transformers.
        given: What it reads, B rows.
        codec: Says which ids begin, end and fill up an answer.
        beams: Beginnings that are kept.
        length_penalty: Power of the length that an answer's log-probability is divided by.
        limit: Most words, the last id included.
        bend: Called for every beginning of every row.
        stop: Asked after each step; true ends the writing with the likeliest beginnings.
    """
    config: Any = GenerationConfig
    options = config(num_beams=beams, length_penalty=length_penalty, do_sample=False, use_cache=True, max_new_tokens=limit,
                     decoder_start_token_id=codec.first_id, bos_token_id=codec.first_id, eos_token_id=codec.last_id, pad_token_id=codec.pad_id)
    found_BT: Tensor = net.generate(**given, generation_config=options, stopping_criteria=StoppingCriteriaList([_Stopped(stop)]),
                                    logits_processor=LogitsProcessorList([_Bent(beams, codec.last_id, bend)]))
    return [_cut(row, codec) for row in found_BT[:, 1:].tolist()]


def _cut(row: list[int], codec: Codec) -> list[int]:
    if codec.last_id in row:
        return row[:row.index(codec.last_id) + 1]
    return row[:row.index(codec.pad_id)] if codec.pad_id in row else row


class _Bent(LogitsProcessor):
    """Gives each beginning's scores to ``bend``; what has ended (it may stand where there are too few beginnings) stays as it is."""

    def __init__(self, beams: int, last: int, bend: Bend) -> None:
        self.beams, self.last, self.bend = beams, last, bend

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """``input_ids`` (N, T), ``scores`` (N, V)."""
        for number, written in enumerate(input_ids[:, 1:].tolist()):
            if self.last not in written:
                self.bend(scores[number], number // self.beams, written)
        return scores


class _Stopped(StoppingCriteria):
    def __init__(self, stop: Callable[[], bool]) -> None:
        self.stop = stop

    def __call__(self, input_ids: Tensor, scores: Any, **_: Any) -> Tensor:
        return torch.full((len(input_ids),), self.stop(), device=input_ids.device)
