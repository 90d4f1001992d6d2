"""A registry is a literal: name, ``"module:ATTRIBUTE"``, one sentence; nothing is imported until it is asked for."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

from engine.errors import UnknownNameError

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Names to lazily imported values, in the order in which they are written.

    >>> shelf = Registry("codec", {"json": ("json:dumps", "JSON text.")})
    >>> list(shelf), shelf.note("json"), shelf["json"]([1])
    (['json'], 'JSON text.', '[1]')
    """

    def __init__(self, kind: str, entries: Mapping[str, tuple[str, str]]) -> None:
        self.kind = kind
        self._entries = dict(entries)

    def __getitem__(self, name: str) -> T:
        module, _, attribute = self._entry(name)[0].partition(":")
        value: Any = importlib.import_module(module)
        for part in attribute.split("."):
            value = getattr(value, part)
        return value  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def note(self, name: str) -> str:
        """The one sentence that says what ``name`` is."""
        return self._entry(name)[1]

    def _entry(self, name: str) -> tuple[str, str]:
        try:
            return self._entries[name]
        except KeyError:
            raise unknown(self.kind, name, list(self._entries)) from None


def unknown(kind: str, name: str, known: list[str]) -> UnknownNameError:
    """The error for a wrong name: a hint where one is close, and the list.

    >>> print(unknown("task", "intnet", ["intent", "dialogue_act"]))
    unknown task 'intnet'; did you mean 'intent'? Known: intent, dialogue_act.
    """
    close = difflib.get_close_matches(name.lower(), [k.lower() for k in known], n=1)
    hint = next((f"did you mean {k!r}? " for k in known if close and k.lower() == close[0]), "")
    return UnknownNameError(f"unknown {kind} {name!r}", remedy=f"{hint}Known: {', '.join(known)}")
