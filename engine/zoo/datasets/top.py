"""TOP as DialoGLUE flattens it: ``word:TAG word:TAG <=> INTENT`` lines whose tags fold the nesting (Gupta et al., EMNLP 2018)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import lines, locate, record
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check
from engine.zoo.datasets.spans import fill, intent, intent_set, joined, parted, slot_set
from engine.zoo.knowledge import Description

_AT = "https://raw.githubusercontent.com/zqwerty/ToDDAPT/13483093a5efd15c3d1d5b05a2957c8183291836/data_ptm/top/original_data.zip"
_FILES = {"train": "train.txt", "dev": "eval.txt", "test": "test.txt"}
_SLOT = re.compile(r"SL_(?P<slot>.+?)(_IN_(?P<inner>.+?)(?P<nested>_SL_.+)?)?")
"""A folded tag: a slot, the intent inside it, and the slots inside that."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file: all tags as DialoGLUE scores them."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    intent: str


class Top:
    """``train.txt``, ``eval.txt`` and ``test.txt``, with ``vocab.intent`` and ``vocab.slot``."""

    card = CorpusCard(
        name="top", title="TOP", source="https://github.com/alexa/dialoglue", licence="CC BY-SA", redistributable=True,
        version="DialoGLUE 2020", folders=("top",), splits=tuple(_FILES), annotations=(),
        citation="Gupta et al. 2018, Semantic Parsing for Task Oriented Dialog using Hierarchical Representations, EMNLP",
        changes=("The intent is that of the whole utterance.",
                 "Slots are those of the whole utterance with all words inside them; the intents and slots nested in a slot are left out.",
                 "A slot begins anew at a B- tag, unless this tag is of a slot nested in the same slot and intent as the word before.",
                 "Words are apart as in the file, e.g. before 's.",
                 "dev is the file eval."))
    downloads = (Download(url=_AT, filename="original_data.zip"),)
    tasks = ("fill", "intent")

    def rows(self, folder: Path, split: str) -> Iterator[tuple[int, Row]]:
        """Stream the lines of a split with their numbers from 1 (errors as `samples`)."""
        check(self.card, self.tasks, split, "fill")
        path = locate(folder, _FILES[split])
        for number, line in lines(path):
            with record(path, f"line {number}"):
                yield number, _row(line)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, _FILES[split])
        known = slot_set(_slots(folder), self.card.title) if task == "fill" else intent_set(_intents(folder), self.card.title)
        for number, row in self.rows(folder, split):
            with record(path, f"line {number}"):
                yield _sample(split, task, number, row, known)


def _row(line: str) -> Row:
    body, arrow, label = line.rpartition(" <=> ")
    parts = [part.rpartition(":") for part in body.split()]
    if not arrow or not label.startswith("IN_") or not all(token and colon for token, colon, _ in parts):
        raise ValueError("not word:TAG ... <=> INTENT")
    return Row(tuple(token for token, _, _ in parts), tuple(tag for _, _, tag in parts), label)


def _sample(split: str, task: str, number: int, row: Row, known: Description) -> Sample:
    text = " ".join(row.tokens)
    if task == "intent":
        return intent("top", split, str(number), text, row.intent.removeprefix("IN_"), known)
    return fill("top", split, str(number), text, outer(row.tokens, row.tags), known)


def outer(tokens: Sequence[str], tags: Sequence[str]) -> Iterator[tuple[str, str]]:
    """``(slot, words)`` of the slots of the whole utterance.

    >>> tags = "O B-SL_GOAL_IN_GET_PLACE I-SL_GOAL_IN_GET_PLACE B-SL_GOAL_IN_GET_PLACE_SL_CITY B-SL_DATE_TIME".split()
    >>> list(outer("to the house of Ann".split(), tags))
    [('GOAL', 'the house of'), ('DATE_TIME', 'Ann')]

    Raises:
        ValueError: Not one tag for each word, or a tag of another form.
    """
    marks = [_parted(tag) for tag in tags]
    starts = [slot != before or inner != inner_before or (mark == "B" and not nested)
              for (_, before, inner_before, _), (mark, slot, inner, nested) in pairwise([("", "", "", False), *marks])]
    return joined(tokens, [slot for _, slot, _, _ in marks], starts)


@lru_cache(maxsize=4096)
def _parted(tag: str) -> tuple[str, str, str, bool]:
    """Mark, outermost slot, the intent inside it, and whether it is of a slot inside that."""
    mark, label = parted(tag)
    found = _SLOT.fullmatch(label)
    if label and not found:
        raise ValueError(f"{tag!r} is no slot")
    return (mark, found["slot"], found["inner"] or "", bool(found["nested"])) if found else ("", "", "", False)


def _intents(folder: Path) -> Iterator[str]:
    return (line.removeprefix("IN_") for _, line in lines(locate(folder, "vocab.intent")) if line)


def _slots(folder: Path) -> Iterator[str]:
    path = locate(folder, "vocab.slot")
    for number, line in lines(path):
        with record(path, f"line {number}"):
            yield from filter(None, [_parted(line)[1] if line else ""])


TOP = Top()
