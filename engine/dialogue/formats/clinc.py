"""CLINC150 and data sets of its shape: an object of splits, each a list of ``[utterance, intent]``.

Source: https://github.com/clinc/oos-eval
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.node import Node
from engine.dialogue.formats.records import members
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Dialogue, Turn

_START = re.compile(r'\s*\{\s*"(?P<split>[^"]{1,40})"\s*:\s*\[\s*\[\s*"(?:[^"\\]|\\.)*"\s*,\s*"(?:[^"\\]|\\.){1,80}"\s*\]')
_SPLITS = frozenset(part + name for part in ("", "oos_") for name in ("train", "val", "test", "dev"))


def recognise(head: Head) -> float:
    """By the first pair, more where its split has a name of CLINC150's."""
    match = _START.match(head.text)
    return 0.0 if match is None else 0.95 if match["split"] in _SPLITS else 0.6


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read utterances: each is a dialogue of one user turn with its intent."""
    for split, rows in members(source, reading):
        yield from (_query(row, split, index) for index, row in enumerate(rows.items(list)))


def _query(row: Node, split: str, index: int) -> Dialogue:
    if len(row.value) != 2:
        raise row.fail(f"the pair has {len(row.value)} parts", "write [utterance, intent]")
    return dialogue(f"{split}/{index}", [Turn(speaker="user", text=row.at(0).of(str).value, intent=row.at(1).of(str).value or None)],
                    split=split.removeprefix("oos_"))


CLINC = Format(name="clinc", title="CLINC150 utterances", endings=(".json",), recognise=recognise, parse=parse)
