"""One dialogue as a record of a JSON format; what the format cannot say goes under a key of ours (`engine.dialogue.formats.annotation`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engine.dialogue.formats import convlab3, openai_chat, sgd
from engine.dialogue.formats.annotation import annotated
from engine.dialogue.formats.base import UPLOAD, Reading
from engine.dialogue.formats.node import Node
from engine.dialogue.model import Act, Dialogue, Speaker, Turn

_ROLES: dict[Speaker, str] = {"user": "user", "system": "assistant"}
_KIND = "categorical"
_PLACED = "non-categorical"
_BINARY = "binary"


def openai_record(dialogue: Dialogue) -> dict[str, Any]:
    """A line of OpenAI chat."""
    record = {"id": dialogue.id, "messages": [{"role": _ROLES[turn.speaker], "content": turn.text} for turn in dialogue.turns]}
    return _whole(record, dialogue, openai_chat.read)


def convlab3_record(dialogue: Dialogue) -> dict[str, Any]:
    """A dialogue of ConvLab-3's unified format; an act whose slot's place in the utterance is known is non-categorical there."""
    record = {"dataset": dialogue.corpus, "data_split": dialogue.split, "dialogue_id": dialogue.id, "original_id": dialogue.id,
              "domains": sorted(dialogue.domains), "goal": {"description": "", "inform": {}, "request": {}},
              "turns": [_convlab3_turn(number, turn) for number, turn in enumerate(dialogue.turns)]}
    return _whole(record, dialogue, convlab3.read)


def sgd_record(dialogue: Dialogue) -> dict[str, Any]:
    """A schema-guided dialogue: one frame for each service that the dialogue's annotation names."""
    services = _services(dialogue)
    record = {"dialogue_id": dialogue.id, "services": services,
              "turns": [{"speaker": turn.speaker.upper(), "utterance": turn.text, "frames": _frames(turn, services)} for turn in dialogue.turns]}
    return _whole(record, dialogue, lambda node, number, reading: sgd.read(node, number, reading))


def _whole(record: dict[str, Any], dialogue: Dialogue, read: Callable[[Node, str, Reading], Dialogue]) -> dict[str, Any]:
    return annotated(record, replace(dialogue, corpus=UPLOAD), read(Node(record), "", Reading()))


def _convlab3_turn(number: int, turn: Turn) -> dict[str, Any]:
    record: dict[str, Any] = {"speaker": turn.speaker, "utterance": turn.text, "utt_idx": number}
    if turn.acts is not None:
        record["dialogue_acts"] = _convlab3_acts(turn, turn.acts)
    if turn.state is not None:
        record["state"] = {}
        for key, value in turn.state.items():
            domain, _, slot = key.partition("-")
            record["state"].setdefault(domain, {})[slot] = value
    return record


def _convlab3_acts(turn: Turn, acts: tuple[Act, ...]) -> dict[str, list[dict[str, Any]]]:
    kinds: dict[str, list[dict[str, Any]]] = {kind: [] for kind in convlab3.KINDS}
    spans = list(turn.spans or ())
    for act in acts:
        said: dict[str, Any] = {"intent": act.name, "domain": act.domain or "", "slot": act.slot or ""}
        place = next((span for span in spans if span.label == act.slot and turn.text[span.start:span.end].lower() == (act.value or "").lower()), None)
        if place:
            spans.remove(place)
            kinds[_PLACED].append(said | {"value": act.value, "start": place.start, "end": place.end})
        elif act.value is not None:
            kinds[_KIND].append(said | {"value": act.value})
        else:
            kinds[_BINARY].append(said)
    return kinds


def _services(dialogue: Dialogue) -> list[str]:
    """The services in the states, then the domains that none of them covers."""
    found = dict.fromkeys(key.partition("-")[0] for turn in dialogue.turns for key in turn.state or ())
    covered = {sgd.domain_of(service) for service in found}
    named = [*sorted(dialogue.domains), *(act.domain for turn in dialogue.turns for act in turn.acts or () if act.domain)]
    return [*found, *dict.fromkeys(domain for domain in named if domain not in covered)]


def _frames(turn: Turn, services: list[str]) -> list[dict[str, Any]]:
    frames = [_frame(turn, service, first=number == 0) for number, service in enumerate(services or [""])]
    return [frame for frame in frames if len(frame) > 1]


def _frame(turn: Turn, service: str, *, first: bool) -> dict[str, Any]:
    """A frame; what belongs to no service, and the intent, stand in the first one."""
    frame: dict[str, Any] = {"service": service}
    if turn.spans is not None and first:
        frame["slots"] = [{"slot": span.label, "start": span.start, "exclusive_end": span.end} for span in turn.spans]
    if turn.acts is not None:
        frame["actions"] = [_action(act) for act in turn.acts if act.domain == sgd.domain_of(service) or (first and not act.domain)]
    if turn.state is not None:
        values = {key.partition("-")[2]: value.split("|") for key, value in turn.state.items() if key.partition("-")[0] == service}
        frame["state"] = {"active_intent": turn.intent or "NONE" if first else "NONE", "requested_slots": [], "slot_values": values}
    return frame


def _action(act: Act) -> dict[str, Any]:
    return {"act": act.name, "slot": act.slot or "", "values": act.value.split("|") if act.value else []}
