"""Schema-guided dialogues: a list of dialogues (or one), turns with frames per service.

Source: https://github.com/google-research-datasets/dstc8-schema-guided-dialogue
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.dialogue.formats.base import Format, Note, dialogue, silent
from engine.dialogue.formats.node import Node, keys, load
from engine.dialogue.model import Act, Dialogue, Span, Speaker, State, Turn

_SPEAKERS: dict[str, Speaker] = {"USER": "user", "SYSTEM": "system"}
SlotName = Callable[[str, str], str]
"""Service and slot as in the file to the key in the state."""


def recognise(text: str) -> float:
    """By the keys ``turns``, ``frames``, ``services``; less where turns are numbered as in MultiWOZ 2.2."""
    found = keys(text)
    if not {"turns", "utterance", "frames"} <= found:
        return 0.0
    return 0.6 if "turn_id" in found else 0.75 + 0.1 * ("services" in found) + 0.1 * ("dialogue_id" in found)


def parse(text: str, note: Note = silent) -> list[Dialogue]:
    """Read dialogues; a state's keys are ``service-slot`` as in the file, a domain is the service without its number."""
    return framed(load(text, note), "{}-{}".format)


def framed(top: Node, slot_name: SlotName) -> list[Dialogue]:
    """The dialogues of a list of dialogues with frames, or of a single one (errors as `parse`)."""
    nodes = top.items() if isinstance(top.value, list) else [top]
    return [_dialogue(node, str(number), slot_name) for number, node in enumerate(nodes, start=1)]


def _dialogue(node: Node, number: str, slot_name: SlotName) -> Dialogue:
    name, services = node.get("dialogue_id", str), node.get("services", list)
    return dialogue(name.value if name else number, _turns(node.need("turns", list), slot_name),
                    [_domain(service.value) for service in services.items(str)] if services else ())


def _turns(turns: Node, slot_name: SlotName) -> Iterator[Turn]:
    states: dict[str, State] = {}  # a frame repeats only its own service, the state covers all of them
    intents: dict[str, str] = {}
    for turn in turns.items():
        listed = turn.get("frames", list)
        frames = list(listed.items()) if listed else []
        stated = _update(states, frames, slot_name)
        yield Turn(speaker=_speaker(turn), text=turn.need("utterance", str).value, intent=_intent(intents, frames), acts=_acts(frames),
                   state={slot: value for state in states.values() for slot, value in state.items()} if stated else None,
                   spans=_spans(frames, len(turn.value["utterance"])))


def _speaker(turn: Node) -> Speaker:
    speaker = turn.need("speaker", str)
    if speaker.value.upper() not in _SPEAKERS:
        raise speaker.fail(f"the speaker {speaker.value!r} is not known", "write USER or SYSTEM")
    return _SPEAKERS[speaker.value.upper()]


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
    domain = _domain(frame.need("service", str).value)
    for action in actions.items():
        slot, values = action.get("slot", str), action.get("values", list)
        yield Act(name=action.need("act", str).value, domain=domain, slot=slot.value or None if slot else None,
                  value="|".join(value.value for value in values.items(str)) or None if values else None)


def _spans(frames: list[Node], length: int) -> tuple[Span, ...] | None:
    listed = [slots for frame in frames if (slots := frame.get("slots", list))]
    spans = (_span(slot) for slots in listed for slot in slots.items() if "start" in slot.value)
    return tuple(span for span in spans if 0 <= span.start <= span.end <= length) if listed else None


def _span(slot: Node) -> Span:
    return Span(start=slot.need("start", int).value, end=slot.need("exclusive_end", int).value, label=slot.need("slot", str).value)


def _domain(service: str) -> str:
    """``Restaurants_2`` to ``restaurants``."""
    return service.rpartition("_")[0].lower() or service.lower()


SGD = Format(name="sgd", title="Schema-Guided Dialogue", endings=(".json",), recognise=recognise, parse=parse)
