"""MuDoCo-QR: requests to an assistant in six domains, rewritten to stand alone (Tseng et al., NAACL 2021, on Martin et al., LREC 2020)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_members, locate, one_of, record, text_of
from engine.dialogue.model import Turn
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check

_AT = "https://raw.githubusercontent.com/apple/ml-cread/cc6004e74eaba2f10a52deae3077e19ec8ac185e/MuDoCo-QR-dataset/"
_FILES = tuple(f"mudoco_{domain}.json" for domain in ("calling", "messaging", "music", "news", "reminders", "weather"))
_SPLITS = {"train": "train", "eval": "dev", "test": "test"}


class Mudoco:
    """A JSON object per domain; below ``dialogs``, a dialogue names its split, and a turn has its rewritten utterance where it was ``graded``."""

    card = CorpusCard(
        name="mudoco",
        title="MuDoCo-QR",
        source="https://github.com/apple/ml-cread",
        licence="CC BY-NC 4.0 (MuDoCo); Apple's sample code licence (rewritten utterances)",
        redistributable=False,
        version="2021 release",
        citation="Tseng et al. 2021, CREAD: Combined Resolution of Ellipses and Anaphora in Dialogues",
        folders=("mudoco",),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "The published split eval is called dev.",
            "Only the user's turns are rewritten, as in the authors' program; the system's, which have rewritten utterances too, are left out.",
            "Turns that were not graded (1.4 %, where turns before them are missing) have no rewritten utterance and are left out.",
            "Turns without words are left out.",
            "Coreference links and named entities are left out.",
            "MuDoCo itself, without rewritten utterances, is not enough.",
        ),
    )
    downloads = tuple(Download(url=_AT + name, filename=name) for name in _FILES)
    tasks = ("rew",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        # All files first: half of the domains would look like the whole set.
        for path in [locate(folder, name) for name in _FILES]:
            for name, raw in json_members(path, "dialogs"):
                with record(path, f"/dialogs/{name}"):
                    if one_of(_SPLITS, raw["split"]) == split:
                        yield from _samples(name, raw, split)


def _samples(name: str, raw: Mapping[str, Any], split: str) -> Iterator[Sample]:
    turns: tuple[Turn, ...] = ()
    for entry in raw["turns"]:
        # Numbers have gaps where turns are missing; the user has the odd ones.
        number = int(entry["number"])
        if text_of(entry["utterance"]).strip():
            turns += (Turn(speaker="user" if number % 2 else "system", text=entry["utterance"]),)
            if entry["graded"] and number % 2:
                yield Sample(task="rew", dataset="mudoco", id=f"{name}/{number}", split=split, turns=turns, answer=text_of(entry["rewritten_utterance"]))


MUDOCO = Mudoco()
