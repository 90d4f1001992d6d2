"""Cosmos QA: what must be read between the lines of people's stories (Huang et al., EMNLP 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_line, lines, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.choices import chosen
from engine.zoo.datasets.shape import check
from engine.zoo.datasets.tables import table

_AT = "https://raw.githubusercontent.com/wilburOne/cosmosqa/master/data/"
_FILES = {"train": "train.csv", "dev": "valid.csv", "test": "test.jsonl"}
_SHA256 = {"dev": "a6a94fc1463ca82bb10f98ef68ed535405e6f5c36e044ff8e136b5c19dea63f3"}


class CosmosQa:
    """CSV for train and dev, JSON lines without labels for test; several questions, one behind the other or not, have the same context."""

    card = CorpusCard(
        name="cosmosqa",
        title="Cosmos QA",
        source="https://wilburone.github.io/cosmos/",
        licence="CC BY 4.0 (the repository states none)",
        redistributable=False,
        version="2019 release",
        citation="Huang et al. 2019, Cosmos QA: Machine Reading Comprehension with Contextual Commonsense Reasoning",
        folders=("cosmosqa", "cosmosqa_partial"),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=("The answers of the test split are not published: they stay empty.",
                 "A sample is called by the rows of its context and of itself, for one context has several questions."),
    )
    downloads = tuple(Download(url=_AT + name, filename=name, sha256=_SHA256.get(split)) for split, name in _FILES.items())
    tasks = ("comm",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path, seen = locate(folder, _FILES[split]), dict[str, int]()
        for row, (line, raw) in enumerate(_test(path) if split == "test" else table(path), start=1):
            with record(path, f"line {line}"):
                context = text_of(raw["context"])
                choices = {str(number): text_of(raw[f"answer{number}"]) for number in range(4)}
                right = None if split == "test" else raw["label"]
                yield chosen("cosmosqa", split, f"{seen.setdefault(context, row)}/{row}", text_of(raw["question"]), choices, right, context)


def _test(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in lines(path):
        yield number, json_line(line, path, number)


COSMOSQA = CosmosQa()
