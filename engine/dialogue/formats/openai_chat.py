"""OpenAI chat: ``{"messages": [{"role", "content"}]}`` a line, or one JSON value with such objects or with bare messages.

Source: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from sys import intern

from engine.dialogue.formats.annotation import restored
from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.node import Node
from engine.dialogue.formats.records import groups
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Dialogue, Speaker, Turn

_ROLES: dict[str, Speaker] = {"user": "user", "assistant": "system"}
_SKIPPED = ("system", "developer", "tool", "function")
_TEXT_PARTS = ("text", "input_text", "output_text")


def recognise(head: Head) -> float:
    """By the keys ``messages``, ``role`` and ``content``."""
    found = head.keys
    if found & {"conversation", "mapping", "conversations"}:
        return 0.3 * ({"role", "content"} <= found)
    return 0.95 if {"messages", "role"} <= found else 0.85 if {"role", "content"} <= found else 0.4 * ("messages" in found)


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read chats; ``assistant`` is the system speaker, system prompts and tool messages are left out with a note."""
    return (restored(chat, read(chat, str(number), reading)) for number, chat in enumerate(_chats(source, reading), start=1))


def read(chat: Node, number: str, reading: Reading) -> Dialogue:
    """One chat: an object with messages, or the bare messages (errors as `parse`)."""
    bare = isinstance(chat.value, list)
    return dialogue(number if bare else _name(chat, number), turns(chat.items() if bare else chat.need("messages", list).items(), reading))


def turns(messages: Iterator[Node], reading: Reading) -> Iterator[Turn]:
    """The messages that somebody says (errors as `parse`)."""
    for message in messages:
        role = message.need("role", str)
        if role.value in _SKIPPED and not reading.given(role.value):
            reading.note(f"A message of role {role.value!r} was left out", message.where, "give the role to user or system if it speaks")
        elif message.value.get("content") is None and message.value.get("tool_calls"):
            reading.note("A message that only calls a tool was left out", message.where, "nothing was said there")
        else:
            yield Turn(speaker=_speaker(role, reading), text=_content(message, reading), label=intern(role.value))


def _chats(source: Source, reading: Reading) -> Iterator[Node]:
    """Each object with messages and each list of messages, one level down where a list holds them."""
    for group in groups(source, reading):
        for first in group:
            if isinstance(first.value, dict) and "role" in first.value:
                yield Node([node.value for node in chain([first], group)], line=first.line)
            else:
                yield first


def _speaker(role: Node, reading: Reading) -> Speaker:
    usual = _ROLES.get(role.value)
    return reading.heard(role.value, usual) if usual and not reading.given(role.value) else reading.role(role.value, where=role.where)


def _name(chat: Node, number: str) -> str:
    given = chat.of(dict).value.get("id")
    return given if isinstance(given, str) and given else number


def _content(message: Node, reading: Reading) -> str:
    if not isinstance(message.value.get("content"), list):
        return str(message.need("content", str).value)
    texts = []
    for part in message.at("content").items():
        if part.need("type", str).value in _TEXT_PARTS:
            texts.append(part.need("text", str).value)
        else:
            reading.note(f"A part of type {part.value['type']!r} was left out", part.where, "put its words into a part of type text")
    return "\n".join(texts)


OPENAI_CHAT = Format(name="openai_chat", title="OpenAI chat", endings=(".jsonl", ".json"), recognise=recognise, parse=parse)
