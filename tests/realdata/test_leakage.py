"""No test split of any data set enters any training: by name, and by the texts of the dialogues themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.corpora import CORPORA
from engine.corpora.locate import corpus_folder
from engine.corpora.mixture import HELD_OUT, TRAINING_SPLITS, excluded
from engine.dialogue.digest import digest, spoken
from engine.dialogue.model import Dialogue
from engine.tasks import TASKS
from engine.tasks.base import load

Trained = tuple[dict[str, str], set[str]]
TURNS = 4
"""Shorter dialogues may be equal by chance."""
FORBIDDEN = ("test", "heldout", "all")
WITHOUT_TEST = ("frames", "msr_e2e")
"""Published in one piece: all of it may be trained on, since nothing is ever measured on it."""
TESTS = (("multiwoz21", "test"), ("multiwoz21", "convlab2:test"), ("multiwoz22", "test"), ("woz2", "test"), ("sgd", "test"), ("smd", "test"),
         ("taskmaster1", "test"), ("metalwoz", "heldout"), ("dstc2", "derived:test"), ("gsim", "test"))
"""Test splits none of whose dialogues may be trained on. Three of MultiWOZ's stand in its published train split: they are excluded."""
NUMBERED_ANEW = ("sgd",)
"""Ids are published per split and recur in the others: dialogues are compared by their words."""
BEGUN_ALIKE = 22
"""MultiWOZ test dialogues whose first turns a train dialogue shares (one goes on where the other ends): published so, too."""
CAMREST_IN_MULTIWOZ = 135
"""MultiWOZ's train split was built on CamRest676: these of its 136 test dialogues are in it, so CamRest676 cannot be a test set here."""


def read(corpus: str, split: str, root: Path) -> Iterator[Dialogue]:
    return CORPORA[corpus].read(corpus_folder(CORPORA[corpus], root), split)


@pytest.fixture(scope="module")
def trained_on(shared_data: Path) -> Trained:
    """The training mixture: every whole dialogue with its corpus, and the first turns of every dialogue."""
    whole, begun = {}, set()
    for corpus, splits in TRAINING_SPLITS.items():
        for texts in (spoken(dialogue) for split in splits for dialogue in read(corpus, split, shared_data)):
            if digest(texts) not in excluded():
                whole[digest(texts)] = corpus
                begun.add(digest(texts[:TURNS]))
    return whole, begun


def repeated(corpus: str, split: str, root: Path, trained: dict[str, str]) -> dict[str, str]:
    """Dialogues of a test split that the mixture holds word for word, and in which corpus."""
    found = [(dialogue.id, spoken(dialogue)) for dialogue in read(corpus, split, root)]
    return {name: trained[digest(texts)] for name, texts in found if len(texts) >= TURNS and digest(texts) in trained}


@pytest.mark.parametrize("corpus", TRAINING_SPLITS)
def test_no_training_split_is_a_test_split(corpus: str) -> None:
    whole = corpus in WITHOUT_TEST
    assert not {part for part in TRAINING_SPLITS[corpus] if part in FORBIDDEN} - ({"all"} if whole else set())
    assert not whole or "test" not in CORPORA[corpus].card.splits


def test_held_out_dialogues_are_neither_trained_on_nor_a_test_split() -> None:
    assert HELD_OUT[1] == "dev" and HELD_OUT[1] not in TRAINING_SPLITS[HELD_OUT[0]]


@pytest.mark.parametrize("name", TASKS)
def test_tasks_name_no_test_split_for_training(name: str) -> None:
    task = TASKS[name]
    for corpus, protocol in ((corpus, protocol) for corpus in task.card.corpora for protocol in task.card.protocols):
        train, dev, test = (task.sources(corpus, split, protocol) for split in ("train", "dev", "test"))
        assert "test" not in train + dev and train != test
    assert task.label_splits(task.card.protocols[0]) == ("train",)


@pytest.mark.parametrize(("name", "corpus"), [(name, corpus) for name in TASKS for corpus in TASKS[name].card.corpora])
def test_no_dialogue_is_in_two_splits_of_a_task(name: str, corpus: str, shared_data: Path) -> None:
    task = TASKS[name]
    name_of = (lambda dialogue: digest(spoken(dialogue))) if corpus in NUMBERED_ANEW else (lambda dialogue: dialogue.id)
    ids = {split: {name_of(dialogue) for dialogue in read(corpus, task.sources(corpus, split, task.card.protocols[0]), shared_data)
                   if task.admits(dialogue, split)} for split in ("train", "dev", "test")}
    assert all(ids.values()) and sum(map(len, ids.values())) == len(set().union(*ids.values()))


@pytest.mark.parametrize(("name", "corpus"), [(name, corpus) for name in TASKS for corpus in TASKS[name].card.corpora])
def test_no_example_is_of_a_repeated_test_dialogue(name: str, corpus: str, shared_data: Path) -> None:
    task, folder = TASKS[name], corpus_folder(CORPORA[corpus], shared_data)
    source = {split: task.sources(corpus, split, task.card.protocols[0]) for split in ("train", "dev", "test")}
    parts = {split: {dialogue.id: spoken(dialogue) for dialogue in read(corpus, part, shared_data) if task.admits(dialogue, split)}
             for split, part in source.items()}
    tested = {digest(texts) for texts in parts["test"].values() if len(texts) >= TURNS}
    for split in ("train", "dev"):
        used = {example.id.rpartition("#")[0] for example in load(task, CORPORA[corpus], folder, split)}
        assert used and not [name for name in used if digest(parts[split][name]) in tested]


@pytest.mark.parametrize(("corpus", "split"), TESTS)
def test_no_test_dialogue_is_trained_on(corpus: str, split: str, shared_data: Path, trained_on: Trained) -> None:
    assert not repeated(corpus, split, shared_data, trained_on[0])


def test_multiwoz_tests_that_begin_like_trained_ones(shared_data: Path, trained_on: Trained) -> None:
    beginnings = [digest(spoken(dialogue)[:TURNS]) for dialogue in read("multiwoz22", "test", shared_data)]
    assert len(beginnings) == 1000 and sum(start in trained_on[1] for start in beginnings) == BEGUN_ALIKE


def test_the_comparison_finds_what_is_there(shared_data: Path, trained_on: Trained) -> None:
    assert list(repeated("camrest676", "test", shared_data, trained_on[0]).values()) == ["multiwoz22"] * CAMREST_IN_MULTIWOZ
