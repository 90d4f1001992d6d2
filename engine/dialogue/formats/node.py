"""JSON with a memory of where each value came from, so that an error can point at it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.errors import InputError

MAX_DEPTH = 50
_KINDS: dict[type, str] = {dict: "an object", list: "a list", str: "text", int: "a whole number"}
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_ESCAPED = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
"""How JSON writes a character that may be unsendable."""


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value and its place."""

    value: Any
    parent: Node | None = None
    key: str | int = ""
    line: int | None = None
    """Where the top-level value begins, if the file holds several."""

    @property
    def pointer(self) -> str:
        """The JSON pointer (RFC 6901)."""
        if self.parent is None:
            return ""
        return f"{self.parent.pointer}/{str(self.key).replace('~', '~0').replace('/', '~1')}"

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
        return Node(self.value[key], self, key, self.line)

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

    def text(self, key: str) -> str | None:
        """The text below ``key``, or None where it is absent, null or empty (errors as `of`)."""
        found = self.get(key, str)
        return found.value or None if found else None

    def listed(self, key: str, kind: type = dict) -> list[Node]:
        """The elements of the list below ``key``, none where it is absent or null (errors as `of`)."""
        found = self.get(key, list)
        return list(found.items(kind)) if found else []

    def items(self, kind: type = dict) -> Iterator[Node]:
        """The elements of a list, each of one kind (errors as `of`)."""
        return (self.at(index).of(kind) for index in range(len(self.of(list).value)))

    def members(self, kind: type = dict) -> Iterator[tuple[str, Node]]:
        """The keys and values of an object, each value of one kind (errors as `of`)."""
        return ((key, self.at(key).of(kind)) for key in self.of(dict).value)


def load(text: str, *, line: int | None = None) -> Node:
    """Parse a short JSON text, such as a table's cell.

    Raises:
        InputError: Not JSON, or nested too deeply; names the line.
    """
    place = f"line {line}" if line else None
    try:
        return Node(settled(json.loads(text), text, lambda: None), line=line)
    except json.JSONDecodeError as error:
        raise InputError(f"not valid JSON ({error.msg}, column {error.colno})", where=place, remedy="mend the JSON there") from None
    except RecursionError:
        raise too_deep(place) from None
    except ValueError as error:
        raise unusable(error, place) from None


def too_deep(where: str | None) -> InputError:
    """The error for JSON that is nested beyond use."""
    return InputError(f"the JSON is nested more than {MAX_DEPTH} deep", where=where, remedy="upload only the dialogues")


def unusable(error: ValueError, where: str | None) -> InputError:
    """The error for JSON that is sound but holds a number beyond use."""
    return InputError(f"not usable JSON ({error})", where=where, remedy="shorten the number")


def settled(value: Any, written: str, changed: Callable[[], None], start: int = 0, end: int | None = None) -> Any:
    """A decoded value without lone surrogates and NUL, which are kept as their escapes, e.g. the six characters ``\\ud83d``.

    Args:
        value: What was decoded.
        written: The text it was decoded from, between ``start`` and ``end``.
        changed: Called once for each text that had to be changed.
        start: First character.
        end: Character after the last.

    Raises:
        RecursionError: It is nested more than `MAX_DEPTH` deep.
    """
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for item in level if isinstance(item, (dict, list))
                 for child in (item.values() if isinstance(item, dict) else item) if isinstance(child, (dict, list))]
        if not level:
            break
    else:
        raise RecursionError
    return _sendable(value, changed) if _ESCAPED.search(written, start, len(written) if end is None else end) else value


def _sendable(value: Any, changed: Callable[[], None]) -> Any:
    # Lone surrogates have no UTF-8 form: a page or tokeniser that is handed one fails.
    if isinstance(value, dict):
        return {_sendable(key, changed): _sendable(item, changed) for key, item in value.items()}
    if isinstance(value, list):
        return [_sendable(item, changed) for item in value]
    if not isinstance(value, str) or not _UNSENDABLE.search(value):
        return value
    changed()
    return _UNSENDABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
