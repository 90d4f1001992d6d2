"""CommonsenseQA 2.0: questions and statements that players of a game wrote, yes or no (Talmor et al., NeurIPS 2021)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_line, lines, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.choices import chosen
from engine.zoo.datasets.shape import check

_AT = "https://raw.githubusercontent.com/allenai/csqa2/"
_FILES = {"train": "CSQA2_train.json", "dev": "CSQA2_dev.json", "test": "CSQA2_test_no_answers.json"}
_COMMITS = {"train": "1e04178bcd504221f5afacb48c0878826752d8c3", "dev": "1e04178bcd504221f5afacb48c0878826752d8c3",
            "test": "9fb4082a394636e93d121f570c452053cb41a32a"}


class CommonsenseQa2:
    """Compressed JSON lines; ``answer`` is yes or no, in spite of the README, which shows a list."""

    card = CorpusCard(
        name="commonsenseqa2",
        title="CommonsenseQA 2.0",
        source="https://github.com/allenai/csqa2",
        licence="none in the repository (CC BY 4.0 by a copy on the Hugging Face hub)",
        redistributable=False,
        version="2.01",
        citation="Talmor et al. 2021, CommonsenseQA 2.0: Exposing the Limits of AI through Gamification",
        folders=("commonsenseqa2",),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=("The answers of the test split are not published: they stay empty.", "Prompts and validations of the game are not used."),
    )
    downloads = tuple(Download(url=f"{_AT}{_COMMITS[split]}/dataset/{name}.gz", filename=f"{name}.gz") for split, name in _FILES.items())
    tasks = ("comm",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, _FILES[split])
        for number, line in lines(path):
            raw = json_line(line, path, number)
            with record(path, f"line {number}"):
                right = None if split == "test" else text_of(raw["answer"])
                yield chosen("commonsenseqa2", split, text_of(raw["id"]), text_of(raw["question"]), {"yes": "yes", "no": "no"}, right)


COMMONSENSEQA2 = CommonsenseQa2()
