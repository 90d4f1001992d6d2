"""OpenAI chat: ``{"messages": [{"role", "content"}]}`` a line, or one JSON value with such objects or with bare messages.

Source: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from engine.dialogue.formats.base import Format, Note, dialogue, silent
from engine.dialogue.formats.node import Node, keys, load
from engine.dialogue.model import Dialogue, Speaker, Turn

_ROLES: dict[str, Speaker] = {"user": "user", "assistant": "system"}
_SKIPPED = ("system", "developer", "tool", "function")
_TEXT_PARTS = ("text", "input_text", "output_text")


def recognise(text: str) -> float:
    """By the keys ``messages``, ``role`` and ``content``."""
    found = keys(text)
    return 0.95 if {"messages", "role"} <= found else 0.85 if {"role", "content"} <= found else 0.4 * ("messages" in found)


def parse(text: str, note: Note = silent) -> list[Dialogue]:
    """Read chats; ``assistant`` is the system speaker, system prompts and tool messages are left out with a note."""
    return [dialogue(_name(chat, number), _turns(messages, note))
            for number, (chat, messages) in enumerate(_chats(text, note), start=1)]


def _chats(text: str, note: Note) -> Iterator[tuple[Node, Node]]:
    for node in _values(text, note):
        bare = isinstance(node.value, list) and bool(node.value) and isinstance(node.value[0], dict) and "role" in node.value[0]
        chats = node.items() if isinstance(node.value, list) and not bare else [node]
        yield from ((chat, chat if bare else chat.need("messages", list)) for chat in chats)


def _values(text: str, note: Note) -> Iterator[Node]:
    lines = text.split("\n")
    if not _is_lines(lines):
        yield load(text, note)
        return
    yield from (load(line, note, line=number) for number, line in enumerate(lines, start=1) if line.strip())


def _is_lines(lines: list[str]) -> bool:
    """Whether there is more than one line and the first that is not blank is a whole JSON value."""
    full = [line for line in lines if line.strip()]
    try:
        json.loads(full[0])
    except (ValueError, RecursionError, IndexError):
        return False
    return len(full) > 1


def _name(chat: Node, number: int) -> str:
    given = chat.value.get("id") if isinstance(chat.value, dict) else None
    return given if isinstance(given, str) and given else str(number)


def _turns(messages: Node, note: Note) -> Iterator[Turn]:
    for message in messages.items():
        role = message.need("role", str)
        if role.value in _SKIPPED:
            note(f"A message of role {role.value!r} was left out")
        elif role.value not in _ROLES:
            raise role.fail(f"the role {role.value!r} is not known", f"write one of {', '.join([*_ROLES, *_SKIPPED])}")
        elif message.value.get("content") is None and message.value.get("tool_calls"):
            note("A message that only calls a tool was left out")
        else:
            yield Turn(speaker=_ROLES[role.value], text=_content(message, note))


def _content(message: Node, note: Note) -> str:
    if not isinstance(message.value.get("content"), list):
        return str(message.need("content", str).value)
    texts = []
    for part in message.at("content").items():
        if part.need("type", str).value in _TEXT_PARTS:
            texts.append(part.need("text", str).value)
        else:
            note(f"A part of type {part.value['type']!r} was left out")
    return "\n".join(texts)


OPENAI_CHAT = Format(name="openai_chat", title="OpenAI chat", endings=(".jsonl", ".json"), recognise=recognise, parse=parse)
