"""Two thousand files that somebody broke: each is read or refused with one sentence, in little time and memory."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine.dialogue.formats import FORMATS
from engine.dialogue.upload import read_upload
from engine.errors import InputError
from engine.paths import REPOSITORY

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "uploads"
GOOD = sorted(path for path in SAMPLES.iterdir() if not path.name.startswith("broken"))
COUNT = 2_000
JUNK: tuple[Any, ...] = (None, True, -1, 0, 7, 1.5, 1e308, float("nan"), float("inf"), 10**400, -(10**400), "", "x", "\0", "\ud83d", "a" * 5_000, [], {},
                         [7], [[]], [[[[]]]], {"a": 1}, {"": None}, [None], "2024", "User: x", {"text": {"text": []}}, ["", ""], [["a", "b", "c"]])
Mutation = Callable[[bytes, Random], bytes]


def truncated(data: bytes, rng: Random) -> bytes:
    return data[:rng.randrange(len(data))]


def recoded(data: bytes, rng: Random) -> bytes:
    codec = rng.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp437", "utf-8-sig", "utf-7"])
    whole = data.decode().encode(codec, "replace")
    return whole[:rng.randrange(len(whole))] if rng.random() < 0.3 else whole


def flipped(data: bytes, rng: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 3, 30])):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def spliced(data: bytes, rng: Random) -> bytes:
    other = rng.choice(GOOD).read_bytes()
    return data[:rng.randrange(len(data))] + other[rng.randrange(len(other)):]


def nulled(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + b"\0" * rng.choice([1, 5, 1000]) + data[at:]


def reshaped(data: bytes, rng: Random) -> bytes:
    """JSON with members of another type; other text with other lines."""
    try:
        value = json.loads(data)
    except ValueError:
        return shuffled(data, rng)
    for _ in range(rng.randint(1, 4)):
        value = replaced(value, rng)
    return json.dumps(value).encode()


def replaced(value: Any, rng: Random) -> Any:
    if not isinstance(value, (dict, list)) or not value or rng.random() < 0.1:
        return deepcopy(rng.choice(JUNK))
    place = rng.choice(list(value)) if isinstance(value, dict) else rng.randrange(len(value))
    if rng.random() < 0.1:
        value.pop(place)
    else:
        value[place] = replaced(value[place], rng)
    return value


def shuffled(data: bytes, rng: Random) -> bytes:
    lines = data.split(b"\n")
    rng.shuffle(lines)
    return rng.choice([b"\n", b"\r\n", b"\r", b"\t", b""]).join(lines[:rng.randint(1, len(lines))])


def nested(data: bytes, rng: Random) -> bytes:
    depth = rng.choice([10, 49, 60, 1_000, 50_000])
    mark = rng.choice([(b"[", b"]"), (b'{"turns":', b"}"), (b'[{"messages":', b"}]")])
    at = rng.choice([0, data.find(b":") + 1])
    return data[:at] + mark[0] * depth + b"1" + mark[1] * rng.choice([0, depth]) + data[at:]


def swollen(data: bytes, rng: Random) -> bytes:
    """Numbers and texts beyond use."""
    number = rng.choice([b"9" * 50, b"9" * 5_000, b"-" + b"9" * 400, b"1e999", b"1e-999", b"NaN", b"Infinity"])
    return re.sub(rb"\b\d+\b", lambda match: number if rng.random() < 0.5 else match[0], data)


def doubled(data: bytes, rng: Random) -> bytes:
    """The same dialogues, names and keys again."""
    return rng.choice([data + data, data + b"\n" + data, b"[" + data + b"," + data + b"]", re.sub(rb'(?m)^(\s*)("[^"\n]+": .*,)$', rb"\1\2\n\1\2", data)])


def renamed(data: bytes, rng: Random) -> bytes:
    words = re.findall(rb"\w{4,}", data) or [b"x"]
    return data.replace(rng.choice(words), rng.choice([b"", b"x", b"user", b'"', b"\\", *words]))


def packed(data: bytes, rng: Random) -> bytes:
    names = rng.choice([["a.json"], ["log.json", "label.json"], ["a.txt", "b.txt"], ["../a.txt"], ["/etc/a"], ["x.zip"], ["a/" * 20 + "b"], ["a", "a"], []])
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in dict.fromkeys(names):
            archive.writestr(zipfile.ZipInfo(name), data if rng.random() < 0.8 else rng.choice(GOOD).read_bytes(), zipfile.ZIP_DEFLATED)
    whole = stream.getvalue()
    return rng.choice([lambda: whole, lambda: truncated(whole, rng), lambda: flipped(whole, rng)])()


def bomb(data: bytes, rng: Random) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("bomb.txt"), b"User: a\n" * 250_000, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def marked(data: bytes, rng: Random) -> bytes:
    """Byte order marks where they belong and where they do not, and line ends of every kind in one file."""
    bom = rng.choice([b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf" * 2, b"\xef\xbb"])
    at = rng.choice([0, 0, rng.randrange(len(data))])
    ends = re.sub(rb"\n", lambda match: rng.choice([b"\n", b"\r\n", b"\r", b"\n\r", b"\xc2\x85", b"\xe2\x80\xa8"]), data)
    return rng.choice([data[:at] + bom + data[at:], ends, bom + ends])


def quoted(data: bytes, rng: Random) -> bytes:
    """Quotes that open and do not close, close twice, or stand in the middle of a cell or word."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 2, 9])):
        at = rng.randrange(len(changed))
        changed[at:at] = rng.choice([b'"', b'""', b'"\n"', b"'", b'\\"', b'",\n,"', b'"' * 300])
    return bytes(changed)


