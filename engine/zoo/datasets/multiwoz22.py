"""MultiWOZ 2.2 as published: dialogues with states, a schema and dialogue acts (Zang et al. 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.files import locate, locate_all
from engine.corpora.multiwoz21 import KEYS
from engine.corpora.multiwoz22 import MULTIWOZ22 as CORPUS
from engine.zoo.datasets.from_corpus import FromCorpus
from engine.zoo.datasets.goals import GOAL_TASKS, Story
from engine.zoo.datasets.schema import described, read_schema

TRACKED = frozenset(key.replace("book ", "book") for key in KEYS) | {f"bus-{slot}" for slot in ("day", "departure", "destination", "leaveat")} | {
    "hospital-department"}
"""The 35 of the schema's 61 slots that a state may have, by the published README."""


def _read(folder: Path, split: str) -> Iterator[Story]:
    locate_all(folder, f"{split}/dialogues_*.json")
    schema = read_schema(locate(folder, "schema.json"), TRACKED)
    for dialogue in CORPUS.read(folder, split):
        slots = described(schema, [service for service in schema if service in dialogue.domains], "multiwoz22")
        yield Story(dialogue=dialogue, slots=slots)


MULTIWOZ22 = FromCorpus(
    "multiwoz22", "multiwoz22", GOAL_TASKS, _read,
    ("The texts alone (folder english) give no samples: they have neither states nor acts.",
     "Slots are described by schema.json: of the dialogue's services, the 35 that states have.",
     "User acts are read from dialog_acts.json; where that is not there, SIM is given what the state gains."))
