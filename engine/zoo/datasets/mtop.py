"""MTOP, English: requests to an assistant in eleven domains with slots (Li et al., EACL 2021)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import lines, locate, locate_optional, record
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check
from engine.zoo.datasets.spans import fill, slot_set

_FILES = {"train": "train.txt", "dev": "eval.txt", "test": "test.txt"}
COLUMNS = 8
"""Name, intent, slots, utterance, domain, locale, nested form, words as JSON; apart by tabs, nothing quoted."""


class Mtop:
    """``mtop/en/train.txt``, ``eval.txt`` and ``test.txt``; slots are ``start:end:SL:NAME`` apart by commas."""

    card = CorpusCard(
        name="mtop", title="MTOP", source="https://fb.me/mtop_dataset", licence="CC BY-SA 4.0", redistributable=True, version="2021 release",
        folders=("mtop",), splits=tuple(_FILES), annotations=(),
        citation="Li et al. 2021, MTOP: A Comprehensive Multilingual Task-Oriented Semantic Parsing Benchmark, EACL",
        changes=("English is read; the other five languages are left out.",
                 "Slots are those of the whole utterance with all words inside them; the intents and slots nested in a slot are left out.",
                 "Places of slots count bytes of UTF-8, or characters where a byte would cut one.",
                 "The list of slots is collected from all files.",
                 "dev is the file eval."))
    downloads = (Download(url="https://dl.fbaipublicfiles.com/mtop/mtop.zip", filename="mtop.zip"),)
    tasks = ("fill",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, *_names(split))
        slots = slot_set(_slots(folder), self.card.title)
        for number, line in lines(path):
            with record(path, f"line {number}"):
                text, spans = _read(line)
                yield fill("mtop", split, str(number), text, spans, slots)


def _names(split: str) -> tuple[str, str]:
    return f"mtop/en/{_FILES[split]}", f"en/{_FILES[split]}"


def _slots(folder: Path) -> Iterator[str]:
    for path in filter(None, (locate_optional(folder, *_names(split)) for split in _FILES)):
        for number, line in lines(path):
            with record(path, f"line {number}"):
                yield from (slot for slot, _ in _read(line)[1])


def _read(line: str) -> tuple[str, list[tuple[str, str]]]:
    cells = line.split("\t")
    if len(cells) != COLUMNS:
        raise ValueError(f"{len(cells)} columns, not {COLUMNS}")
    spans, text = [], cells[3]
    for part in filter(None, cells[2].split(",")):
        start, end, kind, slot = part.split(":")
        value = _cut(text, int(start), int(end))
        if kind != "SL" or not value.strip():
            raise ValueError(f"{part!r} is no slot of the utterance")
        spans.append((int(start), slot, value))
    return text, [(slot, value) for _, slot, value in sorted(spans)]


def _cut(text: str, start: int, end: int) -> str:
    try:
        return text.encode()[start:end].decode()
    except UnicodeDecodeError:
        return text[start:end]


MTOP = Mtop()