def renumbered(data: bytes, rng: Random) -> bytes:
    """Every dialogue, turn and message under the same name or number."""
    name = rng.choice([b'"a"', b"0", b"null", b"-1", b"true", b'""', b"[1]"])
    keys = rb'("(?:dialogue_id|dialog_id|original dialog id|id|dialogue_idx|utt_idx|turn_id|turn_index|conversation_id|session-id|message_id|parent)"\s*:\s*)'
    text = re.sub(keys + rb'(?:"[^"\n]*"|-?\d+|null)', lambda match: match[1] + name, data)
    return text if text != data else re.sub(rb"(?m)^([^,\t:|]+)(?=[,\t:|])", b"same", data)


MUTATIONS: tuple[Mutation, ...] = (truncated, recoded, flipped, spliced, nulled, reshaped, reshaped, reshaped, shuffled, nested, swollen, doubled, renamed,
                                   packed, packed, marked, quoted, renumbered, bomb)
PARTS = 4


@cache
def formats() -> dict[str, list[Path]]:
    """Format to the samples in it."""
    found: dict[str, list[Path]] = {}
    for path in GOOD:
        found.setdefault(read_upload(path.read_bytes(), path.name).detection.format, []).append(path)
    return found


def broken_files(part: int) -> Iterator[tuple[str, Mutation, bytes]]:
    """This part's share of the `COUNT` files: format after format, each with one mutation after the other; the same at every call."""
    rng, names = Random(part), list(formats())
    for number in range(part, COUNT, PARTS):
        form, change = names[number % len(names)], MUTATIONS[number // len(names) % len(MUTATIONS)]
        yield form, change, change(rng.choice(formats()[form]).read_bytes(), rng)


def outcome(data: bytes, form: str | None = None) -> str:
    """Whether the file was read, or the sentence of the refusal."""
    try:
        upload = read_upload(data, form=form)
    except InputError as error:
        return error.sentence
    assert upload.dialogues and all(dialogue.turns for dialogue in upload.dialogues)
    for dialogue in upload.dialogues:
        for turn in dialogue.turns:
            turn.text.encode("utf-8")
            assert turn.text.strip() and all(0 <= span.start <= span.end <= len(turn.text) for span in turn.spans or ())
            assert all(isinstance(part, str) for pair in (turn.state or {}).items() for part in pair)
    return ""


def test_every_format_meets_every_mutation() -> None:
    assert set(formats()) == set(FORMATS) and len(FORMATS) == 17
    met = {(form, change.__name__) for part in range(PARTS) for form, change, _ in broken_files(part)}
    assert met == {(form, change.__name__) for form in FORMATS for change in MUTATIONS}
    assert sum(1 for part in range(PARTS) for _ in broken_files(part)) == COUNT


@pytest.mark.timeout(120)
@pytest.mark.parametrize("part", range(PARTS))
def test_broken_files_are_read_or_refused_with_a_sentence(part: int) -> None:
    rng, told, hashes = Random(part), 0, []
    for form, change, data in broken_files(part):
        said = outcome(data, rng.choice([None, None, None, *FORMATS]) if change is reshaped else None)
        assert said == "" or (said.endswith(".") and "; " in said and "\n" not in said and len(said) < 2_500), (part, form, change.__name__)
        told += bool(said)
        hashes.append(hash(data))
    assert COUNT // 16 < told < COUNT // 4
    assert hashes == [hash(data) for *_, data in broken_files(part)]  # the same files at every run


READ_ALL = r"""
import json, re, sys
from tests.unit import test_upload_mutations as mutations
told = sum(bool(mutations.outcome(data)) for part in range(mutations.PARTS) for *_, data in mutations.broken_files(part))
peak = re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())  # ru_maxrss would count the process that started this one
print(json.dumps({"told": told, "bytes": 1024 * int(peak.group(1))}))
"""


@pytest.mark.timeout(300)
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="the peak of memory is read from /proc")
def test_all_broken_files_together_stay_below_a_gigabyte() -> None:
    done = subprocess.run([sys.executable, "-c", READ_ALL], cwd=REPOSITORY, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["bytes"] < 1_000_000_000 and COUNT // 4 < found["told"] < COUNT


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    said = outcome(bomb(b"", Random(0)))
    assert said == "bomb.txt: the file unpacks to more than 200 times its packed size; upload it without packing."
