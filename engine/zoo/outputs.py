"""What a task answers with, as text and back: one form per kind of output (paper 2, section 4.1 and Table 1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from engine.dialogue.model import Speaker, Turn
from engine.dialogue.text import MARKERS
from engine.zoo.escape import shield, shield_value, split_at, tidy, unshield, unshield_value

A = TypeVar("A")
Pairs = tuple[tuple[str, str], ...]
EMPTY = "none"
"""What a structure without content is written as."""
_SPEAKERS: dict[str, Speaker] = {mark: speaker for speaker, mark in MARKERS.items()}


class Output(Protocol[A]):
    """``read(write(answer))`` is the answer again, with tidy words."""

    kind: str
    """As in the paper's Table 1."""

    def write(self, answer: A) -> str:
        """The answer as one line of text."""
        ...

    def read(self, text: str) -> A | None:
        """The answer that a text holds; None where it is not of this form."""
        ...


class Words:
    """Free words: an utterance, a summary, an answer, a label."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def write(self, answer: str) -> str:
        """The words, their marks shielded."""
        return shield(answer)

    def read(self, text: str) -> str | None:
        """The words; None where there are none, or one of our marks stands among them."""
        said = tidy(text)
        return unshield(said) if said and shield(unshield(said)) == said else None


class SlotValues:
    """Slots with their values, in order, e.g. ``area = north ; food = thai``; a slot may come twice."""

    kind = "structured knowledge"

    def write(self, answer: Iterable[tuple[str, str]]) -> str:
        """``slot = value`` parts with `` ; `` between them, or ``none``.

        Raises:
            ValueError: A slot or value without words.
        """
        return write_pairs(answer)

    def read(self, text: str) -> Pairs | None:
        """The pairs; None where a part has no slot or no value."""
        return read_pairs(text)


class State:
    """A dialogue state: as `SlotValues`, each slot once, sorted."""

    kind = "structured knowledge"

    def write(self, answer: Mapping[str, str]) -> str:
        """The state as sorted pairs."""
        return write_pairs(sorted(answer.items()))

    def read(self, text: str) -> dict[str, str] | None:
        """The state; None where a part is no pair or a slot comes twice."""
        pairs = read_pairs(text)
        return None if pairs is None or len({slot for slot, _ in pairs}) < len(pairs) else dict(pairs)


class Conversation:
    """A whole dialogue, e.g. ``[USR] hello [SYS] hi there``."""

    kind = "completed dialog"

    def write(self, answer: Sequence[Turn]) -> str:
        """Each utterance behind its speaker's marker, words as they are."""
        return write_turns(answer)

    def read(self, text: str) -> tuple[Turn, ...] | None:
        """The turns; None where the text does not begin with a marker or an utterance is empty."""
        return read_turns(text)


def write_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """``slot = value`` parts with `` ; `` between them, or ``none``.

    >>> write_pairs([("food", "thai"), ("area", "north")]), write_pairs([])
    ('food = thai ; area = north', 'none')
    """
    parts = [(shield_value(slot), shield_value(value)) for slot, value in pairs]
    if not all(slot and value for slot, value in parts):
        raise ValueError("a slot and its value need words")
    return " ; ".join(f"{slot} = {value}" for slot, value in parts) or EMPTY


def read_pairs(text: str) -> Pairs | None:
    """What `write_pairs` wrote; None where a part has no slot or no value."""
    if tidy(text) == EMPTY:
        return ()
    parts = [split_at(part, "=") for part in split_at(tidy(text), ";")]
    if not parts or not all(len(part) == 2 and all(part) for part in parts):
        return None
    return tuple((unshield_value(slot), unshield_value(value)) for slot, value in parts)


def write_turns(turns: Iterable[Turn]) -> str:
    """Each utterance behind its speaker's marker, words as they are."""
    return " ".join(f"{MARKERS[turn.speaker]} {shield(turn.text)}".strip() for turn in turns)


def read_turns(text: str) -> tuple[Turn, ...] | None:
    """What `write_turns` wrote; None where it does not begin with a marker or an utterance is empty."""
    before, *parts = re.split(r"(?<!\S)(\[USR\]|\[SYS\])(?!\S)", tidy(text))
    turns = tuple(Turn(speaker=_SPEAKERS[mark], text=unshield(said.strip())) for mark, said in zip(parts[::2], parts[1::2], strict=True))
    return turns if turns and not before.strip() and all(turn.text for turn in turns) else None


def same(one: Any, other: Any) -> bool:
    """Whether two answers say the same: case and spaces do not count.

    >>> same("The  north", "the north"), same({"a": "B"}, {"a": "b"})
    (True, True)
    """
    return bool(_plain(one) == _plain(other))


def _plain(answer: Any) -> Any:
    if isinstance(answer, str):
        return tidy(answer).casefold()
    if isinstance(answer, Mapping):
        return {_plain(key): _plain(value) for key, value in answer.items()}
    if isinstance(answer, Turn):
        return answer.speaker, _plain(answer.text)
    return [_plain(part) for part in answer]


UTTERANCE, TEXT, SQL = Words("single utterance"), Words("unstructured text"), Words("structured knowledge")
SLOT_VALUES, STATE, CONVERSATION = SlotValues(), State(), Conversation()
