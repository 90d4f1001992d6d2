"""The unified dataset from published files: counts add up, and no test input is trained on, judged by other means than the builder's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample
from engine.zoo.build import USES, build
from engine.zoo.knowledge import Description
from engine.zoo.pairs import PAIRS
from engine.zoo.rows import Rows, tasks_of
from engine.zoo.selfsupervised import reordering

TASKS = ("rew", "intent", "dialqa", "emo")
"""Small enough for a test; RECCON's dialogues are DailyDialog's, which EMO trains on."""


@pytest.fixture(scope="module")
def built(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[dict[str, object]]], Path]:
    out = tmp_path_factory.mktemp("zoo")
    pairs = [pair for pair in PAIRS if pair.task in TASKS]
    return build(pairs, shared_data, out, makers=[reordering()]), out


def samples(out: Path, use: str, task: str) -> Iterator[Sample]:
    rows = Rows(out, use, task)
    for start in range(0, len(rows), 512):
        yield from rows.take(range(start, min(start + 512, len(rows))))


def plain(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())


def asked(sample: Sample) -> str:
    """Everything that a model is asked but label sets, without spaces and signs."""
    known = "" if isinstance(sample.knowledge, Description) else " ".join(sample.knowledge.items)
    return plain(" ".join(turn.text for turn in sample.turns) + known)


def test_counts_add_up(built: tuple[dict[str, list[dict[str, object]]], Path]) -> None:
    report, _ = built
    assert {row["task"] for row in report["pairs"]} == {*TASKS, "reo"}
    for row in report["pairs"]:
        numbers = {name: count for name, count in row.items() if isinstance(count, int)}
        assert numbers["read"] == sum(count for name, count in numbers.items() if name not in ("read", "written")), row


@pytest.mark.parametrize("task", [*TASKS, "reo"])
def test_no_test_input_is_trained_on(built: tuple[dict[str, list[dict[str, object]]], Path], task: str) -> None:
    _, out = built
    tested = {asked(sample) for sample in samples(out, "test", task)}
    assert len(tested) > 50
    assert not [sample.id for sample in samples(out, "train", task) if asked(sample) in tested]


def test_no_test_dialogue_is_trained_on_in_another_set(built: tuple[dict[str, list[dict[str, object]]], Path]) -> None:
    """Dialogues of four turns or more whose first three turns, of twenty words or more, are those of a test dialogue."""
    _, out = built

    def opening(sample: Sample) -> str:
        first = " ".join(turn.text for turn in sample.turns[:3])
        return plain(first) if len(sample.turns) > 3 and len(first.split()) >= 20 else ""

    tested = {opening(sample) for task in tasks_of(out, "test") if task != "reo" for sample in samples(out, "test", task)} - {""}
    assert len(tested) > 100
    trained = [(task, sample.id) for task in tasks_of(out, "train") if task != "reo" for sample in samples(out, "train", task) if opening(sample) in tested]
    assert trained == []


def test_unseen_sets_are_not_trained_on(built: tuple[dict[str, list[dict[str, object]]], Path]) -> None:
    _, out = built
    assert "top" not in {sample.dataset for use in ("train", "dev") for sample in samples(out, use, "intent")}
    assert "top" in {sample.dataset for sample in samples(out, "test", "intent")}
    assert set(USES) >= {path.name for path in out.iterdir() if path.is_dir() and path.name not in ("read", "unified")}
    assert all(ZOO_TASKS[task].supervised or task == "reo" for task in tasks_of(out, "test"))
