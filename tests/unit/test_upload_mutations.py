"""Two thousand files that somebody broke: each is read or refused with one sentence, in little time and memory."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine.dialogue.formats import FORMATS
from engine.dialogue.upload import read_upload
from engine.errors import InputError

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
            archive.writestr(name, data if rng.random() < 0.8 else rng.choice(GOOD).read_bytes())
    whole = stream.getvalue()
    return rng.choice([lambda: whole, lambda: truncated(whole, rng), lambda: flipped(whole, rng)])()


def bomb(data: bytes, rng: Random) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.txt", b"User: a\n" * 250_000)
    return stream.getvalue()


MUTATIONS: tuple[Mutation, ...] = (truncated, recoded, flipped, spliced, nulled, reshaped, reshaped, reshaped, shuffled, nested, swollen, doubled, renamed,
                                   packed, packed)


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


@pytest.mark.timeout(120)
@pytest.mark.parametrize("part", range(4))
def test_broken_files_are_read_or_refused_with_a_sentence(part: int) -> None:
    rng, told = Random(part), 0
    for number in range(COUNT // 4):
        path, change = rng.choice(GOOD), MUTATIONS[number % len(MUTATIONS)]
        data = change(path.read_bytes(), rng)
        said = outcome(data, rng.choice([None, None, None, *FORMATS]) if change is reshaped else None)
        assert said == "" or (said.endswith(".") and "; " in said and "\n" not in said and len(said) < 2_500), (part, number, path.name)
        told += bool(said)
    assert COUNT // 16 < told < COUNT // 4


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    said = outcome(bomb(b"", Random(0)))
    assert said == "bomb.txt: the file unpacks to more than 200 times its packed size; upload it without packing."
