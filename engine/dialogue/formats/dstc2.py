"""DSTC 2 and 3: a call's ``log.json``, or ``{"log": ..., "label": ...}`` with its ``label.json``, as an archive's folder is read.

Source: Dialog State Tracking Challenge 2 & 3 handbook, https://github.com/matthen/dstc
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.node import Node
from engine.dialogue.formats.records import records
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Act, Dialogue, State, Turn

_DOMAIN = "restaurant"


def recognise(head: Head) -> float:
    """By the session, the log's recognition hypotheses and acts, and the label's goals."""
    found = head.keys
    marks = ({"output", "dialog-acts"} <= found, "asr-hyps" in found, {"transcription", "goal-labels"} <= found)
    return 0.35 * ("session-id" in found) + 0.6 * any(marks) if {"turns", "turn-index"} <= found else 0.0


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read calls; without labels the user's words are the recogniser's best guess, and there is no state."""
    return (_call(node, str(number), reading) for number, node in enumerate(records(source, reading), start=1))


def _call(node: Node, number: str, reading: Reading) -> Dialogue:
    parted = "log" in node.of(dict).value or "label" in node.value
    log, label = (node.get("log", dict), node.get("label", dict)) if parted else (node, None)
    if not parted and "output" not in _first(node) and "transcription" in _first(node):
        log, label = None, node  # a label file alone
    named = log or label or node
    return dialogue(named.text("session-id") or number, _turns(log, label, reading), [_DOMAIN])


def _first(node: Node) -> dict[str, object]:
    turns = node.need("turns", list)
    return dict(turns.at(0).of(dict).value) if turns.value else {}


def _turns(log: Node | None, label: Node | None, reading: Reading) -> Iterator[Turn]:
    heard, said = ([] if half is None else half.listed("turns") for half in (log, label))
    if log and label and len(heard) != len(said):
        raise label.fail(f"the label has {len(said)} turns but the log has {len(heard)}", "put the log and the label of the same call together")
    for index in range(max(len(heard), len(said))):
        if heard:
            yield _system(heard[index].need("output", dict))
        yield _user(said[index]) if said else _guessed(heard[index], reading)


def _system(output: Node) -> Turn:
    return Turn(speaker="system", text=output.need("transcript", str).value, acts=_acts(output.get("dialog-acts", list)))


def _user(turn: Node) -> Turn:
    semantics, goals = turn.get("semantics", dict), turn.get("goal-labels", dict)
    return Turn(speaker="user", text=turn.need("transcription", str).value, acts=_acts(semantics.get("json", list)) if semantics else None,
                state=_state(goals) if goals else None)


def _guessed(turn: Node, reading: Reading) -> Turn:
    reading.note("A user's words are the speech recogniser's best guess: the call has no label.json", turn.where,
                 "upload a zip archive with log.json and label.json in one folder")
    live = turn.need("input", dict).need("live", dict)
    guesses = live.listed("asr-hyps")
    return Turn(speaker="user", text=guesses[0].need("asr-hyp", str).value if guesses else "")


def _acts(published: Node | None) -> tuple[Act, ...] | None:
    return None if published is None else tuple(act for item in published.items() for act in _acts_of(item))


def _acts_of(item: Node) -> Iterator[Act]:
    name, slots = item.need("act", str).value, [pair.value for pair in item.listed("slots", list)]
    if not slots:
        yield Act(name=name)
    for slot, value in (pair for pair in slots if len(pair) == 2):
        # a request is published as slot=food: the value names what is asked for
        asked = slot == "slot"
        yield Act(name=name, domain=_DOMAIN, slot=str(value if asked else slot), value=None if asked or value is None else str(value))


def _state(goals: Node) -> State:
    return {f"{_DOMAIN}-{slot}": value.value for slot, value in goals.members(str)}


DSTC2 = Format(name="dstc2", title="DSTC 2 and 3 call", endings=(".json",), recognise=recognise, parse=parse, companions=("log.json", "label.json"))
