"""Fixed vectors of slot values: the ``[CLS]`` of a frozen encoder (DST, Eq. 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from engine.models.encoder import Encoder, read
from engine.models.tokens import TextForm

LONGEST = 32


def value_vectors(frozen: Encoder, picklists: Mapping[str, Sequence[str]]) -> list[Tensor]:
    """One (V_j, D) matrix per slot; the base encoder, before any further pre-training, reads each distinct value once."""
    form = TextForm(frozen.tokens, LONGEST)
    distinct = sorted({value for values in picklists.values() for value in values})
    sequences = [form.closed_ids(ids[:LONGEST - 2]) for ids in frozen.tokens.texts(distinct)]
    vectors = read(frozen.eval(), sequences, [(row, 0) for row in range(len(sequences))])
    row = {value: index for index, value in enumerate(distinct)}
    return [vectors[[row[value] for value in values]] for values in picklists.values()]
