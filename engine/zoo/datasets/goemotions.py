"""GoEmotions: comments of a web forum with 27 emotions or none (Demszky et al., ACL 2020)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import lines, locate, one_of, record
from engine.zoo.base import Sample
from engine.zoo.datasets.choices import felt
from engine.zoo.datasets.shape import check, label_set, words

_AT = "https://raw.githubusercontent.com/google-research/google-research/"
_COMMITS = {"train.tsv": "2adf640a14f11025ae5a9d0ec493b78530d276d3", "dev.tsv": "2adf640a14f11025ae5a9d0ec493b78530d276d3",
            "test.tsv": "b91598b43297db06cca27a29fe2d0442dffea029", "emotions.txt": "018cbe7892d848bc871d482fd2868089037e375f"}


class GoEmotions:
    """Tab-separated text, comma-separated emotion numbers and comment id, quoted as in CSV; a number is a line of ``emotions.txt``, from 0."""

    card = CorpusCard(
        name="goemotions",
        title="GoEmotions",
        source="https://github.com/google-research/google-research/tree/master/goemotions",
        licence="CC BY 4.0",
        redistributable=True,
        version="filtered by rater agreement, 2020",
        citation="Demszky et al. 2020, GoEmotions: A Dataset of Fine-Grained Emotions",
        folders=("goemotions",),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=("Comments with several emotions are left out: the task answers with one.",),
    )
    downloads = tuple(Download(url=f"{_AT}{commit}/goemotions/data/{name}", filename=name) for name, commit in _COMMITS.items())
    tasks = ("emo",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path, table = locate(folder, f"{split}.tsv"), locate(folder, "emotions.txt")
        emotions = {str(number - 1): words(line) for number, line in lines(table) if line.strip()}
        known = label_set(emotions.values(), f"the {len(emotions)} emotions of GoEmotions")
        for number, line in lines(path):
            with record(path, f"line {number}"):
                text, marked, name = _fields(line)
                told = [one_of(emotions, emotion) for emotion in marked.split(",")]
                if len(told) == 1:
                    yield felt("goemotions", split, name, text, told[0], known)


def _fields(line: str) -> list[str]:
    """The fields of one line; for use inside `record`."""
    try:
        return next(csv.reader([line], delimiter="\t"), [])
    except csv.Error as error:
        raise ValueError(str(error)) from None


GOEMOTIONS = GoEmotions()
