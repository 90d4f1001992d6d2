"""ConvLab-3 unified: a list of dialogues (or one), turns with speaker, utterance, dialogue acts and state per domain.

Source: https://github.com/ConvLab/ConvLab-3/blob/master/data/unified_datasets/README.md
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.dialogue.formats.base import Format, Note, dialogue, role, silent
from engine.dialogue.formats.node import Node, keys, load
from engine.dialogue.model import Act, Dialogue, Span, State, Turn

_KINDS = ("categorical", "non-categorical", "binary")


def recognise(text: str) -> float:
    """By ``turns`` with ``utterance`` but no frames, more with the keys that only this format has."""
    found = keys(text)
    if not {"turns", "utterance", "speaker"} <= found or "frames" in found:
        return 0.0
    return 0.5 + 0.45 * len(found & {"utt_idx", "data_split", "dialogue_acts"}) / 3


def parse(text: str, note: Note = silent) -> list[Dialogue]:
    """Read dialogues; a state's keys are ``domain-slot`` as in the file, empty slots are left out."""
    top = load(text, note)
    nodes = top.items() if isinstance(top.value, list) else [top]
    return [_dialogue(node, str(number)) for number, node in enumerate(nodes, start=1)]


def _dialogue(node: Node, number: str) -> Dialogue:
    name, split, domains = node.get("dialogue_id", str), node.get("data_split", str), node.get("domains", list)
    return dialogue(name.value if name else number, map(_turn, node.need("turns", list).items()),
                    [domain.value for domain in domains.items(str)] if domains else (), split.value if split else "all")


def _turn(node: Node) -> Turn:
    speaker, acts, text = node.need("speaker", str), node.get("dialogue_acts", dict), node.need("utterance", str).value
    return Turn(speaker=role(speaker.value, where=speaker.where), text=text, state=_state(node),
                acts=tuple(map(_act, _listed(acts))) if acts else None, spans=tuple(_spans(acts, len(text))) if acts else None)


def _state(node: Node) -> State | None:
    state = node.get("state", dict)
    if state is None:
        return None
    return {f"{domain}-{slot}": value.value for domain, slots in state.members() for slot, value in slots.members(str) if value.value}


def _listed(acts: Node) -> Iterator[Node]:
    return (act for kind in _KINDS if (kept := acts.get(kind, list)) for act in kept.items())


def _act(node: Node) -> Act:
    domain, slot, value = (found.value or None if (found := node.get(key, str)) else None for key in ("domain", "slot", "value"))
    return Act(name=node.need("intent", str).value, domain=domain, slot=slot, value=value)


def _spans(acts: Node, length: int) -> Iterator[Span]:
    for act in _listed(acts):
        start, end, slot = act.get("start", int), act.get("end", int), act.get("slot", str)
        if start and end and slot and 0 <= start.value <= end.value <= length:
            yield Span(start=start.value, end=end.value, label=slot.value)


CONVLAB3 = Format(name="convlab3", title="ConvLab-3 unified", endings=(".json",), recognise=recognise, parse=parse)
