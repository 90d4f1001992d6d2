"""Zip archives: many files at once, and nothing that leads out, bursts, or hides another archive."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from engine.dialogue.limits import LIMITS, Limits
from engine.dialogue.upload import read_upload
from engine.errors import InputError

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "uploads"
TALK = b"User: hi\nSystem: hello\n"


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def told(data: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(InputError) as caught:
        read_upload(data, "talks.zip", limits=limits)
    return caught.value.sentence


def test_every_file_is_read_and_others_are_named() -> None:
    upload = read_upload(packed({"b/two.txt": TALK, "a.txt": TALK, "__MACOSX/a.txt": b"\0", ".DS_Store": b"\0", "photo.jpg": b"\xff\xd8\0",
                                 "letter.txt": b"Dear all", "empty.txt": b"", "c.json": (SAMPLES / "sharegpt.json").read_bytes()}))
    assert [one.id for one in upload.dialogues] == ["1", "1 (2)", "boat_0", "boat_1"]
    assert upload.detection.format == "transcript"
    assert upload.notes == ("A message from 'system' was left out (at c.json, /0/conversations/0).", "Left out of the archive: the file is empty "
                            "(at empty.txt).", "Left out of the archive: the file is in no known format (at letter.txt).")


def test_all_samples_in_one_archive() -> None:
    good = [path for path in sorted(SAMPLES.iterdir()) if not path.name.startswith("broken")]
    upload = read_upload(packed({path.name: path.read_bytes() for path in good}))
    alone = [read_upload(path.read_bytes()).dialogues for path in good]
    assert [one.turns for one in upload.dialogues] == [one.turns for dialogues in alone for one in dialogues]
    assert len({one.id for one in upload.dialogues}) == len(upload.dialogues)


@pytest.mark.parametrize(("name", "sentence"), [
    ("../a.txt", "../a.txt: the file's name leads out of the archive; pack it again with plain names."),
    ("a/../../b.txt", "a/../../b.txt: the file's name leads out of the archive; pack it again with plain names."),
    ("/etc/a.txt", "/etc/a.txt: the file's name leads out of the archive; pack it again with plain names."),
    ("C:a.txt", "C:a.txt: the file's name leads out of the archive; pack it again with plain names."),
    ("x/more.zip", "x/more.zip: an archive inside the archive is not opened; unpack it first, then pack the files themselves."),
    ("more.JSON.gz", "more.JSON.gz: an archive inside the archive is not opened; unpack it first, then pack the files themselves."),
    ("a/" * 10 + "b.txt", "a/" * 10 + "b.txt: the file lies more than 10 folders deep; pack fewer folders."),
])
def test_names_are_watched(name: str, sentence: str) -> None:
    assert told(packed({"a.txt": TALK, name: TALK})) == sentence


@pytest.mark.parametrize(("limits", "sentence"), [
    (Limits(files=1), "the archive holds 2 files, more than 1; upload a part of it."),
    (Limits(bytes=6_000), "the archive unpacks to 9,230 bytes, more than 6,000; upload a part of it."),
    (Limits(dialogues=1), "b.txt: the file has more than 1 dialogues; upload a part of it."),
])
def test_limits_of_archives(limits: Limits, sentence: str) -> None:
    data = packed({"a.txt": TALK * 200, "b.txt": TALK + b"User: xxxx\n" * 418 + b"\n" * 9})
    assert len(read_upload(data, limits=Limits(files=2, bytes=9_230, dialogues=2)).dialogues) == 2
    assert told(data, limits) == sentence


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_packing_is_refused(method: int) -> None:
    assert told(packed({"a.txt": TALK}, method)) == "a.txt: the file is packed in an unusual way; pack it again as a plain zip file."


def test_passwords_are_refused() -> None:
    data = packed({"a.txt": TALK}).replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
    assert told(data) == "a.txt: the file is encrypted; pack it again without password."


def test_an_error_names_its_file_and_its_place() -> None:
    assert told(packed({"x/broken.csv": (SAMPLES / "broken_csv.csv").read_bytes(), "a.txt": TALK})).startswith("x/broken.csv, line 3: the row has 5 cells")


@pytest.mark.parametrize("data", [b"PK\x05\x06" + b"\0" * 18, packed({"readme.pdf": b"x"})])
def test_archives_without_dialogues(data: bytes) -> None:
    assert told(data) == "the file holds no utterance; upload a file with at least one."
