"""Lines that begin with the name of who speaks, e.g. ``M: hello``."""

from __future__ import annotations

from collections.abc import Iterable

from engine.dialogue.model import Turn


def signed(lines: Iterable[str]) -> tuple[Turn, ...]:
    """A turn for each line as it is: who speaks first is the user, everybody else is the system.

    >>> [(turn.speaker, turn.text) for turn in signed(["M: hi", "W: hello", "M: bye"])]
    [('user', 'M: hi'), ('system', 'W: hello'), ('user', 'M: bye')]
    """
    said = [(line.partition(":")[0].strip(), line) for line in lines]
    return tuple(Turn(speaker="user" if who == said[0][0] else "system", text=line) for who, line in said)
