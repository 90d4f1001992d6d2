"""A dialogue, or a lineage of dialogues, as JSON of our own that loses nothing; read back strictly."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from engine.dialogue.formats.annotation import act, act_json, span
from engine.dialogue.formats.node import Node
from engine.dialogue.lineage import Lineage, Version
from engine.dialogue.model import Dialogue, Span, Turn

_DIALOGUE = ("corpus", "id", "split", "domains", "turns")
_TURN = ("speaker", "text", "intent", "acts", "state", "spans")
_VERSION = ("change", "parent", "dialogue")


def record(dialogue: Dialogue) -> dict[str, Any]:
    """Plain data; annotation that is absent has no key."""
    return {"corpus": dialogue.corpus, "id": dialogue.id, "split": dialogue.split, "domains": sorted(dialogue.domains),
            "turns": [turn_record(turn) for turn in dialogue.turns]}


def turn_record(turn: Turn) -> dict[str, Any]:
    """One utterance as plain data."""
    said = {"speaker": turn.speaker, "text": turn.text, "intent": turn.intent, "acts": None if turn.acts is None else list(map(act_json, turn.acts)),
            "state": None if turn.state is None else dict(turn.state),
            "spans": None if turn.spans is None else [[one.start, one.end, one.label] for one in turn.spans]}
    return {key: value for key, value in said.items() if value is not None}


def dialogue_of(node: Node) -> Dialogue:
    """The dialogue that `record` wrote.

    Raises:
        InputError: It is not in that form; names the place.
    """
    only(node, _DIALOGUE)
    corpus, name, split = (node.need(key, str).value for key in ("corpus", "id", "split"))
    return Dialogue(corpus=corpus, id=name, split=split, domains=frozenset(one.value for one in node.listed("domains", str)),
                    turns=tuple(map(turn_of, node.need("turns", list).items())))


def turn_of(node: Node) -> Turn:
    """The utterance that `turn_record` wrote (errors as `dialogue_of`)."""
    only(node, _TURN)
    speaker, text = node.need("speaker", str), node.need("text", str).value
    if speaker.value not in ("user", "system"):
        raise speaker.fail(f"the speaker {speaker.value[:40]!r} is not known", "write user or system")
    intent, acts, state, spans = node.get("intent", str), node.get("acts", list), node.get("state", dict), node.get("spans", list)
    return Turn(speaker=speaker.value, text=text, intent=intent.value if intent else None,
                acts=tuple(map(act, acts.items())) if acts else None,
                state={slot: value.value for slot, value in state.members(str)} if state else None,
                spans=tuple(_span(one, len(text)) for one in spans.items(list)) if spans else None)


def lineage_record(lineage: Lineage[Dialogue]) -> dict[str, Any]:
    """Every version with its dialogue."""
    return {"current": lineage.current, "versions": [{"change": one.change, "parent": one.parent, "dialogue": record(one.value)} for one in lineage.versions]}


def lineage_of(node: Node) -> Lineage[Dialogue]:
    """The lineage that `lineage_record` wrote (errors as `dialogue_of`)."""
    only(node, ("current", "versions"))
    versions = tuple(_version(one, number) for number, one in enumerate(node.need("versions", list).items()))
    current = node.need("current", int)
    if not 0 <= current.value < len(versions):
        raise current.fail(f"there are {len(versions)} versions", "name one of them, from 0")
    return Lineage(versions=versions, current=current.value)


def only(node: Node, names: Collection[str]) -> None:
    """Refuse a key that nobody wrote.

    Raises:
        InputError: There is one; names it.
    """
    for key in node.of(dict).value:
        if key not in names:
            raise node.fail(f"the field {key[:60]!r} is not known here", f"remove it; known are {', '.join(names)}")


def _version(node: Node, number: int) -> Version[Dialogue]:
    only(node, _VERSION)
    parent = node.get("parent", int)
    if (number > 0) != (parent is not None) or (parent and not 0 <= parent.value < number):
        raise node.fail("a version's parent is an earlier version, and the first has none", "save the capsule again")
    return Version(value=dialogue_of(node.need("dialogue", dict)), change=node.need("change", str).value, parent=parent.value if parent else None)


def _span(node: Node, length: int) -> Span:
    found = span(node)
    if not 0 <= found.start <= found.end <= length:
        raise node.fail("the span is not within its utterance", "write [start, end, slot] with characters counted from 0")
    return found
