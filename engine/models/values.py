"""Fixed vectors of slot values: the ``[CLS]`` of a frozen encoder (DST, Eq. 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from torch import Tensor

from engine.models.encoder import Encoder, read
from engine.models.tokens import TextForm

LONGEST = 32


def value_vectors(frozen: Encoder, picklists: Mapping[str, Sequence[str]]) -> list[Tensor]:
    """One (V_j, D) matrix per slot; the base encoder, before any further pre-training, reads each distinct value once.

    The vectors of the same encoder and picklists are made once and shared.
    """
    return _vectors(frozen, tuple(map(tuple, picklists.values())))


@lru_cache(maxsize=4)
def _vectors(frozen: Encoder, picklists: tuple[tuple[str, ...], ...]) -> list[Tensor]:
    form = TextForm(frozen.tokens, LONGEST)
    distinct = sorted({value for values in picklists for value in values})
    sequences = [form.closed_ids(ids[:LONGEST - 2]) for ids in frozen.tokens.texts(distinct)]
    vectors = read(frozen.eval(), sequences, [(row, 0) for row in range(len(sequences))])
    row = {value: index for index, value in enumerate(distinct)}
    return [vectors[[row[value] for value in values]] for values in picklists]


def forget() -> None:
    """Drop the vectors made so far."""
    _vectors.cache_clear()
