"""CoQA: conversations about passages of seven domains (Reddy et al., TACL 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.interview import interview
from engine.zoo.datasets.shape import check

_AT = "https://downloads.cs.stanford.edu/nlp/data/coqa/"
_FILES = {"train": ("coqa-train-v1.0.json",), "dev": ("coqa-dev-v1.0.json", "test.json")}
"""The second name is FSB's copy: it calls CoQA's dev set its test set."""


class CoQA:
    """Published as one object with a list ``data``; FSB (andreamad8/FSB) has a bare list of passages with pairs."""

    card = CorpusCard(
        name="coqa",
        title="CoQA",
        source="https://stanfordnlp.github.io/coqa/",
        licence="by passage: CC BY-SA 4.0 (Wikipedia, literature), MSR-LA (MCTest), Apache 2.0 (CNN), RACE's own non-commercial one",
        redistributable=False,
        version="1.0",
        citation="Reddy et al. 2019, CoQA: A Conversational Question Answering Challenge",
        folders=("coqa", "coqa_partial"),
        splits=("train", "dev"),
        annotations=(),
        changes=("The test set is not published.", "Answers are the free-form ones; spans and the dev set's three additional answers are left out."),
    )
    downloads = tuple(Download(url=_AT + names[0], filename=names[0]) for names in _FILES.values())
    tasks = ("docqa",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, *_FILES[split])
        published = path.name.startswith("coqa-")
        for index, raw in json_items(path, "data.item" if published else "item"):
            with record(path, f"/data/{index}" if published else f"/{index}"):
                pairs = _pairs(raw) if published else [(text_of(question), text_of(answer)) for question, answer in raw["dialogue"]]
                yield from interview("coqa", split, text_of(raw["id"]), text_of(raw["story" if published else "meta"]), pairs)


def _pairs(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Questions with the answers of the same turn."""
    answers = {answer["turn_id"]: text_of(answer["input_text"]) for answer in raw["answers"]}
    return [(text_of(question["input_text"]), answers[question["turn_id"]]) for question in raw["questions"]]


COQA = CoQA()
