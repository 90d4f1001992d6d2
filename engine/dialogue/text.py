"""Text form: ``[USR]`` / ``[SYS]`` before each utterance, lower case (PROTOCOL section 1; ToD-BERT)."""

from __future__ import annotations

from collections.abc import Iterable

from engine.dialogue.model import Speaker, Turn

MARKERS: dict[Speaker, str] = {"user": "[USR]", "system": "[SYS]"}


def render(turns: Iterable[Turn]) -> str:
    """All utterances in order, each behind its speaker's marker, lower-cased.

    >>> render([Turn(speaker="user", text="Hi"), Turn(speaker="system", text="Hello!")])
    '[USR] hi [SYS] hello!'
    """
    return " ".join(f"{MARKERS[turn.speaker]} {turn.text.lower()}" for turn in turns)
