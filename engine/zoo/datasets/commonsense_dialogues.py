"""Commonsense-Dialogues: talk in the social situations of SocialIQA (Zhou et al., SIGDIAL 2021)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_members, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.continuations import continuations
from engine.zoo.datasets.shape import alternating, check
from engine.zoo.knowledge import Document

_AT = "https://github.com/alexa/Commonsense-Dialogues/raw/53b55325ee01/data/"
_FILES = {"train": "train.json", "dev": "valid.json", "test": "test.json"}
_SHA256 = {
    "valid.json": "53da3c2cc6cfbb3cecec0246ce82047b7a7f3a8f3e4c8b1beb224c3a76968e87",
    "test.json": "75053829185a7c439db14f52f0606b435f4d56bfb16322ec8f192b63e4f37d45",
}


class CommonsenseDialogues:
    """A JSON object per split: number to situation, first speaker's name and turns."""

    card = CorpusCard(
        name="commonsense_dialogues",
        title="Commonsense-Dialogues",
        source="https://github.com/alexa/Commonsense-Dialogues",
        licence="CC BY-NC 4.0",
        redistributable=False,
        version="commit 53b55325ee01",
        citation="Zhou et al. 2021, Commonsense-Focused Dialogues for Response Generation: An Empirical Study",
        folders=("commonsense_dialogues", "commonsense_dialogues_partial"),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "The first speaker is the user; the speaker's name stands in the situation only.",
            "A dialogue whose number stands in the file again (618 of test, with the same words) is read once.",
        ),
    )
    downloads = tuple(Download(url=_AT + name, filename=name, sha256=_SHA256.get(name)) for name in _FILES.values())
    tasks = ("chat",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, _FILES[split])
        seen: set[str] = set()
        for number, raw in json_members(path):
            if number in seen:
                continue
            seen.add(number)
            with record(path, f"/{number}"):
                turns, situation = alternating(map(text_of, raw["turns"])), Document(text_of(raw["context"]))
            yield from continuations(turns, task=task, dataset="commonsense_dialogues", id=number, split=split, knowledge=situation)


COMMONSENSE_DIALOGUES = CommonsenseDialogues()
