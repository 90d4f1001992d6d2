"""LMSYS-Chat-1M and WildChat: ``conversation`` with role and content, one object a line; Chatbot Arena's pairs are two dialogues.

Source: https://huggingface.co/datasets/lmsys/lmsys-chat-1m; https://huggingface.co/datasets/allenai/WildChat-1M
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.node import Node
from engine.dialogue.formats.openai_chat import turns
from engine.dialogue.formats.records import records
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Dialogue

_NAMES = ("conversation_id", "conversation_hash", "question_id")
_KEYS = {"conversation": "", "conversation_a": "-a", "conversation_b": "-b"}


def recognise(head: Head) -> float:
    """By ``conversation`` with role and content, more with what only these releases say of one."""
    if not (head.keys & _KEYS.keys() and {"role", "content"} <= head.keys):
        return 0.0
    return 0.7 + 0.25 * bool(head.keys & {*_NAMES, "model", "redacted"})


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read conversations (roles as in OpenAI chat)."""
    for number, node in enumerate(records(source, reading), start=1):
        yield from _dialogues(node, str(number), reading)


def _dialogues(node: Node, number: str, reading: Reading) -> Iterator[Dialogue]:
    name = next((name for key in _NAMES if isinstance(name := node.of(dict).value.get(key), str) and name), number)
    for key in [key for key in _KEYS if key in node.value] or ["conversation"]:
        yield dialogue(name + _KEYS[key], turns(node.need(key, list).items(), reading))


LMSYS = Format(name="lmsys", title="LMSYS-Chat or WildChat", endings=(".jsonl", ".json"), recognise=recognise, parse=parse)
