"""RESTAURANTS-8K and DialoGLUE's slots of DSTC8: utterances with places of slots, as PolyAI publishes them (Coope et al., ACL 2020)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, locate, locate_optional, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check
from engine.zoo.datasets.spans import fill, slot_set

COMMIT = "57ec275d8078af65b7731c2a98be812d844a6d6b"
HOME = "https://github.com/PolyAI-LDN/task-specific-datasets"
_AT = f"https://raw.githubusercontent.com/PolyAI-LDN/task-specific-datasets/{COMMIT}/span_extraction"
_CITATION = "Coope et al. 2020, Span-ConveRT: Few-shot Span Extraction for Dialog with Pretrained Conversational Representations, ACL"
_FILES = {"train": "train_0.json", "test": "test.json"}
_CHANGES = (
    "The slots of an utterance stand in the order of their words; spaces at the ends of a span are left out.",
    "The slots that the system has just asked for are left out.",
    "train is train_0; the other train files are parts of it for experiments with few examples and are left out.",
    "The list of slots is collected from all files.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An item of a file as it is published; equal where all that the file says is equal."""

    name: str
    """Empty in RESTAURANTS-8K."""
    text: str
    requested: tuple[str, ...]
    """Slots that the system has just asked for."""
    spans: tuple[tuple[int, int, str], ...]
    """Start, end and slot, in the file's order."""


class SpanExtraction:
    """A JSON list per file; ``startIndex`` is omitted where it is 0, ``labels`` where there are none; ``endIndex`` is exclusive."""

    tasks = ("fill",)

    def __init__(self, card: CorpusCard, remote: str, digests: Mapping[str, str]) -> None:
        self.card = card
        self.downloads = tuple(Download(url=f"{_AT}/{remote}/{name}", filename=name, sha256=digest) for name, digest in digests.items())

    def rows(self, folder: Path, split: str) -> list[list[Row]]:
        """The items of each file of a split (errors as `samples`)."""
        check(self.card, self.tasks, split, "fill")
        return [list(_rows(locate(folder, name))) for name in self._files(split)]

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        paths = [locate(folder, name) for name in self._files(split)]
        slots = slot_set(self._slots(folder), self.card.title)
        for path in paths:
            for index, raw in json_items(path):
                with record(path, f"/{index}"):
                    yield fill(self.card.name, split, _name(raw, index), text_of(raw["userInput"]["text"]), _spans(raw), slots)

    def _files(self, split: str) -> list[str]:
        return [item.filename for item in self.downloads if item.filename.endswith(_FILES[split])]

    def _slots(self, folder: Path) -> Iterator[str]:
        for path in filter(None, (locate_optional(folder, item.filename) for item in self.downloads)):
            for index, raw in json_items(path):
                with record(path, f"/{index}"):
                    yield from (slot for slot, _ in _spans(raw))


def _name(raw: Mapping[str, Any], index: int) -> str:
    """``27_001082`` is turn 2 of dialogue ``27_00108`` of SGD; RESTAURANTS-8K has no names."""
    if "id" not in raw:
        return str(index)
    found = re.fullmatch(r"(\d+_\d{5})(\d+)", text_of(raw["id"]))
    if not found:
        raise ValueError(f"the id {raw['id']!r} names no turn of a dialogue")
    return "/".join(found.groups())


def _rows(path: Path) -> Iterator[Row]:
    for index, raw in json_items(path):
        with record(path, f"/{index}"):
            asked = tuple(map(text_of, raw.get("context", {}).get("requestedSlots", ())))
            yield Row(name=text_of(raw.get("id", "")), text=text_of(raw["userInput"]["text"]), requested=asked, spans=tuple(_places(raw)))


def _spans(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = sorted((start, slot, raw["userInput"]["text"][start:end]) for start, end, slot in _places(raw))
    return [(slot, value) for _, slot, value in found]


def _places(raw: Mapping[str, Any]) -> Iterator[tuple[int, int, str]]:
    text = raw["userInput"]["text"]
    for label in raw.get("labels", ()):
        start, end = label["valueSpan"].get("startIndex", 0), label["valueSpan"]["endIndex"]
        if not 0 <= start < end <= len(text) or not text[start:end].strip():
            raise ValueError(f"the span {start} to {end} holds no words")
        yield start, end, text_of(label["slot"])


RESTAURANT8K = SpanExtraction(
    CorpusCard(
        name="restaurant8k", title="RESTAURANTS-8K", source=HOME, licence="CC BY 4.0", redistributable=True, version=f"commit {COMMIT[:12]}",
        citation=_CITATION, folders=("restaurant8k",), splits=("train", "test"), annotations=(), changes=_CHANGES),
    "restaurant8k",
    {"train_0.json": "90cb03e1cdd3ee141829605955a54d946308e1558250ca1e7413f260443bc6a4",
     "test.json": "31dbbb2fa36319f9f1f2c3ed441619ebf6e081f82aefd484b98caf86cd826ab0"})
DSTC8_SLOTS = SpanExtraction(
    CorpusCard(
        name="dstc8_slots", title="DSTC8", source=HOME, licence="CC BY 4.0; derived from SGD (CC BY-SA 4.0)", redistributable=True,
        version=f"commit {COMMIT[:12]}", citation=_CITATION, folders=("dstc8_slots",), splits=("train", "test"), annotations=(),
        changes=("The four domains follow each other and share one list of slots, as in DialoGLUE.", *_CHANGES)),
    "dstc8",
    {"Buses_1/train_0.json": "188e916bd6a312c64b0fbfbf85b07ec1227f6cdcf52031e258b7daff20d1b64e",
     "Buses_1/test.json": "efc0f277f2e724a24d65de72f138ed54d02a25ca34e8108838474c4417d87bb0",
     "Events_1/train_0.json": "0b1487785f6f2cea6319838a838c5fab5d0b2f61ec7cc0fe0f27219b4d4715f8",
     "Events_1/test.json": "141a7228b0db0059e0dc35bf8c75f159698e28ba9cd9369c6d97cfd8cd3a06c1",
     "Homes_1/train_0.json": "1b903cd371fb667c66954264b090aa3c9b6169c2525d50791acf03ea8ec65848",
     "Homes_1/test.json": "fc03c447864be0d3540e220aa25a7f015e60113c3684bf7f56b25bb006e6b0a1",
     "RentalCars_1/train_0.json": "40caaa615cc64b5a2de745f1a3d43e38329785ede9bb68640eeb0f49a104b08d",
     "RentalCars_1/test.json": "51476454e0d9c3749c683593804eb92048c26f8b7024a3b59f26ac2edebb7c0b"})
