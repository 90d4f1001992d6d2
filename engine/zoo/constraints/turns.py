"""Whole dialogues: the input's turns in another order, or with entities where they are masked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from engine.zoo.constraints.base import Follow, Listed, Spelling


class OrderRule:
    """Every turn of the input once, in any order.

    Args:
        start: The task's token.
        last: Ends an answer.
        turns: Ids of each turn, its speaker's mark in front.
    """

    def __init__(self, start: int, last: int, turns: Iterable[Sequence[int]]) -> None:
        self.start, self.last, self.turns = start, last, [list(turn) for turn in turns]
        self.marks = {turn[0] for turn in self.turns}

    def __call__(self, written: Sequence[int]) -> Follow:
        """See `engine.zoo.constraints.base.Rule`."""
        if not written:
            return Follow([self.start])
        left, now = self._left(written[1:])
        following, whole = Listed(left).after(now)
        if not whole:
            return Follow(sorted(following))
        left.remove(now)
        return Follow(sorted(following | ({turn[0] for turn in left} or {self.last})))

    def _left(self, said: Sequence[int]) -> tuple[list[list[int]], list[int]]:
        """Turns that may be the present one, and what is written of it."""
        left, starts = list(self.turns), [place for place, number in enumerate(said) if number in self.marks]
        for begin, end in pairwise(starts):
            left.remove(list(said[begin:end]))
        return left, list(said[starts[-1]:]) if starts else []


class MaskRule:
    """The input's own words, and one of some entities at each mask.

    Args:
        start: The task's token.
        last: Ends an answer.
        content: Ids of the dialogue.
        mask: The id that stands for an entity.
        entities: What a mask may hide.
    """

    def __init__(self, start: int, last: int, content: Sequence[int], mask: int, entities: Spelling) -> None:
        self.start, self.content, self.mask, self.entities = start, [*content, last], mask, entities

    def __call__(self, written: Sequence[int]) -> Follow:
        """See `engine.zoo.constraints.base.Rule`."""
        if not written:
            return Follow([self.start])
        states: set[tuple[int, tuple[int, ...]]] = {(0, ())}
        for number in written[1:]:
            states = {after for state in states for asked, after in self._steps(*state) if asked == number}
        return Follow(sorted({asked for state in states for asked, _ in self._steps(*state)}))

    def _steps(self, place: int, entity: tuple[int, ...]) -> list[tuple[int, tuple[int, tuple[int, ...]]]]:
        """Which ids may follow at a place of the content, inside an entity or not, and where each leads."""
        if place == len(self.content):
            return []
        if self.content[place] != self.mask:
            return [(self.content[place], (place + 1, ()))]
        following, whole = self.entities.after(entity)
        steps = [(number, (place, (*entity, number))) for number in following]
        return [*steps, *(self._steps(place + 1, ()) if whole else [])]
