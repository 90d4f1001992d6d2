"""CommonsenseQA: questions with five choices (Talmor et al., NAACL 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_line, lines, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.choices import chosen
from engine.zoo.datasets.shape import check

_AT = "https://s3.amazonaws.com/commensenseqa/"
_FILES = {"train": "train_rand_split.jsonl", "dev": "dev_rand_split.jsonl", "test": "test_rand_split_no_answers.jsonl"}
# Not our copy's: ParlAI checks what it fetches from the same addresses by these.
_SHA256 = {"train": "58ffa3c8472410e24b8c43f423d89c8a003d8284698a6ed7874355dedd09a2fb",
           "dev": "3210497fdaae614ac085d9eb873dd7f4d49b6f965a93adadc803e1229fd8a02a"}


class CommonsenseQa:
    """JSON lines; release 1.11 has five choices, release 1.0 (in the repository of CoS-E, folder ``v1.0``) three, in the same form."""

    card = CorpusCard(
        name="commonsenseqa",
        title="CommonsenseQA",
        source="https://www.tau-nlp.org/commonsenseqa",
        licence="MIT (copy of release 1.0 in CoS-E: BSD-3-Clause)",
        redistributable=True,
        version="1.11, random split",
        citation="Talmor et al. 2019, CommonsenseQA: A Question Answering Challenge Targeting Commonsense Knowledge",
        folders=("commonsenseqa", "csqa_cose"),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=("The answers of the test split are not published: they stay empty.", "A folder with release 1.0 is read as it is: three choices.",
                 "The concept that a question was made from is not used."),
    )
    downloads = tuple(Download(url=_AT + name, filename=name, sha256=_SHA256.get(split)) for split, name in _FILES.items())
    tasks = ("comm",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, _FILES[split], f"v1.0/{_FILES[split]}")
        for number, line in lines(path):
            raw = json_line(line, path, number)
            with record(path, f"line {number}"):
                question = raw["question"]
                choices = {text_of(choice["label"]): text_of(choice["text"]) for choice in question["choices"]}
                right = None if split == "test" else raw["answerKey"]
                yield chosen("commonsenseqa", split, text_of(raw["id"]), text_of(question["stem"]), choices, right)


COMMONSENSEQA = CommonsenseQa()
