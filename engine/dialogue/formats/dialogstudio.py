"""DialogStudio: an object of dialogues, each a log of turns with ``user utterance``, ``system response`` and what the source said of them.

Source: https://github.com/salesforce/DialogStudio
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.multiwoz import acts
from engine.dialogue.formats.node import Node, load
from engine.dialogue.formats.records import is_list, members, records
from engine.dialogue.formats.sgd import Track, domain_of
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Act, Dialogue, Span, Speaker, State, Turn

_SIDES: tuple[tuple[Speaker, str, str], ...] = (("user", "user utterance", "original user side information"),
                                                ("system", "system response", "original system side information"))
_SPLIT = re.compile(r"--(train|val|test)--")
_SINGLE = re.compile(r'\s*\{\s*"(?:original dialog id|new dialog id|dialog index|log)"')


def recognise(head: Head) -> float:
    """By the keys with blanks in them."""
    return 0.5 * ({"user utterance", "system response"} <= head.keys) + 0.25 * ("log" in head.keys) * ("original dialog id" in head.keys) \
        + 0.2 * ("dialog history" in head.keys) if "user utterance" in head.keys else 0.0


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read dialogues; the state is ``dst accumulated``, acts and spans come from frames or ``dialog_act`` where the source has them."""
    one = is_list(source) or _SINGLE.match(source.head.text)
    named = ((_name(node, str(number)), node) for number, node in enumerate(records(source, reading), start=1)) if one \
        else members(source, reading)
    return (_dialogue(name, node) for name, node in named)


def _name(node: Node, number: str) -> str:
    return node.text("new dialog id") or node.text("original dialog id") or number


def _dialogue(name: str, node: Node) -> Dialogue:
    split = _SPLIT.search(name)
    return dialogue(name, _turns(node.need("log", list)), _domains(_side(node, "original dialog info")), split[1] if split else "all")


def _domains(info: Node | None) -> list[str]:
    services = info.get("services", list) if info else None
    return [domain_of(service.value) for service in services.items(str)] if services else []


def _turns(log: Node) -> Iterator[Turn]:
    track = Track("{}-{}".format)
    for entry in log.items():
        for speaker, key, side in _SIDES:
            said = entry.get(key, str)
            if said and said.value:
                yield _turn(entry, speaker, said.value, _side(entry, side), track)


def _turn(entry: Node, speaker: Speaker, text: str, side: Node | None, track: Track) -> Turn:
    framed = track.turn(side, speaker, text) if side and isinstance(side.value.get("frames"), list) else None
    user = speaker == "user"
    return Turn(speaker=speaker, text=text, intent=entry.text("intent") if user else None, state=_state(entry) if user else None,
                acts=_acts(framed, side), spans=_spans(framed))


def _acts(framed: Turn | None, side: Node | None) -> tuple[Act, ...] | None:
    if framed:
        return framed.acts or None  # empty lists in the sources without acts
    return acts(side) if side else None


def _spans(framed: Turn | None) -> tuple[Span, ...] | None:
    return framed.spans if framed else None


def _state(entry: Node) -> State | None:
    """From ``hotel area east , hotel stars 4``: domain, slot and value of each part."""
    said = entry.get("dst accumulated", str)
    if said is None:
        return None
    state: dict[str, str] = {}
    for part in filter(None, said.value.split(" , ")):
        domain, _, rest = part.strip().partition(" ")
        slot, _, value = rest.partition(" ")
        state[f"{domain}-{slot}" if slot else domain] = value
    return state


def _side(node: Node, key: str) -> Node | None:
    """An object, which some releases write as JSON in a text."""
    value: Any = node.of(dict).value.get(key)
    if isinstance(value, str) and value.lstrip().startswith("{"):
        return Node(load(value).of(dict).value, node, key, node.line)
    return node.at(key) if isinstance(value, dict) else None


DIALOGSTUDIO = Format(name="dialogstudio", title="DialogStudio", endings=(".json",), recognise=recognise, parse=parse)
