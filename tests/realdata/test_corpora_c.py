"""DSTC2 and GSIM as published: counts, agreement between forms, and label sets."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.corpora.check import check
from engine.corpora.dstc2 import DSTC2
from engine.corpora.gsim import GSIM
from engine.dialogue.model import Dialogue

# split: (dialogues, user turns, all turns)
DSTC2_COUNTS = {
    "train": (1612, 11677, 23354), "dev": (506, 3934, 7868), "test": (1117, 9890, 19780),
    "derived:train": (1612, 11677, 23354), "derived:dev": (506, 3934, 7868), "derived:test": (1117, 9890, 19780),
}
GSIM_COUNTS = {
    "sim-M:train": (384, 1973, 3562), "sim-M:dev": (120, 627, 1134), "sim-M:test": (264, 1364, 2464),
    "sim-R:train": (1116, 6175, 11234), "sim-R:dev": (349, 1489, 2629), "sim-R:test": (775, 3436, 6097),
    "train": (1500, 8148, 14796), "dev": (469, 2116, 3763), "test": (1039, 4800, 8561),
}
SYSTEM_ACTS = {
    "welcomemsg", "offer", "request", "inform", "canthelp", "canthelp.exception", "expl-conf", "impl-conf", "select", "reqmore",
    "confirm-domain", "repeat",
}


def names(dialogues: list[Dialogue], speaker: str) -> set[str]:
    return {act.name for d in dialogues for turn in d.turns if turn.speaker == speaker for act in turn.acts or ()}


@pytest.mark.parametrize(("corpus", "counts"), [(DSTC2, DSTC2_COUNTS), (GSIM, GSIM_COUNTS)], ids=["dstc2", "gsim"])
def test_published_counts_and_no_problem(shared_data: Path, corpus: object, counts: dict[str, tuple[int, int, int]]) -> None:
    report = check(corpus, shared_data / corpus.card.name)  # type: ignore[arg-type, attr-defined]
    assert {split.split: (split.dialogues, split.user_turns, split.turns) for split in report.splits} == counts
    assert report.problems == ()


@pytest.fixture(scope="module")
def calls(shared_data: Path) -> list[Dialogue]:
    return list(DSTC2.read(shared_data / "dstc2", "train"))


def test_dstc2_acts_are_those_of_the_handbook(calls: list[Dialogue]) -> None:
    assert names(calls, "system") == SYSTEM_ACTS
    assert {"inform", "request", "reqalts", "affirm", "negate", "thankyou", "bye"} < names(calls, "user")


def test_dstc2_raw_agrees_with_e2end(shared_data: Path, calls: list[Dialogue]) -> None:
    raw = {dialogue.id: dialogue for dialogue in calls}
    other_system_texts = 0
    for derived in DSTC2.read(shared_data / "dstc2", "derived:train"):
        for one, two in zip(raw[derived.id].turns, derived.turns, strict=True):
            if one.speaker == "system":
                other_system_texts += one.text != two.text
            else:
                goals = {slot: value for slot, value in (one.state or {}).items() if slot != "restaurant-name"}
                assert (one.text, goals) == (two.text, two.state)
    assert other_system_texts == 9


@pytest.mark.parametrize("split", ["sim-M:train", "sim-M:dev", "sim-M:test", "sim-R:dev"])
def test_gsim_forms_agree(shared_data: Path, tmp_path: Path, split: str) -> None:
    shutil.copytree(shared_data / "gsim/toddapt_m2m", tmp_path / "toddapt_m2m")
    derived = {dialogue.id: dialogue for dialogue in GSIM.read(tmp_path, split)}
    for official in GSIM.read(shared_data / "gsim", split):
        for one, two in zip(official.turns, derived.pop(official.id).turns, strict=True):
            assert (one.speaker, one.text, one.state) == (two.speaker, two.text, two.state)
            if one.speaker == "system":
                assert set(one.acts or ()) == set(two.acts or ())
                assert set(one.spans or ()) == set(two.spans or ())
            else:
                assert {act.name for act in one.acts or ()} == {act.name for act in two.acts or ()}
    assert derived == {}
