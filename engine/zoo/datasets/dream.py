"""DREAM: questions of English examinations about dialogues (Sun et al., TACL 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check, with_choices
from engine.zoo.datasets.signed import signed

_AT = "https://raw.githubusercontent.com/nlpdata/dream/10c911ac39ce32de0c7adf2fbad4af50482ee70a/data/"
_FILES = {"train": "train.json", "dev": "dev.json", "test": "test.json"}


class Dream:
    """A list of dialogues, each a list of lines, a list of questions with three choices, and an id."""

    card = CorpusCard(
        name="dream",
        title="DREAM",
        source="https://dataset.org/dream/",
        licence="non-commercial research purpose only",
        redistributable=False,
        version="2019 release",
        citation="Sun et al. 2019, DREAM: A Challenge Dataset and Models for Dialogue-Based Reading Comprehension",
        folders=("dream",),
        splits=("train", "dev", "test"),
        annotations=(),
    )
    downloads = tuple(Download(url=_AT + name, filename=name) for name in _FILES.values())
    tasks = ("dialqa",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, _FILES[split])
        for index, raw in json_items(path):
            with record(path, f"/{index}"):
                lines, questions, name = raw
                turns = signed(map(text_of, lines))
                for number, question in enumerate(questions):
                    choices = tuple(map(text_of, question["choice"]))
                    yield Sample(task=task, dataset="dream", id=f"{name}/{number}", split=split, turns=turns, choices=choices,
                                 knowledge=with_choices(text_of(question["question"]), choices), answer=text_of(question["answer"]))


DREAM = Dream()
