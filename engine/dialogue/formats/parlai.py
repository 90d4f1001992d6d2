"""ParlAI text: ``text:`` and ``labels:`` fields with tabs between, ``episode_done:True`` at the end of a dialogue; or its older form,
numbered lines of text, tab, label, where number 1 begins a dialogue (bAbI dialogue tasks).

Source: https://parl.ai/docs/core/teachers.html (ParlAIDialogTeacher, FbDeprecatedDialogTeacher)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Dialogue, Turn
from engine.errors import InputError

_NUMBERED = re.compile(r"(?P<number>\d{1,9}) (?P<rest>.*)", re.DOTALL)
_SILENCE = "<SILENCE>"


def recognise(head: Head) -> float:
    """By fields named ``text`` and ``labels``, or by lines with tabs that are counted from 1 in each dialogue."""
    lines = [line for line in head.lines if line.strip()]
    fielded = sum(line.startswith("text:") and "\t" in line for line in lines)
    if fielded:
        return 0.35 * ("\tlabels:" in head.text or "\teval_labels:" in head.text) + 0.6 * fielded / len(lines)
    return 0.9 if lines and "\t" in head.text and _counted(lines) else 0.0


def _counted(lines: list[str]) -> bool:
    numbers = [int(match["number"]) if (match := _NUMBERED.fullmatch(line)) else -1 for line in lines]
    return numbers[0] == 1 and all(number in (1, before + 1) for before, number in pairwise(numbers))


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read episodes: the text is the user's, the label the system's; candidates and rewards are left out."""
    pairs = _fielded(source) if any(line.startswith("text:") for line in source.head.lines) else _numbered(source, reading)
    turns: list[Turn] = []
    number = 1
    for user, system, ends in pairs:
        turns += [Turn(speaker="user", text=user)] * bool(user) + [Turn(speaker="system", text=system)] * bool(system)
        if ends and turns:
            yield dialogue(str(number), turns)
            turns, number = [], number + 1
    if turns:
        yield dialogue(str(number), turns)


def _fielded(source: Source) -> Iterator[tuple[str, str, bool]]:
    for number, line in enumerate(source.lines(), start=1):
        if not line.strip():
            continue
        fields = dict(_field(field, number) for field in line.removesuffix("\n").split("\t") if field)
        if "text" not in fields:
            raise InputError("the field 'text' is missing", where=f"line {number}", remedy="begin the line with text:")
        label = (fields.get("labels") or fields.get("eval_labels") or "").partition("|")[0]
        yield _unescaped(fields["text"]), _unescaped(label), fields.get("episode_done", "").strip() == "True"


def _field(field: str, number: int) -> tuple[str, str]:
    name, mark, value = field.partition(":")
    if not mark:
        raise InputError(f"the field {field[:40]!r} has no name", where=f"line {number}", remedy="write name:value with tabs between")
    return name.strip(), value


def _numbered(source: Source, reading: Reading) -> Iterator[tuple[str, str, bool]]:
    started = False
    for number, line in enumerate(source.lines(), start=1):
        match = _NUMBERED.fullmatch(line.removesuffix("\n"))
        if match is None:
            if line.strip():
                raise InputError("the line has no number", where=f"line {number}", remedy="begin each line with its number in the dialogue and a space")
            continue
        if int(match["number"]) == 1 and started:
            yield "", "", True
        started = True
        text, *others = match["rest"].split("\t")
        if not others:
            reading.note("A line without an answer (a fact of the data base) was left out", f"line {number}",
                         "put a tab and the answer behind it if it is an utterance")
            continue
        yield "" if text == _SILENCE else text, others[0].partition("|")[0], False


def _unescaped(text: str) -> str:
    """A field as it was before it was put on one line.

    >>> _unescaped("one" + chr(92) + "ntwo__PIPE__three") == "one" + chr(10) + "two|three"
    True
    """
    return text.replace("\\t", "\t").replace("\\n", "\n").replace("__PIPE__", "|")


PARLAI = Format(name="parlai", title="ParlAI text", endings=(".txt",), recognise=recognise, parse=parse)
