"""The nine corpora of paper 1's further pre-training, and which of their splits may be trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.corpora import CORPORA
from engine.corpora.locate import corpus_folder
from engine.errors import MissingDataError

PAPER_DIALOGUES, PAPER_UTTERANCES = 100_707, 1_388_152
"""Paper 1, section 4.1."""

NINE = ("frames", "metalwoz", "woz2", "camrest676", "msr_e2e", "multiwoz22", "sgd", "smd", "taskmaster1")
"""Frames, MetaLWOZ, WOZ, CamRest676, MSR-E2E, MWOZ, Schema, SMD and Taskmaster. Their cards say which splits the paper trains on."""

TRAINING_SPLITS: Mapping[str, tuple[str, ...]] = {
    "frames": ("all",), "metalwoz": ("train",), "woz2": ("train", "dev"), "camrest676": ("train", "dev"), "msr_e2e": ("all",),
    "multiwoz22": ("train",), "sgd": ("train", "dev"), "smd": ("train", "dev"), "taskmaster1": ("train",),
}
"""What we train on: stricter than the paper (which takes every split but MWOZ's dev and test), since no test split of any data set enters any training here."""

EXCLUDED = Path(__file__).with_name("excluded.txt")
"""Digests of dialogues in those splits that are test dialogues elsewhere (published twice, or cut otherwise by a converter)."""

HELD_OUT = ("multiwoz22", "dev")
"""The held-out loss is measured on these dialogues."""

REASONS: Mapping[str, str] = {
    "msr_e2e": "The taxi part (3,094 dialogues) is missing where only movie and restaurant were found.",
    "taskmaster1": "13,215 dialogues as published; a public conversion holds 2,000 of them, delexicalised.",
    "multiwoz22": "The training split only, as in the paper.",
    "woz2": "Turns of two utterances; the empty first system side is not counted.",
}
"""Why a count may differ from the paper's."""


def excluded() -> frozenset[str]:
    """The digests (`engine.dialogue.digest`) of dialogues that no training may use."""
    lines = EXCLUDED.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Dialogues and utterances of one corpus of the mixture."""

    corpus: str
    dialogues: int
    utterances: int
    note: str

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def count_paper_mixture(data_root: Path, progress: Callable[[str], None] = lambda _: None) -> list[Counted]:
    """Count every split that paper 1 trains on, where it is on this machine."""
    rows = []
    for name in NINE:
        progress(f"counting {name}")
        splits = CORPORA[name].card.pretraining_splits
        try:
            folder = corpus_folder(CORPORA[name], data_root)
        except MissingDataError:
            rows.append(Counted(corpus=name, dialogues=0, utterances=0, note="Not on this machine."))
            continue
        lengths = [len(dialogue.turns) for split in splits for dialogue in CORPORA[name].read(folder, split)]
        rows.append(Counted(corpus=name, dialogues=len(lengths), utterances=sum(lengths), note=REASONS.get(name, "")))
    return rows
