"""RACE: English examinations of Chinese middle and high schools (Lai et al., EMNLP 2017)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.packed import json_files
from engine.zoo.datasets.shape import asked, check, with_choices
from engine.zoo.knowledge import Document

ARCHIVE = "RACE.tar.gz"


class Race:
    """One JSON file per article (named .txt) in RACE/SPLIT/LEVEL, with questions, four options each and lettered answers."""

    card = CorpusCard(
        name="race",
        title="RACE",
        source="https://www.cs.cmu.edu/~glai1/data/race/",
        licence="non-commercial research only",
        redistributable=False,
        version="2017 release",
        citation="Lai et al. 2017, RACE: Large-scale ReAding Comprehension Dataset From Examinations",
        folders=("race",),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "Articles are in the order of their file names, high school before middle school.",
            "The options stand in front of the article, so that cutting a long article does not lose them.",
            "The answer is the option's text instead of its letter.",
        ),
    )
    downloads = (Download(url=f"https://www.cs.cmu.edu/~glai1/data/race/{ARCHIVE}", filename=ARCHIVE),)
    tasks = ("docqa",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        for path, raw in json_files(folder, f"RACE/{split}/*/*.txt", ARCHIVE):
            with record(path, "/"):
                for number, (question, options, letter) in enumerate(zip(raw["questions"], raw["options"], raw["answers"], strict=True)):
                    choices = tuple(map(text_of, options))
                    text = Document(f"{with_choices('', choices).text} text: {text_of(raw['article'])}")
                    yield Sample(task=task, dataset="race", id=f"{path.parent.name}/{path.stem}/{number}", split=split,
                                 turns=asked(text_of(question)), knowledge=text, answer=lettered(letter, choices), choices=choices)


def lettered(letter: str, choices: Sequence[str]) -> str:
    """The choice that a letter names.

    >>> lettered("B", ["yes", "no"])
    'no'

    Raises:
        ValueError: There is no such choice.
    """
    return choices["ABCDEFGH"[:len(choices)].index(letter)]


RACE = Race()
