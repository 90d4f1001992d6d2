"""Chit-chat, knowledge-graph and SQL sets against the published files: samples per split follow from the counts of their sources."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from engine.errors import MissingDataError
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.knowledge import Database, Document, Triples

# CHAT: utterances less dialogues, for every turn but the first is a reply. EMO: utterances. PersonaChat, KG-Copy: exchanges. SQL: queries.
COUNTS = [
    ("dailydialog", "dailydialog", "chat", "train", 87_170 - 11_118, 11_118),
    ("dailydialog", "dailydialog", "chat", "dev", 8_069 - 1_000, 1_000),
    ("dailydialog", "dailydialog", "chat", "test", 7_740 - 1_000, 1_000),
    ("dailydialog", "dailydialog", "emo", "train", 87_170, 11_118),
    ("dailydialog", "dailydialog", "emo", "dev", 8_069, 1_000),
    ("dailydialog", "dailydialog", "emo", "test", 7_740, 1_000),
    ("personachat", "personachat_partial", "chat", "dev", 7_316, 1_000),
    ("personachat", "personachat_partial", "chat", "test", 7_801, 1_000),
    ("metalwoz", "metalwoz", "chat", "train", 432_036 - 37_884, 37_884),
    ("metalwoz", "metalwoz", "chat", "heldout", 26_201 - 2_319, 2_319),
    ("commonsense_dialogues", "commonsense_dialogues_partial", "chat", "dev", 6_619 - 1_157, 1_157),
    ("commonsense_dialogues", "commonsense_dialogues_partial", "chat", "test", 6_610 - 1_158, 1_158),
    ("kgdial_soccer", "kgdial", "kgdial", "train", 12_242, 2_493),
    ("kgdial_soccer", "kgdial", "kgdial", "dev", 737, 149),
    ("kgdial_soccer", "kgdial", "kgdial", "test", 1_726, 348),
    ("kgdial_incar", "kgdial", "kgdial", "train", 2_624, 800),
    ("kgdial_incar", "kgdial", "kgdial", "dev", 320, 100),
    ("kgdial_incar", "kgdial", "kgdial", "test", 335, 100),
    ("spider", "spider_sparc_cosql", "txt2sql", "train", 7_000, 7_000),
    ("spider", "spider_sparc_cosql", "txt2sql", "dev", 1_034, 1_034),
    ("sparc", "spider_sparc_cosql", "txt2sql", "dev", 1_203, 422),
    ("cosql", "spider_sparc_cosql", "txt2sql", "dev", 1_007, 293),
]
ABSENT = [
    ("personachat", "personachat_partial", "train"), ("commonsense_dialogues", "commonsense_dialogues_partial", "train"),
    ("spider", "spider_sparc_cosql", "test"), ("sparc", "spider_sparc_cosql", "train"), ("cosql", "spider_sparc_cosql", "train"),
]
KNOWLEDGE = {"chat": Document, "kgdial": Triples, "txt2sql": Database}


@pytest.mark.parametrize(("name", "folder", "task", "split", "samples", "groups"), COUNTS)
def test_counts_follow_from_the_published_ones(shared_data: Path, name: str, folder: str, task: str, split: str, samples: int, groups: int) -> None:
    ids, parts = set(), set()
    for sample in ZOO_DATASETS[name].samples(shared_data / folder, split, task):
        ids.add(sample.id)
        parts.add(sample.group)
    assert (len(ids), len(parts)) == (samples, groups)


def test_empathetic_dialogues_fall_into_three_splits(shared_data: Path) -> None:
    """24,856 dialogues of 107,247 utterances, three of them of one utterance; one opening of dev stands in two dialogues."""
    ids = {split: [sample.id for sample in ZOO_DATASETS["empathetic_dialogues"].samples(shared_data / "empathetic_dialogues", split, "chat")]
           for split in ("train", "dev", "test")}
    assert sum(map(len, ids.values())) == len(set().union(*ids.values())) == 107_247 - 24_856
    groups = {split: {id.rpartition("/")[0] for id in mine} for split, mine in ids.items()}
    assert [len(groups[split]) for split in ("train", "dev", "test")] == [24_856 - 3 - 2_763 - 2_542, 2_762 + 1, 2_542]


@pytest.mark.parametrize(("name", "folder", "task", "split"), [row[:4] for row in COUNTS if row[2] in KNOWLEDGE and row[3] == "dev"])
def test_first_samples_look_right(shared_data: Path, name: str, folder: str, task: str, split: str) -> None:
    for sample in islice(ZOO_DATASETS[name].samples(shared_data / folder, split, task), 20):
        assert isinstance(sample.knowledge, KNOWLEDGE[task]) and bool(sample.knowledge.items) == (name != "dailydialog" and sample.knowledge != Triples(()))
        assert all(turn.text.strip() and "__eou__" not in turn.text for turn in sample.turns) and sample.answer.strip()
        if task == "txt2sql":
            assert sample.answer.lower().startswith("select") and "\n" not in sample.answer and "|" not in sample.turns[-1].text
        if task == "kgdial" or name == "personachat":
            assert sample.turns[-1].speaker == "user" and len(sample.turns) % 2 == 1


def test_most_soccer_dialogues_have_a_graph(shared_data: Path) -> None:
    known = {sample.group: bool(sample.knowledge.items) for sample in ZOO_DATASETS["kgdial_soccer"].samples(shared_data / "kgdial", "test", "kgdial")}
    assert sum(known.values()) / len(known) > 0.95


def test_clarifications_of_cosql_are_turns(shared_data: Path) -> None:
    samples = list(ZOO_DATASETS["cosql"].samples(shared_data / "spider_sparc_cosql", "dev", "txt2sql"))
    last = {sample.group: sample for sample in samples}
    assert sum(turn.speaker == "system" for sample in last.values() for turn in sample.turns) == 95


@pytest.mark.parametrize(("name", "folder", "split"), ABSENT)
def test_absent_parts_are_said_to_be_missing(shared_data: Path, name: str, folder: str, split: str) -> None:
    with pytest.raises(MissingDataError):
        next(ZOO_DATASETS[name].samples(shared_data / folder, split, ZOO_DATASETS[name].tasks[0]))
