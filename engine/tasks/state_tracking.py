"""Dialogue state tracking: the value of each slot after a user turn, picked from a list (paper 1, section 4.1).

By default the picklists hold the values of MultiWOZ's ``ontology.json`` and of the train split. The released code adds the
values of dev and TEST: that is the protocol ``released``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from engine.corpora.files import json_members, locate
from engine.dialogue.model import Dialogue, Turn
from engine.tasks.base import DownstreamTask, Example, Labels, Ontology, TaskCard
from engine.tasks.metrics import DONTCARE, NONE, state_scores
from engine.tasks.outcomes import state_outcomes

DOMAINS = ("attraction", "hotel", "restaurant", "taxi", "train")
"""The five domains whose 30 slots are asked about."""

SPELLINGS = {
    "": NONE, "not mentioned": NONE, "do not care": DONTCARE, "do n't care": DONTCARE, "don't care": DONTCARE,
    "dont care": DONTCARE,
}
"""Values that we respell in every slot, beyond lower case and outer blanks."""

YES_NO = {"true": "yes", "free": "yes", "false": "no"}
SLOT_SPELLINGS: Mapping[str, Mapping[str, str]] = {
    "hotel-internet": YES_NO, "hotel-parking": YES_NO,
    "hotel-type": {"true": "hotel", "false": "guesthouse", "guest house": "guesthouse"},
}
"""Values of single slots: the table of states says true and false where the ontology and the other sources have words."""


class StateTracking(DownstreamTask):
    """Which value each slot has."""

    card = TaskCard(
        name="state_tracking",
        title="Dialogue state tracking",
        structure="slot_classifier",
        abilities=("multi_turn_representation", "entity_information"),
        corpora=("multiwoz21",),
        protocols=("paper", "released"),
        headline="joint_acc",
        metrics=("joint_acc", "slot_acc"),
        context_tokens=512,
        notes=(
            "`paper` scores by cosine (Eq. 8) and knows the values of the ontology and of train; `released` has the three-layer scorer and the "
            "values of dev and test, too (ToD-BERT's code).",
            "Under paper, a test value that is neither in the ontology nor in train cannot be picked and counts as an error.",
            "Alternatives joined with | are separate values of the picklist, and any of them is right.",
        ),
    )

    def sources(self, corpus: str, split: str, protocol: str) -> str:
        """MultiWOZ 2.1: the view with complete states."""
        return f"tsv:{split}" if corpus == "multiwoz21" else split

    def label_splits(self, protocol: str) -> tuple[str, ...]:
        """``released`` takes values from dev and test, too."""
        return ("train", "dev", "test") if protocol == "released" else ("train",)

    def reads(self, dialogue: Dialogue, index: int, protocol: str) -> tuple[Turn, ...] | None:
        """The dialogue up to and with the user turn."""
        return dialogue.turns[:index + 1] if dialogue.turns[index].speaker == "user" else None

    def gold(self, dialogue: Dialogue, index: int) -> dict[str, str] | None:
        """The state after the user turn, empty slots left out."""
        turn = dialogue.turns[index]
        return filled(turn.state) if turn.speaker == "user" and turn.state is not None else None

    def labels(self, examples: Iterable[Example], ontology: Ontology | None = None) -> Labels:
        """Every slot of ``ontology`` (five domains) and of ``examples``, sorted, with its picklist."""
        found: dict[str, set[str]] = defaultdict(set)
        for name, values in (ontology or {}).items():
            if slot_name(name).partition("-")[0] in DOMAINS:
                found[slot_name(name)].update(part for value in values for part in alternatives(slot_name(name), value))
        for example in examples:
            for slot, value in example.target.items():
                found[slot].update(alternatives(slot, value))
        picklists = {slot: (NONE, DONTCARE, *sorted(found[slot] - {NONE, DONTCARE})) for slot in sorted(found)}
        return Labels(names=tuple(picklists), values=picklists)

    def score(self, right: Sequence[Mapping[str, str]], guessed: Sequence[Mapping[str, str]], labels: Labels) -> dict[str, float]:
        """Joint and slot accuracy."""
        return state_scores(right, guessed, labels.values)

    def outcomes(self, right: Sequence[Mapping[str, str]], guessed: Sequence[Mapping[str, str]], labels: Labels) -> pd.DataFrame:
        """Whether every slot of a row is right, and how many are."""
        return state_outcomes(right, guessed, labels.values)


def normal(slot: str, value: str) -> str:
    """Lower case, no outer blanks, one spelling for "none" and "dontcare" and in `SLOT_SPELLINGS`.

    >>> normal("hotel-area", " Do n't care"), normal("hotel-type", "True"), normal("train-departure", "Cambridge")
    ('dontcare', 'hotel', 'cambridge')
    """
    plain = value.strip().lower()
    return SLOT_SPELLINGS.get(slot, {}).get(plain) or SPELLINGS.get(plain, plain)


def slot_name(name: str) -> str:
    """One spelling per slot: lower case, blanks only after "book".

    >>> slot_name("hotel-price range"), slot_name("train-leaveAt"), slot_name("hotel-book stay")
    ('hotel-pricerange', 'train-leaveat', 'hotel-book stay')
    """
    lower = name.strip().lower()
    return lower if "book" in lower else lower.replace(" ", "")


def alternatives(slot: str, value: str) -> list[str]:
    """The values that a gold annotation accepts.

    >>> alternatives("hotel-area", "centre|West")
    ['centre', 'west']
    """
    return [normal(slot, part) for part in value.split("|")]


def filled(state: Mapping[str, str]) -> dict[str, str]:
    """The slots of a state that have a value, under one spelling."""
    values = {slot_name(slot): "|".join(alternatives(slot_name(slot), value)) for slot, value in state.items()}
    return {slot: value for slot, value in values.items() if value != NONE}


def class_id(labels: Labels, slot: str, state: Mapping[str, str]) -> int | None:
    """The picklist id to train ``slot`` on: the first alternative that can be picked; None where none can."""
    picklist = labels.values[slot]
    return next((picklist.index(value) for value in alternatives(slot, state.get(slot, NONE)) if value in picklist), None)


def read_ontology(folder: Path) -> dict[str, list[str]]:
    """MultiWOZ's published ``ontology.json`` below the corpus folder (not the one modified to hold all test values).

    Raises:
        MissingDataError: The file is not there.
        InputError: The file is damaged.
    """
    return dict(json_members(locate(folder, "convlab2/ontology.json", "ontology.json")))


STATE_TRACKING = StateTracking()
