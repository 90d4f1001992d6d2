"""What an explanation is about: one answer among those that a head can give, and its score in the head's logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import InputError
from engine.registry import unknown
from engine.serve.reasons import named
from engine.tasks.base import Labels, TaskCard
from engine.tasks.metrics import NONE

# N rows, K logits


@dataclass(frozen=True, kw_only=True)
class Target:
    """An answer's column among a head's logits, and the columns of the answers that would stand in its place."""

    name: str
    column: int
    rivals: tuple[int, ...]

    def score(self, logits_NK: Tensor) -> Tensor:
        """Log-odds of this answer in each row: (N,)."""
        own_N = logits_NK[:, self.column]
        return own_N - logits_NK[:, list(self.rivals)].logsumexp(-1) if self.rivals else own_N


def find_target(card: TaskCard, labels: Labels, offered: Sequence[str], logits: NDArray[Any], asked: str | None) -> Target:
    """The asked answer, or the model's own one.

    Args:
        card: Of the task.
        labels: What the head knows.
        offered: Candidate responses.
        logits: One row, of the question as it stands.
        asked: An intent, an act, a response, ``slot`` (the model's own value for it) or ``slot=value``; None for the model's answer,
            of several the surest.

    Raises:
        UnknownNameError: The head does not know ``asked``.
        InputError: There are not two responses to choose from, or ``asked`` is none of them.
    """
    if card.structure == "slot_classifier":
        return _slot_value(labels, logits, asked)
    names = offered if card.structure == "siamese" else labels.names
    if card.structure == "siamese" and len(names) < 2:
        raise InputError("there is only one response, so nothing is chosen", remedy="add candidate responses")
    if asked is not None and asked not in names:
        if card.structure == "siamese":
            raise InputError("this response is not among the candidates", remedy="add it to the candidate responses")
        raise unknown("label", asked, list(names))
    column = int(np.argmax(logits)) if asked is None else list(names).index(asked)
    alone = card.structure == "multi_turn_classifier"  # each act is there or not, whatever the others
    return Target(name=names[column], column=column, rivals=() if alone else _others(0, len(names), column))


def _slot_value(labels: Labels, logits: NDArray[Any], asked: str | None) -> Target:
    slot, _, value = (asked or "").partition("=")
    if asked and slot not in labels.names:
        raise unknown("slot", slot, list(labels.names))
    if value and value not in labels.values[slot]:
        raise unknown(f"value of {slot}", value, list(labels.values[slot]))
    ends = dict(zip(labels.names, np.cumsum([len(labels.values[name]) for name in labels.names]).tolist(), strict=True))
    found = [_value_of(name, labels.values[name], logits, ends[name], value) for name in ([slot] if asked else labels.names)]
    return found[0] if asked else _surest(found, logits)


def _value_of(slot: str, values: Sequence[str], logits: NDArray[Any], end: int, value: str) -> Target:
    start = end - len(values)
    column = start + (values.index(value) if value else int(np.argmax(logits[start:end])))
    return Target(name=named(slot, values[column - start]), column=column, rivals=_others(start, end, column))


def _surest(found: Sequence[Target], logits: NDArray[Any]) -> Target:
    """Of the filled slots the surest; where none is filled, the least sure of being empty."""
    odds = [float(logits[one.column] - np.logaddexp.reduce(logits[list(one.rivals)])) if one.rivals else np.inf for one in found]
    filled = [n for n, one in enumerate(found) if not one.name.endswith(f"={NONE}")]
    return found[max(filled, key=odds.__getitem__) if filled else int(np.argmin(odds))]


def _others(start: int, end: int, column: int) -> tuple[int, ...]:
    return tuple(place for place in range(start, end) if place != column)
