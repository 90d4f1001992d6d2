"""SQuAD 2.0: questions about paragraphs, a third of them without an answer there (Rajpurkar et al., ACL 2018)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.interview import UNKNOWN
from engine.zoo.datasets.shape import asked, check
from engine.zoo.knowledge import Document

_AT = "https://rajpurkar.github.io/SQuAD-explorer/dataset/"
_FILES = {"train": "train-v2.0.json", "dev": "dev-v2.0.json"}


class Squad:
    """Articles with paragraphs with questions."""

    card = CorpusCard(
        name="squad",
        title="SQuAD 2.0",
        source="https://rajpurkar.github.io/SQuAD-explorer/",
        licence="CC BY-SA 4.0",
        redistributable=True,
        version="2.0, which contains 1.1",
        citation="Rajpurkar et al. 2018, Know What You Don't Know: Unanswerable Questions for SQuAD",
        folders=("squad",),
        splits=("train", "dev"),
        annotations=(),
        changes=(
            "The test set is not published.",
            "Of several answers to a question the first is taken.",
            "The answer to a question that is marked as impossible is the word unknown; plausible answers are left out.",
        ),
    )
    downloads = tuple(Download(url=_AT + name, filename=name) for name in _FILES.values())
    tasks = ("docqa",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, _FILES[split])
        for index, article in json_items(path, "data.item"):
            with record(path, f"/data/{index}"):
                for paragraph in article["paragraphs"]:
                    text = Document(text_of(paragraph["context"]))
                    for question in paragraph["qas"]:
                        yield Sample(task=task, dataset="squad", id=f"{article['title']}/{question['id']}", split=split,
                                     turns=asked(text_of(question["question"])), knowledge=text, answer=span_answer(question))


def span_answer(question: Mapping[str, Any]) -> str:
    """The first answer of a question in SQuAD's form, or that there is none."""
    return UNKNOWN if question["is_impossible"] else text_of(question["answers"][0]["text"])


SQUAD = Squad()
