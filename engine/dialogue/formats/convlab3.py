"""ConvLab-3 unified: a list of dialogues (or one), turns with speaker, utterance, dialogue acts and state per domain.

Source: https://github.com/ConvLab/ConvLab-3/blob/master/data/unified_datasets/README.md
"""

from __future__ import annotations

from collections.abc import Iterator
from sys import intern

from engine.dialogue.formats.annotation import restored
from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.node import Node
from engine.dialogue.formats.records import records
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Act, Dialogue, Span, State, Turn

KINDS = ("categorical", "non-categorical", "binary")


def recognise(head: Head) -> float:
    """By ``turns`` with ``utterance`` but no frames, more with the keys that only this format has."""
    found = head.keys
    if not {"turns", "utterance", "speaker"} <= found or "frames" in head.lists:
        return 0.0
    return 0.5 + 0.45 * len(found & {"utt_idx", "data_split", "dialogue_acts"}) / 3


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read dialogues; a state's keys are ``domain-slot`` as in the file, empty slots are left out."""
    return (restored(node, read(node, str(number), reading)) for number, node in enumerate(records(source, reading), start=1))


def read(node: Node, number: str, reading: Reading) -> Dialogue:
    """One dialogue (errors as `parse`)."""
    return dialogue(node.text("dialogue_id") or number, (_turn(turn, reading) for turn in node.need("turns", list).items()),
                    [domain.value for domain in node.listed("domains", str)], node.text("data_split") or "all")


def _turn(node: Node, reading: Reading) -> Turn:
    speaker, text = node.need("speaker", str), node.need("utterance", str).value
    acts = node.get("dialogue_acts", dict) or node.get("dialogue_act", dict)  # the older releases' spelling
    return Turn(speaker=reading.role(speaker.value, where=speaker.where), text=text, state=_state(node), label=intern(speaker.value),
                acts=tuple(map(_act, _listed(acts))) if acts else None, spans=tuple(_spans(acts, len(text))) if acts else None)


def _state(node: Node) -> State | None:
    state = node.get("state", dict)
    if state is None:
        return None
    return {f"{domain}-{slot}": value.value for domain, slots in state.members() for slot, value in slots.members(str) if value.value}


def _listed(acts: Node) -> Iterator[Node]:
    return (act for kind in KINDS for act in acts.listed(kind))


def _act(node: Node) -> Act:
    return Act(name=node.need("intent", str).value, domain=node.text("domain"), slot=node.text("slot"), value=node.text("value"))


def _spans(acts: Node, length: int) -> Iterator[Span]:
    for act in _listed(acts):
        start, end, slot = act.get("start", int), act.get("end", int), act.get("slot", str)
        if start and end and slot and 0 <= start.value <= end.value <= length:
            yield Span(start=start.value, end=end.value, label=slot.value)


CONVLAB3 = Format(name="convlab3", title="ConvLab-3 unified", endings=(".json",), recognise=recognise, parse=parse)
