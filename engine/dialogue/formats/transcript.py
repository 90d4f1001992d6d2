"""Plain transcripts: a speaker's label, a colon, the utterance; other lines continue the utterance above.

``=== name ===`` starts another dialogue. A line that begins with a tab always continues (the tab is dropped).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.dialogue.formats.base import SPEAKERS, Format, Note, dialogue, silent
from engine.dialogue.formats.node import HEAD
from engine.dialogue.model import Dialogue, Turn
from engine.errors import InputError

_LINE_END = re.compile(r"\r\n|\r|\n")
_LABEL = re.compile(r" *(?:\[(?P<marker>\w+)\] ?:?|(?P<word>\w+) ?:)(?P<text>.*)", re.DOTALL)
_INLINE = re.compile(r"(?=\[(?:USR|SYS)\])")
_LETTERS = {"a", "b"}


def recognise(text: str) -> float:
    """High where the first line names a speaker, higher the more lines do."""
    lines = [line for line in _LINE_END.split(text[:HEAD]) if line.strip() and _heading(line) is None]
    named = [_label(line) is not None for line in lines]
    if not any(named):
        return 0.0
    return 0.5 * named[0] + 0.1 + 0.35 * sum(named) / len(named)


def parse(text: str, note: Note = silent) -> list[Dialogue]:
    """Read a transcript (see the module); spaces around an utterance are dropped."""
    found: list[tuple[str, list[tuple[str, list[str]]]]] = []
    for number, line in enumerate(_LINE_END.split(text), start=1):
        heading = _heading(line)
        if heading is not None:
            found.append((heading or str(len(found) + 1), []))
        elif not found and line.strip():
            found.append(("1", []))
        if found and heading is None:
            _add(found[-1][1], line, number, letters=_letters(found))
    _say_roles({label for _, turns in found for label, _ in turns}, note)
    return [dialogue(name, [Turn(speaker=SPEAKERS[label], text="\n".join(lines).strip()) for label, lines in turns])
            for name, turns in found]


def _heading(line: str) -> str | None:
    """The name in ``=== name ===``, empty in ``===``."""
    return line.strip("= ") if line.startswith("===") and line.rstrip(" ").endswith("===") else None


def _letters(found: list[tuple[str, list[tuple[str, list[str]]]]]) -> bool:
    """Whether ``A:`` and ``B:`` name speakers: only in a file whose first speaker is one of them."""
    first = next((turns[0][0] for _, turns in found if turns), None)
    return first is None or first in _LETTERS


def _add(turns: list[tuple[str, list[str]]], line: str, number: int, letters: bool) -> None:
    pieces = list(_pieces(line, letters))
    if pieces:
        turns.extend((label, [text]) for label, text in pieces)
    elif turns:
        turns[-1][1].append(line.removeprefix("\t"))
    elif line.strip():
        raise InputError("no speaker is named before this text", where=f"line {number}",
                         remedy="start the line with User: or System: (also A:/B:, Customer:/Agent:, Human:/Assistant:, [USR]/[SYS])")


def _pieces(line: str, letters: bool) -> Iterator[tuple[str, str]]:
    # A rendered dialogue holds all its utterances in one line: [USR] hi [SYS] hello.
    parts = [part for part in _INLINE.split(line) if part.strip()] if _INLINE.match(line.lstrip(" ")) else [line]
    for part in parts:
        label = _label(part)
        if label and (letters or label[0] not in _LETTERS):
            yield label


def _label(line: str) -> tuple[str, str] | None:
    match = _LABEL.fullmatch(line)
    label = (match["marker"] or match["word"]).lower() if match else ""
    return (label, match["text"]) if match and label in SPEAKERS else None


def _say_roles(labels: set[str], note: Note) -> None:
    for label in sorted(labels - {"user", "system"}):
        note(f"{label.upper() if label in _LETTERS else label.capitalize()} is read as the {SPEAKERS[label]}")


TRANSCRIPT = Format(name="transcript", title="Plain transcript", endings=(".txt", ".md", ".log"), recognise=recognise, parse=parse)
