"""ChatGPT's data export (``conversations.json``): a tree of messages, read from ``current_node`` up to the root.

An answer that was asked for again leaves its first version on a branch of its own: only the branch that was shown last is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from sys import intern

from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.node import Node
from engine.dialogue.formats.records import records
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Dialogue, Speaker, Turn

_ROLES: dict[str, Speaker] = {"user": "user", "assistant": "system"}
_TEXTS = ("text", "multimodal_text")


def recognise(head: Head) -> float:
    """By ``mapping`` with messages by author."""
    return 0.5 + 0.25 * ("current_node" in head.keys) + 0.2 * ("parts" in head.keys) if {"mapping", "author"} <= head.keys else 0.0


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read conversations; hidden messages, tools, code and images are left out with a note."""
    return (_dialogue(node, str(number), reading) for number, node in enumerate(records(source, reading), start=1))


def _dialogue(node: Node, number: str, reading: Reading) -> Dialogue:
    path = _path(node.need("mapping", dict), node.text("current_node"), node)
    if sum(map(_spoken, path)) < sum(_spoken(one) for _, one in node.at("mapping").members()):
        reading.note("Only the branch that was shown last is read", node.where,
                     "show the other branch in ChatGPT and export again to read that one")
    name = node.text("conversation_id") or node.text("id") or node.text("title") or number
    return dialogue(name, (turn for one in path if (turn := _turn(one, reading))))


def _path(mapping: Node, current: str | None, node: Node) -> list[Node]:
    """The entries from the root to ``current``, else to the last leaf in the file."""
    entries = dict(mapping.members())
    name = current or next((name for name in reversed(entries) if not entries[name].listed("children", str)), None)
    path: list[Node] = []
    seen: set[str] = set()
    while name:
        if name in seen:
            raise entries[name].fail("the message is its own ancestor", "mend 'parent' there")
        if name not in entries:
            raise (path[-1] if path else node).fail(f"the message {name[:40]!r} is not in 'mapping'", "export the conversation again")
        seen.add(name)
        path.append(entries[name])
        name = entries[name].text("parent")
    return path[::-1]


def _spoken(entry: Node) -> bool:
    message = entry.value.get("message")
    author = message.get("author") if isinstance(message, dict) else None
    return isinstance(author, dict) and author.get("role") in _ROLES


def _turn(entry: Node, reading: Reading) -> Turn | None:
    message = entry.get("message", dict)
    if message is None:
        return None
    role = message.need("author", dict).need("role", str).value
    content, about = message.need("content", dict), message.get("metadata", dict)
    kind = content.need("content_type", str).value
    hidden = bool(about and about.value.get("is_visually_hidden_from_conversation"))
    if role not in _ROLES or hidden or kind not in _TEXTS:
        reading.note(f"A message of role {role!r} and type {kind!r} was left out" if not hidden else "A hidden message was left out", entry.where,
                     "nothing was said there")
        return None
    return Turn(speaker=reading.heard(role, reading.given(role) or _ROLES[role]), text=_text(content, reading), label=intern(role))


def _text(content: Node, reading: Reading) -> str:
    parts = content.need("parts", list)
    for index, part in enumerate(parts.value):
        if not isinstance(part, str):
            reading.note("An image or file was left out", parts.at(index).where, "nothing to read there")
    return "\n".join(part for part in parts.value if isinstance(part, str))


CHATGPT = Format(name="chatgpt", title="ChatGPT export", endings=(".json",), recognise=recognise, parse=parse)
