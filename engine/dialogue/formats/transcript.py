"""Plain transcripts: a speaker's label, a colon, the utterance; other lines continue the utterance above.

``=== name ===`` starts another dialogue. A line that begins with a tab always continues (the tab is dropped).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from sys import intern

from engine.dialogue.formats.base import SPEAKERS, Format, Reading, dialogue
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Dialogue, Speaker, Turn
from engine.errors import InputError, UnknownSpeakersError

_LABEL = re.compile(r" *(?:\[(?P<marker>\w+)\] ?:?|[*_]{0,2}(?P<word>[^\W_][\w .'’-]{0,40}?)[*_]{0,2} ?:[*_]{0,2})(?P<text>.*)", re.DOTALL)
_INLINE = re.compile(r"(?=\[(?:USR|SYS)\])")
_PAIRS: tuple[dict[str, Speaker], ...] = ({"a": "user", "b": "system"}, {"q": "user", "a": "system"}, {"u": "user", "s": "system"},
                                          {"c": "user", "a": "system"}, {"p": "user", "d": "system"})
"""Single letters name speakers only together, and only in a file that begins with one of them."""
_BY_NAMES = 0.3
"""How sure we are of lines that begin with names that come again, none of which says who speaks."""
_MOSTLY = 0.6
_FEW = 12
"""Different names in a file whose speakers all go by unknown ones."""
_WORDS = 3
"""In a name."""
_PLACES = 100
"""Words that may be names, remembered at most."""
_LETTERS = frozenset(letter for pair in _PAIRS for letter in pair)


def recognise(head: Head) -> float:
    """High where the first line names a speaker, higher the more lines do."""
    lines = [line for line in head.lines if line.strip() and _heading(line) is None]
    named = [(label := _label(line)) is not None and (label[0] in SPEAKERS or label[0] in _LETTERS) for line in lines]
    if not any(named):
        return _BY_NAMES * (sum(_names(head).values()) > _MOSTLY * len(lines))
    return 0.5 * named[0] + 0.1 + 0.35 * sum(named) / len(named)


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read a transcript (see the module); spaces around an utterance are dropped."""
    letters, part, number = _letters(source.head), _Part(), 1
    possible: dict[str, tuple[int, str]] = {}
    for line_number, line in enumerate(source.lines(), start=1):
        line = line.removesuffix("\n")
        heading = _heading(line)
        if heading is None:
            if not _add(part, line, line_number, letters, reading):
                _wonder(line, f"line {line_number}", possible, source.head, part, reading)
            continue
        if part.said or part.headed:
            yield part.dialogue(number)
            number += 1
        part = _Part(name=heading, headed=True)
    yield part.dialogue(number)
    for label, (count, where) in possible.items():
        if count > 1:
            reading.possible[label] = count
            reading.note(f"Lines begin with {label!r}, which was read as text, not as a speaker", where, "give it a role if somebody speaks there")


@dataclass(slots=True)
class _Part:
    """A dialogue so far: who spoke, and the lines of each utterance."""

    name: str = ""
    headed: bool = False
    said: list[tuple[Speaker, str, list[str]]] = field(default_factory=list)

    def dialogue(self, number: int) -> Dialogue:
        """What was said until now."""
        return dialogue(self.name or str(number), [Turn(speaker=speaker, text="\n".join(lines).strip(), label=label) for speaker, label, lines in self.said])


def _heading(line: str) -> str | None:
    """The name in ``=== name ===``, empty in ``===``."""
    return line.strip("= ") if line.startswith("===") and line.rstrip(" ").endswith("===") else None


def _letters(head: Head) -> Mapping[str, Speaker]:
    """What single letters mean in this file."""
    labels = [label[0] for line in head.lines if (label := _label(line)) and (label[0] in SPEAKERS or label[0] in _LETTERS)]
    if not labels or labels[0] not in _LETTERS:
        return {}
    second = next((label for label in labels if label in _LETTERS and label != labels[0]), None)
    return next((pair for pair in _PAIRS if labels[0] in pair and (second is None or second in pair)), {})


def _add(part: _Part, line: str, number: int, letters: Mapping[str, Speaker], reading: Reading) -> bool:
    """Take a line; whether a speaker is named in it."""
    pieces = list(_pieces(line, letters, number, reading))
    part.said.extend((speaker, label, [text]) for speaker, label, text in pieces)
    if part.said and not pieces:
        part.said[-1][2].append(line.removeprefix("\t"))
    return bool(pieces)


def _wonder(line: str, where: str, possible: dict[str, tuple[int, str]], head: Head, part: _Part, reading: Reading) -> None:
    """Look whether a line that was taken as text, or could not be, begins with the name of somebody whom we do not know."""
    label = _label(line)
    name = label[0] if label and len(label[0].split()) <= _WORDS else ""
    if not part.said and line.strip():
        names = [other for other in _names(head) if reading.known(other) is None]
        if name and len(names) > 1:
            raise UnknownSpeakersError({other: reading.place(where) if other == name else "" for other in [name, *names]})
        raise InputError("no speaker is named before this text", where=where,
                         remedy="start the line with User: or System: (also A:/B:, Customer:/Agent:, Human:/Assistant:, [USR]/[SYS])")
    if name and not line.startswith("\t") and (name in possible or len(possible) < _PLACES):
        count, first = possible.get(name, (0, where))
        possible[name] = (count + 1, first)


def _names(head: Head) -> Counter[str]:
    """What lines begin with as with a name, where some come again and there are a few."""
    named = (label[0] for line in head.lines if (label := _label(line)) and len(label[0].split()) <= _WORDS)
    found = Counter(name for name in named)
    return found if 1 < len(found) <= _FEW and found.most_common(1)[0][1] > 1 else Counter()


def _pieces(line: str, letters: Mapping[str, Speaker], number: int, reading: Reading) -> Iterator[tuple[Speaker, str, str]]:
    # A rendered dialogue holds all its utterances in one line: [USR] hi [SYS] hello.
    parts = [part for part in _INLINE.split(line) if part.strip()] if _INLINE.match(line.lstrip(" ")) else [line]
    for part in parts:
        label, text = _label(part) or ("", "")
        role = reading.given(label) or letters.get(label) or (None if label in _LETTERS else reading.known(label))
        if role:
            if role != "skip" and label not in ("user", "system", "usr", "sys", *reading.roles):
                reading.note(f"{label.upper() if label in _LETTERS else label.capitalize()} is read as the {role}", f"line {number}",
                             "give it another role where that is wrong")
            yield reading.heard(label, role), intern(label), text


def _label(line: str) -> tuple[str, str] | None:
    match = _LABEL.fullmatch(line)
    return (" ".join((match["marker"] or match["word"]).lower().split()), match["text"]) if match else None


TRANSCRIPT = Format(name="transcript", title="Plain transcript", endings=(".txt", ".md", ".log"), recognise=recognise, parse=parse)
