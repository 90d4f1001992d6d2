"""What may follow in a row: its rule, its manner and its limit, put into the scores of the next word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

# V vocabulary


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


class Manner(Protocol):
    """How a row is written (`engine.zoo.base.Manner`)."""

    @property
    def longer(self) -> float:
        """See the class."""
        ...

    @property
    def runs(self) -> int:
        """See the class."""
        ...

    @property
    def beams(self) -> int:
        """See the class."""
        ...

    @property
    def length_penalty(self) -> float:
        """See the class."""
        ...


Rule = Callable[[Sequence[int]], Follow]
"""From the ids of a row's answer so far to what may follow."""


def restrict(scores_V: Tensor, written: Sequence[int], rule: Rule | None, manner: Manner | None, limit: int, last: int) -> None:
    """Scores of all words that may not come become minus infinity: those that the rule or the manner forbids, and all but the end at the limit."""
    follow = rule(written) if rule and len(written) < limit - 1 else None
    if len(written) >= limit - 1 or (follow and follow.only):
        _keep(scores_V, (follow.ids if follow else ()) or [last])
        return
    if manner:
        scores_V[last] -= manner.longer
        scores_V[_again(written, manner.runs)] = -torch.inf
    if follow:
        scores_V[list(follow.ids)] = -torch.inf


def _again(written: Sequence[int], size: int) -> list[int]:
    """What would make a run of ``size`` words that was written before; none where ``size`` is 0.

    >>> _again([7, 8, 9, 7, 8], 3), _again([7, 8, 9, 7, 8], 0)
    ([9], [])
    """
    tail = list(written[len(written) - size + 1:])
    return [written[end] for end in range(size - 1, len(written)) if list(written[end - size + 1:end]) == tail] if 0 < size <= len(written) else []


def _keep(scores_V: Tensor, ids: Sequence[int]) -> None:
    kept = scores_V[list(ids)].clone()
    scores_V.fill_(-torch.inf)
    scores_V[list(ids)] = kept
