"""MultiWOZ 2.0, 2.1 and 2.4: ``data.json``, an object of dialogues with goal and log; state keys in TRADE's spelling.

Source: https://github.com/budzianowski/multiwoz
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.node import Node
from engine.dialogue.formats.records import is_list, members, records
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Act, Dialogue, Span, State, Turn

_SLOTS = {"pricerange": "price range", "leaveat": "leave at", "arriveby": "arrive by"}
_NO_VALUE = (None, "", "none", "?")
_UNFILLED = ("", "not mentioned", "none")
_SINGLE = re.compile(r'\s*\{(?:\s*"goal"|\s*"log"\s*:\s*\[)')


def recognise(head: Head) -> float:
    """By ``log`` with ``metadata``."""
    found = head.keys
    return 0.5 + 0.25 * ("metadata" in found) + 0.2 * ("goal" in found) if "log" in found and found & {"text", "metadata"} else 0.0


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read dialogues; a state stands at the user turn that it follows."""
    one = is_list(source) or _SINGLE.match(source.head.text)
    named = ((node.of(dict).text("dialogue_id") or str(number), node) for number, node in enumerate(records(source, reading), start=1)) if one \
        else members(source, reading)
    return (dialogue(name, _turns(node.need("log", list)), _domains(node)) for name, node in named)


def slot_name(service: str, slot: str) -> str:
    """TRADE's spelling of a slot of 2.2.

    >>> slot_name("hotel", "hotel-bookday"), slot_name("taxi", "leaveat")
    ('hotel-book day', 'taxi-leave at')
    """
    domain, _, name = slot.rpartition("-")
    name = re.sub(r"^book(?=[a-z])", "book ", name)
    return f"{domain or service}-{_SLOTS.get(name.lower(), name)}"


def _domains(node: Node) -> list[str]:
    """The domains with something in the goal."""
    goal = node.get("goal", dict)
    wanted = goal.value.items() if goal else ()
    return [name for name, value in wanted if isinstance(value, dict) and value]


def _turns(log: Node) -> Iterator[Turn]:
    entries = list(log.items())
    for index, entry in enumerate(entries):
        following = entries[index + 1] if index + 1 < len(entries) else None
        text = entry.need("text", str).value
        if index % 2:
            yield Turn(speaker="system", text=text, acts=acts(entry), spans=_spans(entry))
        else:
            yield Turn(speaker="user", text=text, acts=acts(entry), spans=_spans(entry), state=_state(following) if following else None)


def _state(entry: Node) -> State | None:
    metadata = entry.get("metadata", dict)
    if not metadata or not metadata.value:
        return None
    return {f"{domain}-{slot}": value for domain, parts in metadata.members() for slot, value in _filled(parts)}


def _filled(parts: Node) -> Iterator[tuple[str, str]]:
    for part, prefix in (("semi", ""), ("book", "book ")):
        slots = parts.get(part, dict)
        for slot, value in slots.value.items() if slots else ():
            text = "|".join(map(str, value)) if isinstance(value, list) else str(value)
            if slot != "booked" and text not in _UNFILLED:
                yield prefix + _SLOTS.get(slot.lower(), slot), text


def acts(entry: Node) -> tuple[Act, ...] | None:
    """Acts from ``{"Hotel-Inform": [["Area", "east"]]}``; a turn without annotation has text there, or nothing."""
    if not isinstance(entry.value.get("dialog_act"), dict):
        return None
    return tuple(act for label, pairs in entry.at("dialog_act").members(list) for act in _labelled(label, pairs))


def _labelled(label: str, pairs: Node) -> Iterator[Act]:
    """The verb after the dash and the domain, lower case; a requested slot has no value."""
    domain, _, verb = label.lower().partition("-")
    for pair in [pair.value for pair in pairs.items(list)] or [["none", "none"]]:
        slot, value = (None if cell in _NO_VALUE else str(cell) for cell in [*pair, None, None][:2])
        yield Act(name=verb, domain=domain, slot=slot, value=value)


def _spans(entry: Node) -> tuple[Span, ...] | None:
    """Places from ``[act, slot, value, first, last]``: tokens between blanks, both ends included."""
    listed = entry.get("span_info", list)
    places = [token.span() for token in re.finditer(r"\S+", entry.value["text"])]
    rows = [[cell.value for cell in (row.at(3).of(int), row.at(4).of(int), row.at(1).of(str))]
            for row in (listed.items(list) if listed else ()) if len(row.value) >= 5]
    return None if listed is None else tuple(Span(start=places[first][0], end=places[last][1], label=slot)
                                             for first, last, slot in rows if 0 <= first <= last < len(places))


MULTIWOZ = Format(name="multiwoz", title="MultiWOZ 2.0, 2.1, 2.4", endings=(".json",), recognise=recognise, parse=parse)
