"""JSON read piece by piece: the items of a list, the members of an object, or values that follow each other (JSON lines)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from itertools import count
from typing import Any

from engine.dialogue.formats.base import Reading
from engine.dialogue.formats.node import Node, settled, too_deep, unusable
from engine.dialogue.formats.source import CHUNK, Source
from engine.errors import InputError

LONGEST_VALUE = 64_000_000
"""Characters of one dialogue at most."""
_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\n\r]*")
_CUT = 16
"""An error this near to the end of what was read may be healed by reading on."""


def records(source: Source, reading: Reading) -> Iterator[Node]:
    """The items of a top-level list, or the values that follow each other.

    Raises:
        InputError: Not JSON, nested too deeply, or one value is too long; names the line.
    """
    for group in groups(source, reading):
        yield from group


def groups(source: Source, reading: Reading) -> Iterator[Iterator[Node]]:
    """As `records`, one iterator for each top-level value; use one up before you take the next."""
    scan = _scanned(source, reading)
    for number in count():
        mark = scan.peek()
        if not mark:
            return
        line = scan.line() if number else None
        if mark == "[":
            yield _items(scan, line)
        else:
            start, value = scan.line(), scan.value()
            yield iter([Node(value, line=line or (start if scan.peek() else None))])


def members(source: Source, reading: Reading) -> Iterator[tuple[str, Node]]:
    """The keys and values of a top-level object (errors as `records`)."""
    scan, top = _scanned(source, reading), Node(None)
    scan.take("{", "Expecting object")
    while scan.peek() != "}":
        key = scan.key()
        scan.take(":", "Expecting ':' delimiter")
        yield key, Node(scan.value(), top, key)
        if scan.peek() != "}":
            scan.take(",", "Expecting ',' delimiter")
    scan.take("}", "Expecting '}'")
    if scan.peek():
        raise scan.fail("Extra data")


def is_list(source: Source) -> bool:
    """Whether the top level is a list."""
    return source.head.text.lstrip().startswith("[")


def _items(scan: _Scanner, line: int | None) -> Iterator[Node]:
    top = Node(None, line=line)
    scan.take("[", "Expecting list")
    for index in count():
        if scan.peek() == "]":
            break
        yield Node(scan.value(), top, index, line)
        if scan.peek() != "]":
            scan.take(",", "Expecting ',' delimiter")
    scan.take("]", "Expecting ']'")


def _scanned(source: Source, reading: Reading) -> _Scanner:
    return _Scanner(source.opened(), lambda: reading.note("A NUL or half of a surrogate pair is shown as its JSON escape",
                                                         remedy="nothing is lost; mend the file if the sign matters"))


class _Scanner:
    """A window on JSON text that moves on value by value."""

    def __init__(self, text: TextIOWrapper, changed: Callable[[], None]) -> None:
        self.text, self.changed = text, changed
        self.window, self.at, self.ended = "", 0, False
        self.lines, self.columns = 1, 0
        """The line of the window's first character, and how many characters of that line are before it."""

    def peek(self) -> str:
        """The next character that is not blank, empty at the end."""
        while True:
            self.at = _BLANK.match(self.window, self.at).end()  # type: ignore[union-attr]  # it matches nothing, too
            if self.at < len(self.window) or self.ended:
                return self.window[self.at:self.at + 1]
            self._more()

    def take(self, mark: str, otherwise: str) -> None:
        """Go past ``mark``."""
        if self.peek() != mark:
            raise self.fail(otherwise)
        self.at += 1

    def key(self) -> str:
        """A member's name."""
        if self.peek() != '"':
            raise self.fail("Expecting property name enclosed in double quotes")
        return str(self.value())

    def value(self) -> Any:
        """The next value (errors as `records`)."""
        self.peek()
        while True:
            try:
                found, end = _DECODER.raw_decode(self.window, self.at)
                if end < len(self.window) or self.ended:  # a number may go on behind the window
                    start, self.at = self.at, end
                    return settled(found, self.window, self.changed, start, end)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos > len(self.window) - _CUT
                if self.ended or not cut:
                    raise self.fail(error.msg, error.pos) from None
            except RecursionError:
                raise too_deep(None) from None
            except ValueError as error:
                raise unusable(error, None) from None
            self._more()

    def line(self) -> int:
        """The number of the present line, from 1."""
        return self.lines + self.window.count("\n", 0, self.at)

    def fail(self, what: str, at: int | None = None) -> InputError:
        """An error at the present place, or at another one in the window."""
        at = self.at if at is None else at
        before = self.window.rfind("\n", 0, at)
        column = at - before if before >= 0 else at + self.columns + 1
        return InputError(f"not valid JSON ({what}, column {column})", where=f"line {self.lines + self.window.count(chr(10), 0, at)}",
                          remedy="mend the JSON there")

    def _more(self) -> None:
        rest = len(self.window) - self.at
        if rest > LONGEST_VALUE:
            raise InputError(f"one dialogue has more than {LONGEST_VALUE:,} characters", where=f"line {self.line()}", remedy="cut it into shorter ones")
        newline = self.window.rfind("\n", 0, self.at)
        self.columns = self.at - newline - 1 if newline >= 0 else self.columns + self.at
        self.lines = self.line()
        read = self.text.read(max(CHUNK, rest))  # twice as much each time: a long value is tried a few times only
        self.window, self.at, self.ended = self.window[self.at:] + read, 0, not read
