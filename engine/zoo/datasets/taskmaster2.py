"""Taskmaster-2: spoken dialogues with a person who plays the system, in seven domains (Byrne et al. 2020)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, locate, record, text_of
from engine.corpora.taskmaster1 import turn_of
from engine.dialogue.model import Act, Dialogue, Turn
from engine.zoo.datasets.goals import GoalDataset, Story, slot_list

_AT = "https://github.com/google-research-datasets/Taskmaster/raw/d92cb6af3005/TM-2-2020/data"
FILES = tuple(f"{domain}.json" for domain in ("flights", "food-ordering", "hotels", "movies", "music", "restaurant-search", "sports"))
CARD = CorpusCard(
    name="taskmaster2", title="Taskmaster-2", source="https://github.com/google-research-datasets/Taskmaster", licence="CC BY 4.0", redistributable=True,
    version="TM-2-2020", citation="Byrne et al. 2020, Taskmaster-2 (successor of Taskmaster-1: Toward a Realistic and Diverse Dialog Dataset)",
    folders=("taskmaster2",), splits=("train", "dev", "test"), annotations=(),
    changes=("No split is published; ours goes by the SHA-256 of the dialogue's id, modulo ten: 8 is dev, 9 is test, the others are train.",
             "A user turn's annotated segments are what the user says (SIM); those of all user turns so far are the state (TOD), the last one of a label.",
             "Labels of both annotators are kept; exact repeats are dropped. The assistant is the system, and its segments are not used.",
             "TOD: only system turns right after a user turn; SIM: every user turn that another turn stands before."))


def split_of(name: str) -> str:
    """Our split of a dialogue.

    >>> split_of("dlg-3"), split_of("dlg-1")
    ('train', 'dev')
    """
    return {8: "dev", 9: "test"}.get(int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10, "train")


def _read(folder: Path, split: str) -> Iterator[Story]:
    for path in [locate(folder, name, f"data/{name}") for name in FILES]:
        for index, raw in json_items(path):
            with record(path, f"/{index}"):
                name = text_of(raw["conversation_id"])
                story = Story(dialogue=_dialogue(name, raw, split), slots=slot_list((), "taskmaster2")) if split_of(name) == split else None
            if story is not None:
                yield story


def _dialogue(name: str, raw: Mapping[str, Any], split: str) -> Dialogue:
    return Dialogue(corpus="taskmaster2", id=name, split=split, turns=tuple(_annotated(map(turn_of, raw["utterances"]))))


def _annotated(turns: Iterator[Turn]) -> Iterator[Turn]:
    """User turns with what they say as acts and with everything said so far as state."""
    state: dict[str, str] = {}
    for turn in turns:
        if turn.speaker == "user":
            said = [(span.label, turn.text[span.start:span.end]) for span in turn.spans or ()]
            state = {**state, **dict(said)}
            turn = replace(turn, acts=tuple(Act(name=label, value=words) for label, words in said), state=state)
        yield turn


TASKMASTER2 = GoalDataset(CARD, tuple(Download(url=f"{_AT}/{name}", filename=name) for name in FILES), ("sim", "tod"), _read)
