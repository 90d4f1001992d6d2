"""What a JSON format cannot say of a dialogue, under a key of our own beside the format's keys, so that nothing is lost on the way back.

``{"dialatlas": {"id": ..., "split": ..., "domains": [...], "turns": [null, {"intent": ..., "acts": [...], "state": {...}, "spans": [...]}]}}``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from engine.dialogue.formats.node import Node
from engine.dialogue.model import Act, Dialogue, Span, Turn

KEY = "dialatlas"


def annotated(record: dict[str, Any], wanted: Dialogue, understood: Dialogue) -> dict[str, Any]:
    """A format's record of a dialogue, with our key where reading it back would give another dialogue.

    Args:
        record: What the format can say.
        wanted: The dialogue.
        understood: What the format's own reader makes of the record; it has the same number of turns.
    """
    if wanted == understood:
        return record
    turns = [None if one == other else _packed(one) for one, other in zip(wanted.turns, understood.turns, strict=True)]
    return record | {KEY: {"id": wanted.id, "split": wanted.split, "domains": sorted(wanted.domains), "turns": turns}}


def restored(node: Node, found: Dialogue) -> Dialogue:
    """A dialogue with what our key says of it, if the record has it.

    Raises:
        InputError: The key holds something else than `annotated` wrote.
    """
    ours = node.get(KEY, dict) if isinstance(node.value, dict) else None
    if ours is None:
        return found
    said = ours.need("turns", list)
    if len(said.value) != len(found.turns):
        raise said.fail(f"there are {len(said.value)} turns here but {len(found.turns)} in the dialogue", f"remove the key {KEY!r}")
    turns = [turn if said.value[index] is None else _unpacked(said.at(index), turn) for index, turn in enumerate(found.turns)]
    return replace(found, id=ours.need("id", str).value, split=ours.need("split", str).value, turns=tuple(turns),
                   domains=frozenset(domain.value for domain in ours.listed("domains", str)))


def act(node: Node) -> Act:
    """An act as `act_json` writes it; what is absent or null is None (errors as `restored`)."""
    domain, slot, value = (found.value if (found := node.get(key, str)) else None for key in ("domain", "slot", "value"))
    return Act(name=node.need("name", str).value, domain=domain, slot=slot, value=value)


def act_json(said: Act) -> dict[str, str]:
    """An act without the parts that are None."""
    return {key: value for key, value in asdict(said).items() if value is not None}


def span(node: Node) -> Span:
    """A span of ``[start, end, slot]`` (errors as `restored`)."""
    if len(node.value) != 3:
        raise node.fail("a span has three parts", "write [start, end, slot]")
    return Span(start=node.at(0).of(int).value, end=node.at(1).of(int).value, label=node.at(2).of(str).value)


def _packed(turn: Turn) -> dict[str, Any]:
    parts = {"intent": turn.intent, "acts": None if turn.acts is None else list(map(act_json, turn.acts)),
             "state": None if turn.state is None else dict(turn.state),
             "spans": None if turn.spans is None else [[one.start, one.end, one.label] for one in turn.spans]}
    return {key: value for key, value in parts.items() if value is not None}


def _unpacked(node: Node, turn: Turn) -> Turn:
    acts, state, spans, intent = node.get("acts", list), node.get("state", dict), node.get("spans", list), node.get("intent", str)
    return Turn(speaker=turn.speaker, text=turn.text, label=turn.label, intent=intent.value if intent else None,
                acts=tuple(map(act, acts.items())) if acts else None, state=_state(state) if state else None,
                spans=tuple(one for item in spans.items(list) if 0 <= (one := span(item)).start <= one.end <= len(turn.text)) if spans else None)


def _state(node: Node) -> Mapping[str, str]:
    return {slot: value.value for slot, value in node.members(str)}
