"""Questions and answers in turn about one document: a sample for every question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.zoo.base import Sample
from engine.zoo.datasets.shape import alternating
from engine.zoo.knowledge import Document

UNKNOWN = "unknown"
"""The answer to a question that a set marks as unanswerable: CoQA's own word."""


def interview(dataset: str, split: str, group: str, text: str, pairs: Iterable[tuple[str, str]]) -> Iterator[Sample]:
    """Every question with all questions and answers before it; ids count from 1."""
    said: list[str] = []
    for number, (question, answer) in enumerate(pairs, start=1):
        yield Sample(task="docqa", dataset=dataset, id=f"{group}/{number}", split=split, turns=alternating([*said, question]),
                     knowledge=Document(text), answer=answer)
        said += [question, answer]
