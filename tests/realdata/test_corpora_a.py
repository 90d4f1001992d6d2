"""Published files of sgd, multiwoz21, multiwoz22 and oos: counts as their sources give them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from engine.corpora import CORPORA
from engine.corpora.files import locate, opened

COUNTS = [
    ("sgd", "sgd", "train", 16142, 329964), ("sgd", "sgd", "dev", 2482, 48726), ("sgd", "sgd", "test", 4201, 84594),
    ("multiwoz21", "multiwoz21", "convlab2:dev", 999, 14730), ("multiwoz21", "multiwoz21", "convlab2:test", 1000, 14744),
    ("multiwoz21", "multiwoz21", "acts:train", 944, 8286),
    ("multiwoz22", "multiwoz22_text", "train", 8437, 113552), ("multiwoz22", "multiwoz22_text", "dev", 1000, 14748),
    ("multiwoz22", "multiwoz22_text", "test", 1000, 14744),
    ("oos", "clinc150_oos", "train", 15100, 15100), ("oos", "clinc150_oos", "dev", 3100, 3100),
    ("oos", "clinc150_oos", "test", 5500, 5500), ("oos", "clinc150_oos", "small:train", 7600, 7600),
    ("oos", "clinc150_oos", "imbalanced:train", 10625, 10625), ("oos", "clinc150_oos", "oos_plus:train", 15250, 15250),
    ("oos", "clinc150_oos", "binary_undersample:train", 1250, 1250),
]


@pytest.mark.parametrize(("name", "folder", "split", "dialogues", "turns"), COUNTS)
def test_counts_are_the_published_ones(shared_data: Path, name: str, folder: str, split: str, dialogues: int, turns: int) -> None:
    sizes = [len(dialogue.turns) for dialogue in CORPORA[name].read(shared_data / folder, split)]
    assert (len(sizes), sum(sizes)) == (dialogues, turns)


@pytest.mark.parametrize(("part", "dialogues", "user_turns"), [("train", 7904, 54984), ("dev", 1000, 7371), ("test", 999, 7368)])
def test_multiwoz21_table_has_a_state_on_every_row(shared_data: Path, part: str, dialogues: int, user_turns: int) -> None:
    turns = [d.turns for d in CORPORA["multiwoz21"].read(shared_data / "multiwoz21", f"tsv:{part}")]
    states = [turn.state for one in turns for turn in one if turn.speaker == "user"]
    assert (len(turns), len(states)) == (dialogues, user_turns)
    assert all(state is not None and not {"none", "do not care", ""} & set(state.values()) for state in states)


@pytest.mark.parametrize(("split", "with_acts"), [("convlab2:dev", 14039), ("convlab2:test", 14091)])
def test_multiwoz21_logs_have_the_published_number_of_annotated_utterances(shared_data: Path, split: str, with_acts: int) -> None:
    turns = [turn for d in CORPORA["multiwoz21"].read(shared_data / "multiwoz21", split) for turn in d.turns]
    assert sum(bool(turn.acts) for turn in turns) == with_acts
    assert sum(turn.state is not None for turn in turns) == len(turns) / 2


def test_multiwoz21_training_parts_share_no_dialogue_with_dev_and_test(shared_data: Path) -> None:
    read, folder = CORPORA["multiwoz21"].read, shared_data / "multiwoz21"
    held_out = {d.id for split in ("tsv:dev", "tsv:test", "convlab2:dev", "convlab2:test") for d in read(folder, split)}
    assert len(held_out) > 1990
    assert not held_out & {d.id for split in ("train", "acts:train") for d in read(folder, split)}


def test_multiwoz21_sources_agree_on_states(shared_data: Path) -> None:
    """The table is a corrected copy: most values are the same, under the same keys."""
    read, folder = CORPORA["multiwoz21"].read, shared_data / "multiwoz21"
    logs, tables = ({d.id: d for d in read(folder, split)} for split in ("convlab2:test", "tsv:test"))
    last = [(logs[name].turns[-2].state, tables[name].turns[-1].state) for name in logs.keys() & tables.keys()]
    same = sum((log or {}).get(key) == value for log, table in last for key, value in (table or {}).items())
    assert same / sum(len(table or {}) for _, table in last) > 0.8


def test_sgd_turns_are_annotated_by_speaker(shared_data: Path) -> None:
    turns = [turn for d in CORPORA["sgd"].read(shared_data / "sgd", "dev") for turn in d.turns]
    users, systems = ([turn for turn in turns if turn.speaker == speaker] for speaker in ("user", "system"))
    assert sum(turn.state is not None and turn.intent is not None for turn in users) == 24363
    assert sum(turn.acts is not None for turn in systems) == 24363
    assert all(0 <= span.start < span.end <= len(turn.text) for turn in turns for span in turn.spans or ())


def test_multiwoz22_texts_have_no_brackets(shared_data: Path) -> None:
    dialogues = list(CORPORA["multiwoz22"].read(shared_data / "multiwoz22_text", "dev"))
    assert not any({"[", "]"} & set(turn.text) for d in dialogues for turn in d.turns)
    assert all(len(d.turns) % 2 == 0 for d in dialogues)


def test_oos_has_150_intents_and_one_more_in_ten_domains(shared_data: Path) -> None:
    dialogues = list(CORPORA["oos"].read(shared_data / "clinc150_oos", "train"))
    assert len({d.turns[0].intent for d in dialogues}) == 151
    assert len(frozenset().union(*(d.domains for d in dialogues))) == 10


@pytest.mark.parametrize(("name", "folder"), [("sgd", "sgd"), ("oos", "clinc150_oos"), ("multiwoz22", "multiwoz22_text")])
def test_published_files_have_the_declared_checksums(shared_data: Path, name: str, folder: str) -> None:
    pinned = [download for download in CORPORA[name].downloads if download.sha256]
    for download in pinned[:: max(1, len(pinned) // 10)]:
        with opened(locate(shared_data / folder, download.filename)) as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == download.sha256, download.filename
