"""Schema-guided dialogues: a list of dialogues (or one), turns with frames per service.

Source: https://github.com/google-research-datasets/dstc8-schema-guided-dialogue
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from sys import intern

from engine.dialogue.formats.annotation import restored
from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.node import Node
from engine.dialogue.formats.records import records
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Act, Dialogue, Span, Speaker, State, Turn

SlotName = Callable[[str, str], str]
"""Service and slot as in the file to the key in the state."""


def recognise(head: Head) -> float:
    """By the keys ``turns``, ``frames``, ``services``; less where turns are numbered as in MultiWOZ 2.2."""
    found = head.keys
    if not {"turns", "utterance"} <= found or "frames" not in head.lists:
        return 0.0
    return 0.6 if "turn_id" in found else 0.75 + 0.1 * ("services" in found) + 0.1 * ("dialogue_id" in found)


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read dialogues; a state's keys are ``service-slot`` as in the file, a domain is the service without its number."""
    return framed(source, reading, "{}-{}".format)


def framed(source: Source, reading: Reading, slot_name: SlotName) -> Iterator[Dialogue]:
    """The dialogues of a list of dialogues with frames, or of a single one (errors as `parse`)."""
    return (restored(node, read(node, str(number), reading, slot_name)) for number, node in enumerate(records(source, reading), start=1))


def read(node: Node, number: str, reading: Reading, slot_name: SlotName = "{}-{}".format) -> Dialogue:
    """One dialogue (errors as `parse`)."""
    return dialogue(node.text("dialogue_id") or number, _turns(node.need("turns", list), reading, slot_name),
                    [domain_of(service.value) for service in node.listed("services", str)])


def _turns(turns: Node, reading: Reading, slot_name: SlotName) -> Iterator[Turn]:
    track = Track(slot_name)
    for turn in turns.items():
        speaker = turn.need("speaker", str)
        yield track.turn(turn, reading.role(speaker.value, where=speaker.where), turn.need("utterance", str).value, intern(speaker.value))


class Track:
    """What frames leave unsaid because an earlier turn said it: a frame repeats only its own service, the state covers all of them."""

    def __init__(self, slot_name: SlotName) -> None:
        self.slot_name = slot_name
        self.states: dict[str, State] = {}
        self.intents: dict[str, str] = {}

    def turn(self, node: Node, speaker: Speaker, text: str, label: str | None = None) -> Turn:
        """The next turn, annotated by the ``frames`` of ``node``."""
        frames = node.listed("frames")
        stated = _update(self.states, frames, self.slot_name)
        return Turn(speaker=speaker, text=text, label=label, intent=_intent(self.intents, frames), acts=_acts(frames),
                    state={slot: value for state in self.states.values() for slot, value in state.items()} if stated else None,
                    spans=_spans(frames, len(text)))


def _update(states: dict[str, State], frames: list[Node], slot_name: SlotName) -> bool:
    stated = [frame for frame in frames if frame.get("state", dict)]
    for frame in stated:
        service, values = frame.need("service", str).value, frame.at("state").get("slot_values", dict)
        states[service] = {slot_name(service, slot): "|".join(value.value for value in found.items(str))
                           for slot, found in (values.members(list) if values else ())}
    return bool(stated)


def _intent(intents: dict[str, str], frames: list[Node]) -> str | None:
    """The active intent of a turn: one that has just changed before others, a later frame before an earlier one."""
    stated = {frame.need("service", str).value: intent.value for frame in frames
              if (state := frame.get("state", dict)) and (intent := state.get("active_intent", str))}
    ranked = [(intents.get(service) != intent, place, intent) for place, (service, intent) in enumerate(stated.items()) if intent != "NONE"]
    intents.update(stated)
    return max(ranked)[2] if ranked else "NONE" if stated else None


def _acts(frames: list[Node]) -> tuple[Act, ...] | None:
    listed = [(frame, actions) for frame in frames if (actions := frame.get("actions", list))]
    return tuple(act for frame, actions in listed for act in _frame_acts(frame, actions)) if listed else None


def _frame_acts(frame: Node, actions: Node) -> Iterator[Act]:
    domain = domain_of(frame.need("service", str).value)
    for action in actions.items():
        slot, values = action.get("slot", str), action.get("values", list)
        yield Act(name=action.need("act", str).value, domain=domain, slot=slot.value or None if slot else None,
                  value="|".join(value.value for value in values.items(str)) or None if values else None)


def _spans(frames: list[Node], length: int) -> tuple[Span, ...] | None:
    listed = [slots for frame in frames if (slots := frame.get("slots", list))]
    spans = [_span(slot) for slots in listed for slot in slots.items() if "start" in slot.value]
    return tuple(span for span in spans if 0 <= span.start <= span.end <= length) if listed else None


def _span(slot: Node) -> Span:
    return Span(start=slot.need("start", int).value, end=slot.need("exclusive_end", int).value, label=slot.need("slot", str).value)


def domain_of(service: str) -> str:
    """``Restaurants_2`` to ``restaurants``.

    >>> domain_of("Restaurants_2"), domain_of("hotel")
    ('restaurants', 'hotel')
    """
    return service.rpartition("_")[0].lower() or service.lower()


SGD = Format(name="sgd", title="Schema-Guided Dialogue", endings=(".json",), recognise=recognise, parse=parse)
