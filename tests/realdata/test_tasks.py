"""The tasks on the published data sets: label and row counts, and what the default picklists cannot answer."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.corpora import CORPORA
from engine.corpora.locate import corpus_folder
from engine.dialogue.model import Dialogue
from engine.tasks import TASKS
from engine.tasks.acts import columns
from engine.tasks.base import Example, load
from engine.tasks.state_tracking import STATE_TRACKING, read_ontology


@cache
def read(corpus: str, folder: Path, split: str) -> tuple[Dialogue, ...]:
    """One split, read once for all tests."""
    return tuple(CORPORA[corpus].read(folder, split))


def examples(task: str, name: str, root: Path, split: str, protocol: str = "") -> list[Example]:
    once: Any = SimpleNamespace(card=CORPORA[name].card, read=partial(read, name))
    return list(load(TASKS[task], once, corpus_folder(CORPORA[name], root), split, protocol))


@pytest.fixture(scope="session")
def states(shared_data: Path) -> dict[str, list[Example]]:
    return {split: examples("state_tracking", "multiwoz21", shared_data, split) for split in ("train", "dev", "test")}


def test_intent_rows_and_classes(shared_data: Path) -> None:
    rows = {split: examples("intent", "oos", shared_data, split) for split in ("train", "dev", "test")}
    assert {split: len(found) for split, found in rows.items()} == {"train": 15_100, "dev": 3_100, "test": 5_500}
    labels = TASKS["intent"].labels(rows["train"])
    assert len(labels.names) == 151 and "oos" in labels.names
    assert sum(row.target == "oos" for row in rows["test"]) == 1_000


@pytest.mark.parametrize(("corpus", "system"), [("multiwoz21", 13), ("dstc2", 9), ("gsim", 6)])
def test_system_turns_carry_the_declared_acts(shared_data: Path, corpus: str, system: int) -> None:
    rows = [row for split in ("train", "dev", "test") for row in examples("dialogue_act", corpus, shared_data, split, "released")]
    carried = {act for row in rows for act in row.target}
    assert carried <= set(columns([corpus])) and len(carried) == system


@pytest.mark.parametrize("protocol", ["paper", "released"])
@pytest.mark.parametrize("corpus", ["multiwoz21", "dstc2", "gsim"])
def test_dialogue_act_splits_do_not_overlap(shared_data: Path, corpus: str, protocol: str) -> None:
    ids = [{row.id for row in examples("dialogue_act", corpus, shared_data, split, protocol)} for split in ("train", "dev", "test")]
    assert all(ids) and sum(map(len, ids)) == len(set().union(*ids))


@pytest.mark.parametrize("corpus", ["multiwoz21", "dstc2", "gsim"])
def test_response_selection_fills_batches_of_a_hundred(shared_data: Path, corpus: str) -> None:
    rows = examples("response_selection", corpus, shared_data, "test")
    assert len(rows) > 1_000 and all(row.response and row.turns for row in rows)


def test_state_rows_and_slots(states: dict[str, list[Example]]) -> None:
    assert {split: len(found) for split, found in states.items()} == {"train": 54_972, "dev": 7_358, "test": 7_368}, \
        "as published, less repeated test dialogues"
    assert len({slot for row in states["test"] for slot in row.target}) == 30


def test_default_picklists_cannot_answer_some_test_rows(states: dict[str, list[Example]], shared_data: Path) -> None:
    ontology = read_ontology(corpus_folder(CORPORA["multiwoz21"], shared_data))
    right = [row.target for row in states["test"]]
    perfect = [{slot: value.split("|")[0] for slot, value in gold.items()} for gold in right]
    default = STATE_TRACKING.labels(states["train"], ontology)
    released = STATE_TRACKING.labels([row for found in states.values() for row in found], ontology)
    assert len(default.names) == len(released.names) == 30
    assert 0.95 < STATE_TRACKING.score(right, perfect, default)["joint_acc"] < 0.97
    assert STATE_TRACKING.score(right, perfect, released)["joint_acc"] == 1.0
