"""MuTual: which reply follows from a dialogue by reason (Cui et al., ACL 2020)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.packed import json_files
from engine.zoo.datasets.race import lettered
from engine.zoo.datasets.shape import check, with_choices
from engine.zoo.datasets.signed import signed

QUESTION = "Which reply follows?"
_NEXT = re.compile(r"(?<!m ;)\s(?=(?:m ; )?[mf] : )")
"""Where somebody else begins: at ``m :``, ``f :``, or (in one dialogue) ``m ; f :``."""


class MuTual:
    """One JSON file per dialogue (named .txt): a line with all turns, four options and a lettered answer."""

    card = CorpusCard(
        name="mutual",
        title="MuTual",
        source="https://github.com/Nealcly/MuTual",
        licence="none stated",
        redistributable=False,
        version="plain (not MuTual-plus, in which one reply is a way out)",
        citation="Cui et al. 2020, MuTual: A Dataset for Multi-Turn Dialogue Reasoning",
        folders=("mutual",),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "The question (Which reply follows?) is ours and always the same.",
            "The answer is the option's text instead of its letter; the test set has no answers, they stay empty.",
            "Dialogues are in the order of their file names.",
        ),
    )
    downloads = (Download(url="https://github.com/Nealcly/MuTual/archive/refs/heads/master.tar.gz", filename="mutual_repository.tar.gz"),)
    tasks = ("dialqa",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        for path, raw in json_files(folder, f"mutual/{split}/*.txt", "mutual.tar.gz"):
            with record(path, "/"):
                options, letter = tuple(map(text_of, raw["options"])), text_of(raw["answers"]).strip()
                yield Sample(task=task, dataset="mutual", id=text_of(raw["id"]), split=split, turns=signed(_NEXT.split(text_of(raw["article"]).strip())),
                             knowledge=with_choices(QUESTION, options), answer=lettered(letter, options) if letter else "",
                             choices=options if letter else ())


MUTUAL = MuTual()
