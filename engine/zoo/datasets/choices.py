"""What the sets of COMM and EMO share: a question with choices, an utterance with one of some emotions, rows with labels in a second file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from engine.corpora.files import REFETCH, json_line, lines, one_of
from engine.errors import InputError
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import asked, with_choices
from engine.zoo.knowledge import Description


def chosen(dataset: str, split: str, name: str, question: str, choices: Mapping[str, str], right: str | None, context: str = "") -> Sample:
    """A sample of COMM; ``right`` is the label of the right choice, None where the set keeps it secret (an empty answer, and nothing to choose it from).

    Raises:
        ValueError: No choice has this label; for use inside `record`.
    """
    texts = tuple(choices.values())
    return Sample(task="comm", dataset=dataset, id=name, split=split, turns=asked(question), knowledge=with_choices(context, texts),
                  answer="" if right is None else one_of(choices, right), choices=() if right is None else texts)


def felt(dataset: str, split: str, name: str, utterance: str, emotion: str, emotions: Description) -> Sample:
    """A sample of EMO; an empty ``emotion`` is one that nobody could tell."""
    return Sample(task="emo", dataset=dataset, id=name, split=split, turns=asked(utterance), knowledge=emotions, answer=emotion,
                  choices=emotions.names if emotion else ())


def labelled(path: Path, labels: Path) -> Iterator[tuple[int, Any, str]]:
    """``(line, record, label)`` of a JSON-lines file and of the file that holds a label for each of its lines.

    Raises:
        InputError: One of the files is damaged, empty or shorter than the other.
    """
    for row, label in zip_longest(lines(path), lines(labels)):
        if row is None or label is None:
            short, long = (path, labels) if row is None else (labels, path)
            raise InputError(f"it has fewer lines than {long.name}", where=str(short), remedy=REFETCH)
        yield row[0], json_line(row[1], path, row[0]), label[1].strip()
