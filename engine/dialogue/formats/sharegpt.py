"""ShareGPT: ``{"conversations": [{"from": "human", "value": "..."}, {"from": "gpt", ...}]}``, a list of them or one a line.

Source: https://huggingface.co/datasets/anon8231489123/ShareGPT_Vicuna_unfiltered; FastChat ``docs/training.md``
"""

from __future__ import annotations

from collections.abc import Iterator
from sys import intern

from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.node import Node
from engine.dialogue.formats.records import records
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Dialogue, Turn

_LISTS = ("conversations", "items")
_SKIPPED = ("system", "tool", "function_call", "observation", "function_response")


def recognise(head: Head) -> float:
    """By the keys ``from`` and ``value`` below ``conversations``."""
    if not {"from", "value"} <= head.keys:
        return 0.0
    return 0.95 if "conversations" in head.keys else 0.8 if "items" in head.keys else 0.0


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read conversations; system prompts and tool messages are left out with a note."""
    return (_dialogue(node, str(number), reading) for number, node in enumerate(records(source, reading), start=1))


def _dialogue(node: Node, number: str, reading: Reading) -> Dialogue:
    name = node.of(dict).value.get("id")
    key = next((key for key in _LISTS if key in node.value), _LISTS[0])
    return dialogue(name if isinstance(name, str) and name else number, _turns(node.need(key, list), reading))


def _turns(messages: Node, reading: Reading) -> Iterator[Turn]:
    for message in messages.items():
        sender = message.need("from", str)
        if sender.value in _SKIPPED and not reading.given(sender.value):
            reading.note(f"A message from {sender.value!r} was left out", message.where, "give the name to user or system if it speaks")
        else:
            yield Turn(speaker=reading.role(sender.value, where=sender.where), text=message.need("value", str).value,
                       label=intern(sender.value))


SHAREGPT = Format(name="sharegpt", title="ShareGPT", endings=(".json", ".jsonl"), recognise=recognise, parse=parse)
