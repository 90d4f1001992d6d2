"""Slot values of a dialogue: which are annotated, where they are said, and which other slots they could be taken for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.dialogue.model import Act, Turn

BETWEEN = " = "
"""Between slot and value in one choice, e.g. ``restaurant-food = thai``."""
_ANY_DOMAIN = ("", "booking", "general")
"""Act domains that stand for any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A value that some annotation gives to a slot."""

    slot: str
    """``domain-slot``; of an act without a domain the slot alone."""
    value: str


def held(turns: Sequence[Turn]) -> list[Held]:
    """Every annotated slot and value, each once, states before acts."""
    states = (Held(slot=slot, value=part) for turn in turns for slot, value in (turn.state or {}).items() for part in value.split("|"))
    acts = (Held(slot=act_slot(act), value=part) for turn in turns for act in turn.acts or () if act.slot for part in (act.value or "").split("|"))
    return list(dict.fromkeys(one for found in (states, acts) for one in found if one.value.strip()))


def choices(turns: Sequence[Turn]) -> list[str]:
    """Values that can be swapped, as ``slot = value``: annotated by a state, or by acts alone, and said in some utterance."""
    found: list[Held] = []
    for one in held(turns):
        known = any(same(other.value, one.value) and same_slot(other.slot, one.slot) for other in found)
        if not known and any(True for turn in turns for _ in mentions(turn.text, one.value)):
            found.append(one)
    return [f"{one.slot}{BETWEEN}{one.value}" for one in found]


def mentions(text: str, value: str) -> Iterator[tuple[int, int]]:
    """Where a value stands in a text as whole words, in any case; ``4`` is not in ``19:40`` or ``4.50``.

    >>> list(mentions("4 of 14 at 4.50 for 4.", "4"))
    [(0, 1), (20, 21)]
    """
    pattern = rf"(?<!\w)(?<!\d[:.,]){re.escape(value)}(?!\w)(?![:.,]\d)"
    return (match.span() for match in re.finditer(pattern, text, re.IGNORECASE))


def same(one: str, other: str) -> bool:
    """Whether two values are one but for case and outer blanks."""
    return one.strip().casefold() == other.strip().casefold()


def act_slot(act: Act) -> str:
    """An act's slot in the form of a state's key."""
    return f"{act.domain}-{act.slot}" if act.domain else act.slot or ""


def same_slot(one: str, other: str) -> bool:
    """Whether two annotations may mean one slot: corpora spell it in several ways, and acts of a booking name no domain.

    >>> same_slot("restaurant-price range", "restaurant-Price"), same_slot("Movies_1-genre", "movies-genre"), same_slot("a-area", "b-area")
    (True, True, False)
    """
    (domain, name), (other_domain, other_name) = _parts(one), _parts(other)
    return _one_in_other(name, other_name) and (domain in _ANY_DOMAIN or other_domain in _ANY_DOMAIN or _one_in_other(domain, other_domain))


def _parts(slot: str) -> tuple[str, str]:
    domain, _, name = slot.rpartition("-")
    return _plain(domain), _plain(name)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]|\d+$", "", name.casefold())


def _one_in_other(one: str, other: str) -> bool:
    return one in other or other in one
