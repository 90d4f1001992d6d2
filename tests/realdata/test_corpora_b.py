"""Group B readers against the published files: dialogues and utterances per split, as counted there."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from engine.corpora import CORPORA
from engine.errors import MissingDataError

# WOZ 2.0 and CamRest676 publish turns of two utterances; WOZ 2.0 has no system utterance in the first one.
COUNTS = [
    ("frames", "frames", "all", 1_369, 19_986),
    ("metalwoz", "metalwoz", "train", 37_884, 432_036),
    ("metalwoz", "metalwoz", "heldout", 2_319, 26_201),
    ("woz2", "woz2", "train", 600, 2 * 2_536 - 600),
    ("woz2", "woz2", "dev", 200, 2 * 830 - 200),
    ("woz2", "woz2", "test", 400, 2 * 1_646 - 400),
    ("camrest676", "camrest676", "all", 676, 2 * 2_744),
    ("msr_e2e", "msr_e2e", "movie", 2_890, 21_656),
    ("msr_e2e", "msr_e2e", "restaurant", 4_103, 29_719),
    ("msr_e2e", "msr_e2e", "all", 2_890 + 4_103, 21_656 + 29_719),
    ("smd", "smd_kvret", "train", 2_425, 12_732),
    ("smd", "smd_kvret", "dev", 302, 1_567),
    ("smd", "smd_kvret", "test", 304, 1_629),
    ("taskmaster1", "taskmaster1_partial", "train", 1_600, 17_559 + 19_259),
    ("taskmaster1", "taskmaster1_partial", "test", 400, 4_397 + 4_777),
    ("taskmaster1", "taskmaster1_partial", "all", 2_000, 17_559 + 19_259 + 4_397 + 4_777),
]


@pytest.mark.parametrize(("name", "folder", "split", "dialogues", "utterances"), COUNTS)
def test_counts_are_the_published_ones(shared_data: Path, name: str, folder: str, split: str, dialogues: int, utterances: int) -> None:
    ids, seen = set(), 0
    for dialogue in CORPORA[name].read(shared_data / folder, split):
        ids.add(dialogue.id)
        seen += len(dialogue.turns)
    assert (len(ids), seen) == (dialogues, utterances)


def test_camrest_is_split_three_to_one_to_one(shared_data: Path) -> None:
    ids = {split: [d.id for d in CORPORA["camrest676"].read(shared_data / "camrest676", split)]
           for split in ("train", "dev", "test", "all")}
    assert [len(ids[split]) for split in ("train", "dev", "test")] == [405, 135, 136]
    assert ids["train"] + ids["dev"] + ids["test"] == ids["all"]


def test_one_smd_dialogue_is_empty_and_kept(shared_data: Path) -> None:
    assert sum(not dialogue.turns for dialogue in CORPORA["smd"].read(shared_data / "smd_kvret", "train")) == 1


def test_smd_spans_lie_in_their_text(shared_data: Path) -> None:
    for dialogue in CORPORA["smd"].read(shared_data / "smd_kvret", "dev"):
        state: dict[str, str] = {}
        for turn in dialogue.turns:
            state = dict(turn.state) if turn.state is not None else state
            for span in turn.spans or ():
                assert turn.text[span.start : span.end].lower() == state[span.label].lower()


def test_metalwoz_has_47_and_4_domains_and_the_bot_starts(shared_data: Path) -> None:
    for split, domains in (("train", 47), ("heldout", 4)):
        found = [(d.domains, d.turns[0].speaker) for d in CORPORA["metalwoz"].read(shared_data / "metalwoz", split)]
        assert len({names for names, _ in found}) == domains
        assert {speaker for _, speaker in found} == {"system"}


def test_frames_acts_use_the_published_names(shared_data: Path) -> None:
    dialogues = islice(CORPORA["frames"].read(shared_data / "frames", "all"), 200)
    names = {act.name for dialogue in dialogues for turn in dialogue.turns for act in turn.acts or ()}
    assert {"inform", "offer", "request", "switch_frame", "no_result"} <= names
    assert len(names) <= 20


@pytest.mark.parametrize(("name", "folder", "split"), [("msr_e2e", "msr_e2e", "taxi"), ("taskmaster1", "taskmaster1_partial", "dev")])
def test_absent_parts_are_said_to_be_missing(shared_data: Path, name: str, folder: str, split: str) -> None:
    with pytest.raises(MissingDataError):
        next(CORPORA[name].read(shared_data / folder, split))
