"""A `Setup` as a few characters of a link, and back: numbers only, never a word of the dialogue."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.dialogue.edits import GROUP
from engine.dialogue.model import Dialogue
from engine.dialogue.setup import Setup, Way, settled, with_distractor, without_distractor
from engine.errors import InputError

_WAYS: dict[str, Way] = {"d": "draw", "p": "picked"}
_LETTERS = {way: letter for letter, way in _WAYS.items()}


def encode(first: Setup, now: Setup) -> str:
    """How ``now`` differs from ``first``; typed and rewritten words are left out (see `complete`).

    >>> encode(Setup(turns=()), Setup(turns=(), at=2, order=(1, 2, 0), hidden=((0, 4),), flipped=True))
    'at3_hide1.5_order231_flip'
    """
    drawn = [one for one in now.distractors if one.way in _LETTERS]
    parts = {"at": str(now.at + 1) if now.at != first.at else "",
             "hide": "-".join(f"{index + 1}.{word + 1}" for index, word in now.hidden) if now.hidden != first.hidden else "",
             "order": "".join(str(member + 1) for member in now.order) if now.order != first.order else "",
             "put": "-".join(f"{one.index + 1}{_LETTERS[one.way]}{one.number}" for one in drawn),
             "draw": str(now.draw) if now.draw != first.draw else "", "count": str(now.count) if now.count != first.count else ""}
    return "_".join([*(f"{name}{value}" for name, value in parts.items() if value), *["flip"] * now.flipped])


def complete(first: Setup, now: Setup) -> bool:
    """Whether a link can restore all of ``now``: nothing in it was typed."""
    return now.turns == first.turns and not now.typed and all(one.way in _LETTERS for one in now.distractors)


def decode(code: str, first: Setup, others: Sequence[Dialogue]) -> Setup:
    """The version that a link names.

    Raises:
        InputError: The code is none, or names what ``first`` does not have.
    """
    setup = first
    for part in filter(None, code.split("_")):
        match = re.fullmatch(r"(at|hide|order|put|draw|count|flip)([\d.dp-]{0,200})", part)
        if not match:
            raise _nonsense(code)
        try:
            setup = _READERS[match[1]](setup, match[2], others)
        except (ValueError, IndexError, KeyError) as error:
            raise _nonsense(code) from error
    if setup != settled(setup):
        raise _nonsense(code)
    return setup


def _hide(setup: Setup, value: str, others: Sequence[Dialogue]) -> Setup:
    spots = [tuple(int(number) - 1 for number in spot.split(".")) for spot in value.split("-")]
    if any(len(spot) != 2 or min(spot) < 0 for spot in spots):
        raise ValueError(value)
    return replace(setup, hidden=tuple(sorted({(index, word) for index, word in spots})))


def _order(setup: Setup, value: str, others: Sequence[Dialogue]) -> Setup:
    order = tuple(int(member) - 1 for member in value)
    if sorted(order) != list(range(GROUP)):
        raise ValueError(value)
    return replace(setup, order=order)


def _put(setup: Setup, value: str, others: Sequence[Dialogue]) -> Setup:
    for one in setup.distractors:
        setup = without_distractor(setup, one.index)
    for part in value.split("-"):
        match = re.fullmatch(r"(\d+)([dp])(\d+)", part)
        if not match or not 1 <= int(match[1]) <= len(setup.turns):
            raise ValueError(value)
        setup = with_distractor(setup, int(match[1]) - 1, _WAYS[match[2]], others, number=int(match[3]))
    return setup


def _draw(setup: Setup, value: str, others: Sequence[Dialogue]) -> Setup:
    return replace(setup, draw=_within(value, 1, 999))


def _count(setup: Setup, value: str, others: Sequence[Dialogue]) -> Setup:
    return replace(setup, count=_within(value, 2, 10))


def _at(setup: Setup, value: str, others: Sequence[Dialogue]) -> Setup:
    return replace(setup, at=_within(value, 1, len(setup.turns)) - 1)


def _flip(setup: Setup, value: str, others: Sequence[Dialogue]) -> Setup:
    return replace(setup, flipped=not setup.flipped)


_READERS: dict[str, Callable[[Setup, str, Sequence[Dialogue]], Setup]] = {
    "at": _at, "hide": _hide, "order": _order, "put": _put, "draw": _draw, "count": _count, "flip": _flip}


def _within(value: str, least: int, most: int) -> int:
    if not least <= int(value) <= most:
        raise ValueError(value)
    return int(value)


def _nonsense(code: str) -> InputError:
    return InputError(f"the link's manipulation {code[:60]} does not fit this dialogue", remedy="take another link, or change the dialogue by hand")
