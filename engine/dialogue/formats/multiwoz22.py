"""MultiWOZ 2.2: schema-guided turns whose services are MultiWOZ's domains; state keys in TRADE's spelling.

Source: https://github.com/budzianowski/multiwoz/tree/master/data/MultiWOZ_2.2
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from engine.dialogue.formats.base import Format, Reading
from engine.dialogue.formats.multiwoz import slot_name
from engine.dialogue.formats.sgd import framed
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Dialogue

_DOMAIN_SLOT = re.compile(r'"(?:hotel|restaurant|attraction|taxi|train|hospital|police|bus)(?:-\w+)?"')


def recognise(head: Head) -> float:
    """By frames whose turns are numbered and whose services are MultiWOZ's."""
    if not {"turns", "utterance"} <= head.keys or "frames" not in head.lists:
        return 0.0
    return 0.45 * ("turn_id" in head.keys) + 0.5 * bool(_DOMAIN_SLOT.search(head.text))


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read dialogues; acts are kept in another file of the release, so empty lists do not say that there was no act."""
    for found in framed(source, reading, slot_name):
        yield found.with_turns(replace(turn, acts=turn.acts or None) for turn in found.turns)


MULTIWOZ22 = Format(name="multiwoz22", title="MultiWOZ 2.2", endings=(".json",), recognise=recognise, parse=parse)
