"""BANKING77: customers' questions with one of 77 intents (Casanueva et al., NLP4ConvAI 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check
from engine.zoo.datasets.spans import intent, intent_set
from engine.zoo.datasets.tables import table

COMMIT = "57ec275d8078af65b7731c2a98be812d844a6d6b"
_AT = f"https://raw.githubusercontent.com/PolyAI-LDN/task-specific-datasets/{COMMIT}/banking_data/"
_SHA256 = {
    "train.csv": "b06e26ac675513959a63135f11b94ea7786ed02da65db93a5650d8838cbc664b",
    "test.csv": "d12d6e3bc4c3103966ae786dc435913c0c563dfa328f5a3646d0e62cfeeb474d",
    "categories.json": "53261da888122daf2d120d925458631d9619e15d82e56052e7a42e535ce32b63",
}


class Banking77:
    """``train.csv`` and ``test.csv`` with the columns text and category; a text may run over lines. ``categories.json`` lists the intents."""

    card = CorpusCard(
        name="banking77", title="BANKING77", source="https://github.com/PolyAI-LDN/task-specific-datasets", licence="CC BY 4.0",
        redistributable=True, version=f"commit {COMMIT[:12]}", folders=("banking77",), splits=("train", "test"), annotations=(),
        citation="Casanueva et al. 2020, Efficient Intent Detection with Dual Sentence Encoders, NLP4ConvAI",
        changes=("There is no published dev split.",))
    downloads = tuple(Download(url=_AT + name, filename=name, sha256=digest) for name, digest in _SHA256.items())
    tasks = ("intent",)

    def rows(self, folder: Path, split: str) -> Iterator[tuple[Path, int, str, str]]:
        """Stream file, line, text and label as published (errors as `samples`)."""
        check(self.card, self.tasks, split, "intent")
        path = locate(folder, f"{split}.csv")
        for line, row in table(path):
            with record(path, f"line {line}"):
                yield path, line, row["text"], row["category"]

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        intents = intent_set(_categories(locate(folder, "categories.json")), self.card.title)
        for index, (path, line, text, label) in enumerate(self.rows(folder, split)):
            with record(path, f"line {line}"):
                yield intent("banking77", split, str(index), text, label, intents)


def _categories(path: Path) -> Iterator[str]:
    for index, name in json_items(path):
        with record(path, f"/{index}"):
            yield text_of(name)


BANKING77 = Banking77()
