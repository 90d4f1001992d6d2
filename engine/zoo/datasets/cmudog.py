"""CMU_DoG: two people talk about a film while one or both read its article (Zhou et al., EMNLP 2018)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import record, text_of
from engine.dialogue.model import Turn
from engine.zoo.base import Sample
from engine.zoo.datasets.packed import json_files
from engine.zoo.datasets.shape import check, words
from engine.zoo.escape import tidy
from engine.zoo.knowledge import Document

_ARCHIVE = "cmu_dog.tar.gz"
_SPLITS = {"train": "train", "dev": "valid", "test": "test"}
_FACTS = ("movieName", "introduction", "year", "genre", "director", "cast", "rating", "critical_response")
"""Of an article's first section; what matters less stands last, where a long text is cut."""
Said = tuple[str, int, str]
"""Who, which section was on the screen, and the words."""


class CmuDog:
    """A JSON file per conversation and one per film, a film's article in four sections."""

    card = CorpusCard(
        name="cmudog",
        title="CMU_DoG",
        source="https://github.com/festvox/datasets-CMU_DoG",
        licence="none stated",
        redistributable=False,
        version="2018 release",
        citation="Zhou et al. 2018, A Dataset for Document Grounded Conversations",
        folders=("cmudog",),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "Messages that one person sends in a row are one utterance, with the section that was on the screen at the first of them; empty ones are left out.",
            "Answers are the utterances, but the first of a conversation, of people who saw the article; they are the system, the other one is the user.",
            "The first section, a table, is written as names and values.",
        ),
    )
    downloads = (
        # The archive unpacks to a folder of its own; the reader finds both folders at any depth.
        Download(url="https://github.com/festvox/datasets-CMU_DoG/archive/refs/heads/master.tar.gz", filename="cmu_dog_repository.tar.gz"),
    )
    tasks = ("docqa",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        films = _films(folder)
        for path, raw in json_files(folder, f"Conversations/{_SPLITS[split]}/*.json", _ARCHIVE):
            with record(path, "/"):
                said, sections = _said(raw["history"]), films[raw["wikiDocumentIdx"]]
                views = {reader: _seen_by(reader, said) for reader in raw["whoSawDoc"]}
                for place, (who, section, text) in enumerate(said):
                    if place and who in views:
                        yield Sample(task=task, dataset="cmudog", id=f"{path.stem}/{place}", split=split, turns=views[who][:place],
                                     knowledge=sections[section], answer=text)


def _films(folder: Path) -> dict[int, tuple[Document, ...]]:
    """Number of the film to the four sections of its article."""
    films = {}
    for path, raw in json_files(folder, "WikiData/*.json", _ARCHIVE):
        with record(path, "/"):
            films[int(raw["wikiDocumentIdx"])] = (Document(_facts(raw["0"])), *(Document(text_of(raw[section])) for section in "123"))
    return films


def _facts(table: Mapping[str, Any]) -> str:
    return " ".join(f"{words(name)}: {tidy(value if isinstance(value, str) else ' ; '.join(value))}" for name in _FACTS if (value := table[name]))


def _said(history: Sequence[Mapping[str, Any]]) -> list[Said]:
    """The utterances; several messages in a row by one person are one."""
    messages = [(text_of(message["uid"]), int(message["docIdx"]), tidy(text_of(message["text"]))) for message in history]
    rows = [list(row) for _, row in groupby((message for message in messages if message[2]), key=lambda message: message[0])]
    return [(row[0][0], row[0][1], " ".join(text for *_, text in row)) for row in rows]


def _seen_by(reader: str, said: Sequence[Said]) -> tuple[Turn, ...]:
    """The conversation with one person as the system."""
    return tuple(Turn(speaker="system" if who == reader else "user", text=text) for who, _, text in said)


CMUDOG = CmuDog()
