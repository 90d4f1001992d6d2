"""CLINC150: short requests with one of 150 intents or none of them, from the corpus of paper 1's evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engine.corpora.files import json_members, locate, record
from engine.corpora.oos import OOS, PARTS
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check
from engine.zoo.datasets.spans import intent, intent_set
from engine.zoo.knowledge import Description

OUT_OF_SCOPE = "out of scope"
_FILES = ("data_full.json", "domains.json")


class Clinc150:
    """``data_full.json``, read by `engine.corpora.oos`; the intents are those of ``domains.json``."""

    card = replace(
        OOS.card, name="clinc150", folders=("clinc150", *OOS.card.folders), splits=tuple(PARTS), annotations=(),
        changes=("The requests within and without scope of a split follow each other.",
                 f"The label oos becomes {OUT_OF_SCOPE}.",
                 "The other versions of the set (small, imbalanced, more out of scope, two classes) are left out."))
    downloads = tuple(item for item in OOS.downloads if item.filename in _FILES)
    tasks = ("intent",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path, intents = locate(folder, _FILES[0]), _intents(locate(folder, _FILES[1]))
        for dialogue in OOS.read(folder, split):
            name = dialogue.id.partition("/")[2]
            with record(path, f"/{name}"):
                label = dialogue.turns[0].intent
                said = OUT_OF_SCOPE if label == "oos" else str(label)
                # A name with a slash would make one group of the whole file.
                yield intent("clinc150", split, name.replace("/", "-"), dialogue.turns[0].text, said, intents)


def _intents(path: Path) -> Description:
    names = [name for _, members in json_members(path) for name in members]
    known = intent_set(names, "CLINC150")
    return Description((*known.items_, (OUT_OF_SCOPE, "")), f"{known.title} and {OUT_OF_SCOPE}")


CLINC150 = Clinc150()
