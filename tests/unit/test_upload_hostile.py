"""Hostile text: it survives every format and every export character by character, and damage never crashes a reader."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dialogue.detect import rank
from engine.dialogue.export import EXPORTS
from engine.dialogue.formats import FORMATS
from engine.dialogue.formats.annotation import KEY
from engine.dialogue.formats.base import Reading
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Act, Dialogue, Span, Turn
from engine.dialogue.upload import read_upload
from engine.errors import InputError

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "uploads"
GOOD = sorted(path for path in SAMPLES.iterdir() if not path.name.startswith("broken"))
HOSTILE = ("*star* **bold** _under_", "<script>alert(1)</script>", ":smile: :red[x]", "![x](http://a.example/b.png)", "שלום, \u202eعربى",
           "👩‍👩‍👧 🇺🇳 é e\u0301", "User: not a speaker", "[SYS] not one", "=== not a heading ===", "a, \"b\"; c\td | 'e'", "=1+1",
           "x" * 200_000, "one\nSystem: two\n\n\tthree\n=== four ===", "\\n \\ud83d \\", "$x$ {y} %s", "\u2028line\x85end\x0b")


def talk(*texts: str) -> Dialogue:
    turns = (Turn(speaker="system" if index % 2 else "user", text=text) for index, text in enumerate(texts))
    return Dialogue(corpus="upload", id="d", split="all", turns=tuple(turns))


def spoken(dialogues: tuple[Dialogue, ...]) -> list[list[tuple[str, str]]]:
    return [[(turn.speaker, turn.text) for turn in dialogue.turns] for dialogue in dialogues]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:24])
@pytest.mark.parametrize("name", EXPORTS)
def test_hostile_text_survives_export_and_import(name: str, text: str) -> None:
    upload = read_upload(EXPORTS[name].write([talk("hi", text, text)]).encode())
    kept = text.strip() if name == "transcript" else text
    assert (upload.detection.format, spoken(upload.dialogues)) == (name, spoken((talk("hi", kept, kept),)))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:24])
def test_hostile_text_survives_json_formats(text: str) -> None:
    turns = [{"speaker": "USER", "utterance": text, "frames": []}]
    plain = [{"speaker": "user", "utterance": text, "utt_idx": 0}]
    for value in ([{"turns": turns, "services": []}], [{"turns": plain}], {"X": {"goal": {}, "log": [{"text": text, "metadata": {}}]}}):
        assert spoken(read_upload(json.dumps(value).encode()).dialogues) == [[("user", text)]]


def test_lone_surrogates_and_nul_are_kept_as_their_escapes() -> None:
    upload = read_upload(rb'{"messages": [{"role": "user", "content": "a\ud83d b\u0000 \ud83d\ude00"}]}')
    assert upload.dialogues[0].turns[0].text == "a\\ud83d b\\u0000 \U0001f600"
    assert upload.notes == ("A NUL or half of a surrogate pair is shown as its JSON escape.",)
    upload.dialogues[0].turns[0].text.encode("utf-8")


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(str.strip)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
ACTS = st.builds(Act, name=WORDS, domain=st.none() | WORDS, slot=st.none() | WORDS, value=st.none() | WORDS)
PLAIN = st.builds(Turn, speaker=st.sampled_from(["user", "system"]), text=TEXTS, intent=st.none() | WORDS,
                  acts=st.none() | st.lists(ACTS, max_size=3).map(tuple), state=st.none() | st.dictionaries(WORDS, WORDS, max_size=3))


@st.composite
def marked(draw: st.DrawFn) -> Turn:
    """A turn with annotation of every kind."""
    turn = draw(PLAIN)
    ends = st.integers(0, len(turn.text))
    places = st.tuples(ends, ends, WORDS).map(lambda drawn: Span(start=min(drawn[:2]), end=max(drawn[:2]), label=drawn[2]))
    return replace(turn, spans=draw(st.none() | st.lists(places, max_size=2).map(tuple)))


DOMAINS = st.frozensets(st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=5), max_size=2)
DIALOGUES = st.lists(st.builds(Dialogue, corpus=st.just("upload"), id=WORDS.filter(str.strip).map(str.strip), split=st.sampled_from(["all", "train"]),
                               turns=st.lists(marked(), min_size=1, max_size=5).map(tuple), domains=DOMAINS),
                     min_size=1, max_size=3, unique_by=lambda dialogue: dialogue.id)
THOROUGH = settings(deadline=None, max_examples=60)


@pytest.mark.parametrize("name", ["convlab3", "sgd", "openai_chat", "csv_long"])
@THOROUGH
@given(dialogues=DIALOGUES)
def test_export_and_import_is_identical(name: str, dialogues: list[Dialogue]) -> None:
    upload = read_upload(EXPORTS[name].write(dialogues).encode())
    assert (upload.detection.format, upload.notes) == (name, ())
    assert list(upload.dialogues) == dialogues


@pytest.mark.parametrize("name", ["convlab3", "sgd"])
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_what_samples_say_is_said_in_the_formats_own_keys(name: str, path: Path) -> None:
    """The key of ours is the way out for odd annotation, not the rule: without it, utterances, states and speakers are the same."""
    dialogues = read_upload(path.read_bytes()).dialogues
    bare = [{key: value for key, value in record.items() if key != KEY} for record in json.loads(EXPORTS[name].write(dialogues))]
    again = read_upload(json.dumps(bare).encode()).dialogues
    assert [[(turn.speaker, turn.text, turn.state) for turn in one.turns] for one in again] == \
        [[(turn.speaker, turn.text, turn.state) for turn in one.turns] for one in dialogues]


@THOROUGH
@given(DIALOGUES)
def test_transcript_round_trip_keeps_turns_but_for_outer_spaces(dialogues: list[Dialogue]) -> None:
    kept = [[(speaker, text.replace("\r\n", "\n").replace("\r", "\n").strip()) for speaker, text in turns]
            for turns in spoken(tuple(dialogues))]
    assert spoken(read_upload(EXPORTS["transcript"].write(dialogues).encode()).dialogues) == kept


@pytest.mark.timeout(20)
@pytest.mark.parametrize("line", ["=== " + " " * 300_000 + "x", "[" * 300_000, "{" + " " * 300_000, "User" + " " * 300_000,
                                  '"a"' + " " * 300_000, "a" * 300_000, "[USR]" * 1_500, "speaker" + "," * 60_000, "=" * 300_000])
def test_long_odd_lines_take_no_long_time(line: str) -> None:
    assert len(read_upload(f"User: hi\n{line}\nSystem: yes".encode()).dialogues) >= 1
    assert all(FORMATS[name].recognise(Head(line)) <= 1 for name in FORMATS)


def changed(value: object, draw: Callable[[int], int], junk: object) -> object:
    """``value`` with one member, at any depth, replaced by ``junk``."""
    if not isinstance(value, (dict, list)) or not value or not draw(4):
        return junk
    places = list(value) if isinstance(value, dict) else list(range(len(value)))
    place = places[draw(len(places) - 1)]
    value[place] = changed(value[place], draw, junk)
    return value


@settings(deadline=None, max_examples=500)
@given(st.sampled_from([path for path in GOOD if path.suffix == ".json"]),
       st.sampled_from(["null", "7", "-1", '""', '"x"', "[]", "{}", "[7]", "[[]]", '{"a": 1}', "1.5", "true"]), st.data())
def test_json_of_another_shape_is_read_or_refused_but_never_crashes(path: Path, junk: str, data: st.DataObject) -> None:
    value = json.loads(path.read_text())
    for _ in range(data.draw(st.integers(1, 3))):
        value = changed(value, lambda most: data.draw(st.integers(0, most)), json.loads(junk))
    refused: InputError | None = None
    try:
        dialogues = list(FORMATS[rank(Head(path.read_text()))[0][0]].parse(Source.of(json.dumps(value)), Reading()))
        assert all(isinstance(text, str) for dialogue in dialogues for turn in dialogue.turns for text in (turn.text, *(turn.state or {})))
    except InputError as error:
        refused = error
    assert refused is None or (refused.remedy and refused.where)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(GOOD), st.data())
def test_damaged_samples_are_read_or_refused_but_never_crash(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    damaged = whole[:cut] + data.draw(st.sampled_from([b"", b"null", b"{}", b"[]", b"7", b'"', b",", b"\n"])) + \
        whole[data.draw(st.integers(cut, min(cut + 20, len(whole)))):]
    refused: InputError | None = None
    try:
        assert read_upload(damaged).dialogues
    except InputError as error:
        refused = error
    assert refused is None or refused.remedy
