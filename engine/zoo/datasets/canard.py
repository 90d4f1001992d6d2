"""CANARD: questions of QuAC, rewritten to stand alone (Elgohary et al., EMNLP 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, locate, record, text_of
from engine.dialogue.model import Turn
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import alternating, check

_AT = "https://raw.githubusercontent.com/aagohary/canard/master/data/release/"
_SHA256 = {"dev.json": "fafd9f53be0684fd33f85f6bf12a63e61b835ecb9e987c9bd2186149366ce2e5"}
_FILES = {"train": "train.json", "dev": "dev.json", "test": "test.json"}


class Canard:
    """A JSON list per split; ``History`` is a title, a section and then questions and answers in turn."""

    card = CorpusCard(
        name="canard",
        title="CANARD",
        source="https://sites.google.com/view/qanta/projects/canard",
        licence="none stated; derived from QuAC (CC BY-SA 4.0)",
        redistributable=False,
        version="2019 release",
        citation="Elgohary et al. 2019, Can You Unpack That? Learning to Rewrite Questions-in-Context",
        folders=("canard", "canard_partial"),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=("The title and section of the article are one turn of the user in front of the questions.",),
    )
    downloads = tuple(Download(url=_AT + name, filename=name, sha256=_SHA256.get(name)) for name in _FILES.values())
    tasks = ("rew",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, _FILES[split])
        for index, raw in json_items(path):
            with record(path, f"/{index}"):
                title, section, *said = map(text_of, raw["History"])
                turns = (Turn(speaker="user", text=f"{title}, {section}"), *alternating([*said, text_of(raw["Question"])]))
                yield Sample(task=task, dataset="canard", id=f"{raw['QuAC_dialog_id']}/{raw['Question_no']}", split=split, turns=turns,
                             answer=text_of(raw["Rewrite"]))


CANARD = Canard()
