"""The contract of an upload format, and the names that speakers go by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from engine.dialogue.model import Dialogue, Speaker, Turn
from engine.errors import InputError

Note = Callable[[str], None]
"""Takes one sentence about something that was mapped, merged or left out."""

UPLOAD = "upload"
"""The corpus name of every uploaded dialogue."""

SPEAKERS: dict[str, Speaker] = {
    "user": "user", "usr": "user", "customer": "user", "client": "user", "caller": "user", "human": "user", "a": "user",
    "system": "system", "sys": "system", "agent": "system", "assistant": "system", "bot": "system", "ai": "system",
    "wizard": "system", "operator": "system", "b": "system",
}
"""Lower-case label to role."""


def silent(sentence: str) -> None:
    """Forget a note."""


class Parse(Protocol):
    """Text of a whole file to its dialogues."""

    def __call__(self, text: str, note: Note = silent) -> list[Dialogue]:
        """Read every dialogue; utterances are kept character by character.

        Raises:
            InputError: Names a line (``line 7``) or a JSON pointer (``/3/turns/2/speaker``) and the fix.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Format:
    """One way in which people keep dialogues in a file."""

    name: str
    title: str
    endings: tuple[str, ...]
    """Usual file name endings, lower case with the dot."""
    recognise: Callable[[str], float]
    """How sure we are that a text is in this format, 0 to 1, from the first characters only."""
    parse: Parse


def role(label: str, *, where: str) -> Speaker:
    """The role behind a speaker label, in any case.

    Raises:
        InputError: Nobody goes by that name.
    """
    try:
        return SPEAKERS[label.strip().lower()]
    except KeyError:
        raise InputError(f"the speaker {label!r} is not known", where=where,
                         remedy=f"write one of {', '.join(SPEAKERS)}") from None


def dialogue(name: str, turns: Iterable[Turn], domains: Iterable[str] = (), split: str = "all") -> Dialogue:
    """An uploaded dialogue."""
    return Dialogue(corpus=UPLOAD, id=name, split=split, turns=tuple(turns), domains=frozenset(domains))
