"""MultiWOZ: 2.0, 2.1 and 2.4 (``data.json``: goal and log) and 2.2 (turns with frames); state keys in TRADE's spelling.

Source: https://github.com/budzianowski/multiwoz
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from engine.dialogue.formats.base import Format, Note, dialogue, silent
from engine.dialogue.formats.node import HEAD, Node, keys, load
from engine.dialogue.formats.sgd import framed
from engine.dialogue.model import Act, Dialogue, Span, State, Turn

_SLOTS = {"pricerange": "price range", "leaveat": "leave at", "arriveby": "arrive by"}
_NO_VALUE = (None, "", "none", "?")
_UNFILLED = ("", "not mentioned", "none")
_DOMAIN_SLOT = re.compile(r'"(?:hotel|restaurant|attraction|taxi|train|hospital|police|bus)(?:-\w+)?"')


def recognise(text: str) -> float:
    """By ``log`` with ``metadata``, or by frames whose turns are numbered and whose services are MultiWOZ's."""
    found = keys(text)
    if "log" in found:
        return 0.5 + 0.25 * ("metadata" in found) + 0.2 * ("goal" in found)
    if {"turns", "utterance", "frames"} <= found:
        return 0.45 * ("turn_id" in found) + 0.5 * bool(_DOMAIN_SLOT.search(text[:HEAD]))
    return 0.0


def parse(text: str, note: Note = silent) -> list[Dialogue]:
    """Read dialogues of either shape; a state stands at the user turn that it follows."""
    top = load(text, note)
    if isinstance(top.value, list) or "turns" in top.of(dict).value:
        # 2.2 keeps its acts in another file: its empty lists do not say that there was no act.
        return [found.with_turns(replace(turn, acts=turn.acts or None) for turn in found.turns) for found in framed(top, _slot)]
    nodes = [("1", top)] if "log" in top.value else list(top.members())
    return [dialogue(name, _turns(node.need("log", list)), _domains(node)) for name, node in nodes]


def _slot(service: str, slot: str) -> str:
    """``hotel-bookday`` to ``hotel-book day``."""
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
            yield Turn(speaker="system", text=text, acts=_acts(entry), spans=_spans(entry))
        else:
            yield Turn(speaker="user", text=text, acts=_acts(entry), spans=_spans(entry), state=_state(following) if following else None)


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


def _acts(entry: Node) -> tuple[Act, ...] | None:
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


MULTIWOZ = Format(name="multiwoz", title="MultiWOZ", endings=(".json",), recognise=recognise, parse=parse)
