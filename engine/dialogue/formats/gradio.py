"""Gradio's ``Dialogue`` component: a list of ``{"speaker", "text"}``, or a list of such lists; speakers go by any name.

Source: https://www.gradio.app/docs/gradio/dialogue
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from sys import intern

from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.node import Node
from engine.dialogue.formats.records import groups
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Dialogue, Turn

_OTHERS = frozenset({"turns", "utterance", "log", "messages", "conversation", "conversations", "mapping"})


def recognise(head: Head) -> float:
    """By ``speaker`` and ``text`` and nothing of the larger formats."""
    if not {"speaker", "text"} <= head.keys or head.keys & _OTHERS:
        return 0.0
    return 0.95 if head.keys == {"speaker", "text"} else 0.6


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read dialogues; of names that say nothing, the first is the user's."""
    return (dialogue(str(number), _turns(lines, reading)) for number, lines in enumerate(_lists(source, reading), start=1))


def _lists(source: Source, reading: Reading) -> Iterator[Iterator[Node]]:
    for group in groups(source, reading):
        for first in group:
            if isinstance(first.value, list):
                yield first.items()
            else:
                yield chain([first], group)


def _turns(lines: Iterator[Node], reading: Reading) -> Iterator[Turn]:
    reading.begin()
    for line in lines:
        speaker = line.need("speaker", str)
        yield Turn(speaker=reading.person(speaker.value, where=speaker.where), text=line.need("text", str).value,
                   label=intern(speaker.value))


GRADIO = Format(name="gradio", title="Gradio Dialogue", endings=(".json",), recognise=recognise, parse=parse)
