"""JSON with a memory of where each value came from, so that an error can point at it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.dialogue.formats.base import Note, silent
from engine.errors import InputError

MAX_DEPTH = 50
HEAD = 65_536
"""Characters that a recogniser looks at."""

_KINDS: dict[type, str] = {dict: "an object", list: "a list", str: "text", int: "a whole number"}
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value and its place."""

    value: Any
    pointer: str = ""
    line: int | None = None

    @property
    def where(self) -> str:
        """The JSON pointer, behind the line number where the file is JSON lines."""
        parts = [f"line {self.line}"] if self.line else []
        return ", ".join(parts + [self.pointer] * bool(self.pointer)) or "top level"

    def fail(self, what: str, remedy: str) -> InputError:
        """An error that points here."""
        return InputError(what, where=self.where, remedy=remedy)

    def at(self, key: str | int) -> Node:
        """The value below ``key``, which must be there."""
        step = str(key).replace("~", "~0").replace("/", "~1")
        return Node(self.value[key], f"{self.pointer}/{step}", self.line)

    def of(self, kind: type) -> Node:
        """This node, if it holds a value of that kind.

        Raises:
            InputError: It holds something else.
        """
        if not isinstance(self.value, kind):
            raise self.fail(f"{_KINDS[kind]} is expected here, not {json.dumps(self.value)[:40]}", f"write {_KINDS[kind]}")
        return self

    def need(self, key: str, kind: type) -> Node:
        """The value below ``key``.

        Raises:
            InputError: It is missing or of another kind.
        """
        if key not in self.of(dict).value:
            raise self.fail(f"the key {key!r} is missing", f"add {key!r} with {_KINDS[kind]}")
        return self.at(key).of(kind)

    def get(self, key: str, kind: type) -> Node | None:
        """The value below ``key``, or None where it is absent or null (errors as `of`)."""
        return None if self.of(dict).value.get(key) is None else self.at(key).of(kind)

    def items(self, kind: type = dict) -> Iterator[Node]:
        """The elements of a list, each of one kind (errors as `of`)."""
        return (self.at(index).of(kind) for index in range(len(self.of(list).value)))

    def members(self, kind: type = dict) -> Iterator[tuple[str, Node]]:
        """The keys and values of an object, each value of one kind (errors as `of`)."""
        return ((key, self.at(key).of(kind)) for key in self.of(dict).value)


def load(text: str, note: Note = silent, *, line: int | None = None) -> Node:
    """Parse JSON; characters that cannot be sent on are kept as their escapes, e.g. the six characters ``\\ud83d``.

    Raises:
        InputError: Not JSON, or nested too deeply; names the line.
    """
    try:
        return Node(_settled(json.loads(text), note, MAX_DEPTH), line=line)
    except json.JSONDecodeError as error:
        raise InputError(f"not valid JSON ({error.msg}, column {error.colno})", where=f"line {line or error.lineno}",
                         remedy="mend the JSON there") from None
    except RecursionError:
        raise InputError(f"the JSON is nested more than {MAX_DEPTH} deep", where=f"line {line}" if line else None,
                         remedy="upload only the dialogues") from None
    except ValueError as error:
        raise InputError(f"not usable JSON ({error})", where=f"line {line}" if line else None, remedy="shorten the number") from None


def looks_like_json(text: str) -> bool:
    """Whether the first character opens an object or a list of objects."""
    return re.match(r'\s*(\{|\[\s*[\[{"])', text[:HEAD]) is not None


def keys(text: str) -> set[str]:
    """The keys in the first part of a JSON text, at any depth."""
    return set(re.findall(r'"([\w-]{1,40})"\s*:', text[:HEAD])) if looks_like_json(text) else set()


def _settled(value: Any, note: Note, room: int) -> Any:
    if isinstance(value, str):
        return _sendable(value, note)
    if isinstance(value, (dict, list)) and room == 0:
        raise RecursionError
    if isinstance(value, dict):
        return {_sendable(key, note): _settled(item, note, room - 1) for key, item in value.items()}
    return [_settled(item, note, room - 1) for item in value] if isinstance(value, list) else value


def _sendable(text: str, note: Note) -> str:
    # Lone surrogates have no UTF-8 form: a page or tokeniser that is handed one fails.
    if not _UNSENDABLE.search(text):
        return text
    note("A NUL or half of a surrogate pair is shown as its JSON escape")
    return _UNSENDABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
