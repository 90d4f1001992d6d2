"""WhatsApp's exported chat: ``12/31/20, 11:59 PM - Name: text`` (Android) or ``[31.12.20, 23:59:59] Name: text`` (iPhone).

Date and time are written as the phone's language has them; lines without them continue the message above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from sys import intern

from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Dialogue, Speaker, Turn
from engine.errors import InputError

_TIME = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?[ \u202f]\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[ \u202f]?[AaPp]\.?[ \u202f]?[Mm]\.?)?"
_LINE = re.compile(rf"[\u200e\u200f\u202a-\u202e]*(?:\[{_TIME}\]|{_TIME}(?: -|:))[ \u202f]?(?P<rest>.*)", re.DOTALL)
_SAID = re.compile(r"[\u200e\u200f]*(?P<name>[^:]{1,60}?): (?P<text>.*)", re.DOTALL)
_LEFT_OUT = re.compile(r"\u200e?(?:<[^<>]{1,60}>|[^<>]{0,40} omitted|<attached: [^<>]{1,200}>|[\w. -]{1,200} \(file attached\))\s*")
"""What stands for a picture, a sound or a deleted message."""
_NAME = "whatsapp"


def recognise(head: Head) -> float:
    """By lines that begin with date and time."""
    lines = [line for line in head.lines if line.strip()]
    dated = [_LINE.fullmatch(line) is not None for line in lines]
    return 0.5 * dated[0] + 0.2 + 0.29 * sum(dated) / len(dated) if any(dated) else 0.0


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read the chat as one dialogue: whoever writes first is the user; notices and pictures are left out with a note."""
    said: list[tuple[Speaker, str, list[str]]] = []
    keeps = False
    reading.begin()
    for number, line in enumerate(source.lines(), start=1):
        line = line.removesuffix("\n")
        match = _LINE.fullmatch(line)
        if match:
            keeps = _message(match["rest"], f"line {number}", said, reading)
        elif keeps:
            said[-1][2].append(line)
        elif line.strip() and not said:
            raise InputError("the line begins with no date and time", where=f"line {number}", remedy="export the chat again, without changing it")
    yield dialogue(_NAME, [Turn(speaker=speaker, text="\n".join(lines).rstrip("\n"), label=name) for speaker, name, lines in said])


def _message(rest: str, where: str, said: list[tuple[Speaker, str, list[str]]], reading: Reading) -> bool:
    """Take one message; whether lines that follow may continue it."""
    match = _SAID.fullmatch(rest)
    if match is None:
        reading.note("A notice of the app was left out", where, "nothing was said there")
    elif _LEFT_OUT.fullmatch(match["text"]):
        reading.note("A picture, file or deleted message was left out", where, "nothing to read there")
    else:
        name = intern(match["name"].strip())
        said.append((reading.person(name, where=where), name, [match["text"]]))
        return True
    return False


WHATSAPP = Format(name="whatsapp", title="WhatsApp chat", endings=(".txt",), recognise=recognise, parse=parse)
