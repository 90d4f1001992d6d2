"""Samples whose answer is the next turn: chit-chat and dialogue on a graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.dialogue.model import Speaker, Turn
from engine.zoo.base import Sample
from engine.zoo.knowledge import NOTHING, Knowledge


def continuations(turns: Sequence[Turn], *, task: str, dataset: str, id: str, split: str, knowledge: Knowledge = NOTHING,
                  speaker: Speaker | None = None) -> Iterator[Sample]:
    """Every turn (of one speaker, or of anybody) that something was said before, with all of that; an empty one stays empty."""
    for index, turn in enumerate(turns):
        if index and speaker in (None, turn.speaker):
            yield Sample(task=task, dataset=dataset, id=f"{id}/{index}", split=split, turns=tuple(turns[:index]), knowledge=knowledge, answer=turn.text)
