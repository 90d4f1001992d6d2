"""YAML whose every value knows its line, read without running anything: plain values only, no aliases, no tags of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from engine.errors import InputError
from engine.registry import unknown

LARGEST = 500_000
"""Characters of a file."""
DEEPEST = 12
"""Lists and mappings in each other."""
_PLAIN = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp")}


@dataclass(frozen=True)
class Lined:
    """A value of a YAML file: a scalar as it is written, a list, or a mapping by its keys."""

    where: str
    """File and line."""
    value: str | tuple[Lined, ...] | dict[str, Lined]

    def wrong(self, what: str, remedy: str) -> InputError:
        """The error for this place."""
        return InputError(what, where=self.where, remedy=remedy)

    def fields(self, known: Sequence[str]) -> dict[str, Lined]:
        """The mapping, whose keys are all known.

        Raises:
            InputError: It is no mapping, or a key is not known.
        """
        if not isinstance(self.value, dict):
            raise self.wrong("this is no mapping", f"write `name: value` with some of {', '.join(known)}")
        for name, field in self.value.items():
            if name not in known:
                hint = unknown("key", name, list(known))
                raise field.wrong(hint.what, hint.remedy or "")
        return self.value

    def items(self) -> tuple[Lined, ...]:
        """The list; a scalar counts as a list of one.

        Raises:
            InputError: It is a mapping, or empty.
        """
        found = (self,) if isinstance(self.value, str) and self.value.strip() else self.value
        if not isinstance(found, tuple) or not found:
            raise self.wrong("this is no list with anything in it", "write one item a line, each behind `- `")
        return found

    def text(self) -> str:
        """The words.

        Raises:
            InputError: There are none.
        """
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.wrong("words are missing here", "write text behind the colon")
        return self.value.strip()

    def texts(self) -> tuple[str, ...]:
        """A list of words (errors as `items` and `text`)."""
        return tuple(item.text() for item in self.items())

    def one_of(self, known: Sequence[str], kind: str) -> str:
        """A known name.

        Raises:
            InputError: It is not known.
        """
        name = self.text()
        if name not in known:
            hint = unknown(kind, name, list(known))
            raise self.wrong(hint.what, hint.remedy or "")
        return name

    def some_of(self, known: Sequence[str], kind: str) -> tuple[str, ...]:
        """Known names, each once.

        Raises:
            InputError: One is not known, or stands twice.
        """
        names = tuple(item.one_of(known, kind) for item in self.items())
        for place, item in enumerate(self.items()):
            if names[place] in names[:place]:
                raise item.wrong(f"{names[place]!r} stands twice", "name it once")
        return names

    def number(self, least: float, most: float) -> float:
        """A number.

        Raises:
            InputError: It is none, or out of range.
        """
        try:
            found = float(self.text())
        except ValueError:
            found = float("nan")
        if not least <= found <= most:
            raise self.wrong(f"{self.text()!r} is not a number from {least:g} to {most:g}", "write such a number")
        return found

    def count(self, least: int, most: int) -> int:
        """A whole number (errors as `number`)."""
        found = self.number(least, most)
        if found != int(found):
            raise self.wrong(f"{self.text()!r} is not a whole number", f"write one from {least} to {most}")
        return int(found)

    def flag(self) -> bool:
        """Yes or no.

        Raises:
            InputError: Neither.
        """
        return self.one_of(("true", "false"), "answer") == "true"


def read_lined(text: str, name: str) -> Lined:
    """A whole YAML file.

    Raises:
        InputError: It is too large, malformed, or more than plain values; names the line.
    """
    if len(text) > LARGEST:
        raise InputError(f"the file has {len(text):,} characters, more than {LARGEST:,}", where=name, remedy="shorten it")
    try:
        _check_shape(text, name)
        node = yaml.compose(text, yaml.SafeLoader)
        if node is None:
            raise InputError("the file is empty", where=name, remedy="write a title and steps")
        return _lined(node, name)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"this is not YAML ({error.problem})", where=f"{name}:{line}", remedy="mend the line or the one above it") from None
    except yaml.YAMLError as error:
        raise InputError(f"this is not YAML ({str(error).splitlines()[0]})", where=name, remedy="write plain text") from None


def _check_shape(text: str, name: str) -> None:
    """Without aliases, which can make a small file endless, and not too deep: found before anything is built."""
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        where = f"{name}:{event.start_mark.line + 1}"
        if isinstance(event, yaml.AliasEvent):
            raise InputError("an alias stands here", where=where, remedy="write the value itself")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise InputError("lists stand too deep in each other", where=where, remedy="nest less")


def _lined(node: Any, name: str) -> Lined:
    where = f"{name}:{node.start_mark.line + 1}"
    if node.tag not in _PLAIN:
        raise InputError(f"the tag {node.tag!r} is not used here", where=where, remedy="write plain values")
    if isinstance(node, yaml.ScalarNode):
        return Lined(where, "" if node.tag.endswith(":null") else str(node.value))
    if isinstance(node, yaml.SequenceNode):
        return Lined(where, tuple(_lined(item, name) for item in node.value))
    return Lined(where, dict(_pairs(node, name)))


def _pairs(node: Any, name: str) -> Iterator[tuple[str, Lined]]:
    seen: set[str] = set()
    for key, value in node.value:
        known = _lined(key, name)
        field = _lined(value, name)
        if known.text() in seen:
            raise known.wrong(f"the key {known.text()!r} stands twice", "keep one of them")
        seen.add(known.text())
        yield known.text(), Lined(known.where, field.value) if isinstance(field.value, str) else field
