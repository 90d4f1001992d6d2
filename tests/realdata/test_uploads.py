"""Published files as somebody would upload them: the format is found, every dialogue is there, and gold answers come along."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.corpora import CORPORA
from engine.dialogue.model import Dialogue, Turn
from engine.dialogue.upload import Upload, read_upload

PLAIN = [  # path, format, dialogues
    ("dailydialog/dialogues.json.gz", "convlab3", 13118), ("gsim/toddapt_m2m/data.json.gz", "convlab3", 3008),
    ("gsim/official/sim-M/dev.json.gz", "gsim", 120), ("gsim/official/sim-R/dev.json.gz", "gsim", 349),
    ("clinc150_oos/data_full.json.gz", "clinc", 23700), ("babi_dialog/dialog-babi-task5dev.txt.gz", "parlai", 1000),
    ("babi_dialog/dialog-babi-task1trn.txt.gz", "parlai", 1000),
]


def uploaded(path: Path) -> Upload:
    return read_upload(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())


def said(turn: Turn) -> tuple[str, str]:
    return turn.speaker, turn.text


@pytest.mark.parametrize(("name", "form", "count"), PLAIN)
def test_published_file_is_read_whole(shared_data: Path, name: str, form: str, count: int) -> None:
    upload = uploaded(shared_data / name)
    assert (upload.detection.format, len(upload.dialogues)) == (form, count)
    assert upload.detection.confidence >= 0.8 and (upload.detection.runner_up or ("", 0))[1] < upload.detection.confidence - 0.15


def test_sgd_file_is_read_as_the_corpus_reads_it(shared_data: Path) -> None:
    path = min((shared_data / "sgd" / "dev").glob("dialogues_*"))
    upload = uploaded(path)
    corpus: dict[str, Dialogue] = {dialogue.id: dialogue for dialogue in CORPORA["sgd"].read(shared_data / "sgd", "dev")}
    assert upload.detection.format == "sgd" and len(upload.dialogues) > 50
    for dialogue in upload.dialogues:
        other = corpus[dialogue.id]
        assert list(map(said, dialogue.turns)) == list(map(said, other.turns))
        assert [turn.intent for turn in dialogue.turns] == [turn.intent for turn in other.turns]
        assert [len(turn.state or ()) for turn in dialogue.turns] == [len(turn.state or ()) for turn in other.turns]


def test_multiwoz_file_has_states_and_acts(shared_data: Path) -> None:
    paths = sorted((shared_data / "multiwoz21" / "convlab2").rglob("*"))
    path = next(path for path in paths if path.is_file() and "val" in path.name and path.name.endswith((".json.gz", ".json", ".zip")))
    upload = uploaded(path)
    turns = [turn for dialogue in upload.dialogues for turn in dialogue.turns]
    assert (upload.detection.format, len(upload.dialogues), len(turns)) == ("multiwoz", 999, 14730)
    assert sum(turn.state is not None for turn in turns) == len(turns) / 2
    assert sum(bool(turn.acts) for turn in turns) == 14039


def calls(shared_data: Path, count: int) -> dict[str, bytes]:
    """The files of the first calls."""
    found: dict[str, bytes] = {}
    with tarfile.open(shared_data / "dstc2" / "dstc2_traindev_raw.tar.gz") as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() and member.name.endswith(".json") else None
            if file:
                found[member.name] = file.read()
            if len(found) == 2 * count:
                break
    return found


def packed(files: dict[str, bytes], keep: Callable[[str], bool] = bool) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            if keep(name):
                archive.writestr(name, data)
    return stream.getvalue()


def test_dstc2_calls_in_an_archive_join_log_and_label(shared_data: Path) -> None:
    files = calls(shared_data, 5)
    upload = read_upload(packed(files))
    assert (upload.detection.format, len(upload.dialogues)) == ("dstc2", 5)
    labels = {label["session-id"]: label for name, data in files.items() if name.endswith("label.json") for label in [json.loads(data)]}
    for dialogue in upload.dialogues:
        users = [turn for turn in dialogue.turns if turn.speaker == "user"]
        goals = {turn["transcription"]: turn["goal-labels"] for turn in labels[dialogue.id]["turns"]}
        assert users and all(len(turn.state or ()) == len(goals[turn.text]) and turn.acts is not None for turn in users if turn.text in goals)


def test_dstc2_logs_alone_say_that_words_are_guessed(shared_data: Path) -> None:
    upload = read_upload(packed(calls(shared_data, 2), lambda name: name.endswith("log.json")))
    assert len(upload.dialogues) == 2 and any("best guess" in note for note in upload.notes)
    assert all(turn.state is None for dialogue in upload.dialogues for turn in dialogue.turns)
