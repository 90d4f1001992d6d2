"""Building blocks of predicates: a condition on one column, and how many columns must meet it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from engine.results.claims.base import Pair, Part, Predicate, Side
from engine.results.claims.columns import Columns, group, side, title
from engine.results.reported import TASKS

Ways = tuple[tuple[Pair, ...], ...]
ROUNDING = 0.005
"""Published numbers have two decimals."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Something that is true or not of one column."""

    words: str
    ways: Callable[[str], Ways]


def above(one: Side, *others: Side, by: float = 0.0) -> Condition:
    """``one`` is above each of ``others``, by more than ``by`` (a negative ``by`` allows a shortfall)."""
    margin = f" by more than {by:g}" if by > 0 else f" or at most {-by:g} below" if by < 0 else ""
    return Condition(words=f"{side(one)} is above {_listed(others, 'and')}{margin}",
                     ways=lambda column: (tuple(Pair(one=one, other=other, column=column, by=by) for other in others),))


def below(one: Side, *others: Side) -> Condition:
    """``one`` is below each of ``others``."""
    return Condition(words=f"{side(one)} is below {_listed(others, 'and')}",
                     ways=lambda column: (tuple(Pair(one=other, other=one, column=column) for other in others),))


def some_above(ones: Sequence[Side], *others: Side) -> Condition:
    """At least one of ``ones`` is above each of ``others``."""
    return Condition(words=f"{_listed(ones, 'or')} is above {_listed(others, 'and')}",
                     ways=lambda column: tuple(way for one in ones for way in above(one, *others).ways(column)))


def between(one: Side, first: Side, second: Side) -> Condition:
    """``one`` lies strictly between two others, in either order."""
    return Condition(words=f"{side(one)} lies between {side(first)} and {side(second)}", ways=lambda column: tuple(
        (Pair(one=one, other=low, column=column), Pair(one=high, other=one, column=column)) for low, high in ((first, second), (second, first))))


def equals(one: Side, other: Side, *, gap: float = 0.0) -> Condition:
    """``one`` minus ``other`` is ``gap``, to the two decimals that are published."""
    more = f"{side(other)} plus {gap:g}" if gap else side(other)
    return Condition(words=f"{side(one)} is {more}", ways=lambda column: ((
        Pair(one=one, other=other, column=column, by=gap - ROUNDING), Pair(one=other, other=one, column=column, by=-gap - ROUNDING)),))


def every(condition: Condition, on: Columns) -> Predicate:
    """The condition is true of every column."""
    return _counted(condition, on, len(on.keys), "every one of")


def most(condition: Condition, on: Columns) -> Predicate:
    """The condition is true of more than half of the columns."""
    return _counted(condition, on, len(on.keys) // 2 + 1, "more than half of")


def at_least(need: int, condition: Condition, on: Columns) -> Predicate:
    """The condition is true of ``need`` columns or more."""
    return _counted(condition, on, need, f"at least {need} of")


def tasks(need: int, condition: Condition, *codes: str, some: bool = False) -> Predicate:
    """The condition is true of ``need`` whole tasks: of all columns of each, or with ``some`` of one column or more."""
    parts = tuple(Part(name=code, ways=_anywhere(condition, group(code)) if some else _all_of(condition, group(code))) for code in codes)
    amount = "some column" if some else "all columns"
    return Predicate(words=f"{condition.words}, on {amount} of {'each' if need == len(codes) else f'at least {need}'} of {', '.join(codes)}.",
                     parts=parts, need=need)


def both(*predicates: Predicate) -> Predicate:
    """All parts of several predicates that each need every part.

    >>> both(every(above("crm", "dur"), group("DST")), every(above("enp", "dsp"), group("DST"))).need
    4
    """
    assert all(predicate.universal for predicate in predicates)
    return pooled(sum(predicate.need for predicate in predicates), *predicates)


def pooled(need: int, *predicates: Predicate) -> Predicate:
    """The parts of several predicates, of which ``need`` or more are true."""
    parts = tuple(part for predicate in predicates for part in predicate.parts)
    words = " ".join(predicate.words for predicate in predicates)
    return Predicate(words=words if need == len(parts) else f"At least {need} of these {len(parts)}: {words}", parts=parts, need=need)


def favourite(one: Side, *others: Side) -> Part:
    """There is a task on all columns of which ``one`` is above ``others``."""
    return Part(name=side(one), ways=tuple(way for code in TASKS for way in _all_of(above(one, *others), group(code))))


def with_loss(part: Part, one: Side, *others: Side) -> Part:
    """``part``, and a column on which one of ``others`` is above ``one``."""
    losses = [way for key in group().keys for way in some_above(others, one).ways(key)]
    return Part(name=part.name, ways=tuple(way + loss for way, loss in product(part.ways, losses)))


def _counted(condition: Condition, on: Columns, need: int, quantity: str) -> Predicate:
    where = f"{quantity} {len(on.keys)} columns of {on.words}" if len(on.keys) > 1 else on.words
    parts = tuple(Part(name=title(key), ways=condition.ways(key)) for key in on.keys)
    return Predicate(words=f"{condition.words}, on {where}.", parts=parts, need=need)


def _all_of(condition: Condition, on: Columns) -> Ways:
    """Every column meets the condition: one way of each, joined (a condition with one way gives one)."""
    return tuple(tuple(pair for way in ways for pair in way) for ways in product(*(condition.ways(key) for key in on.keys)))


def _anywhere(condition: Condition, on: Columns) -> Ways:
    return tuple(way for key in on.keys for way in condition.ways(key))


def _listed(sides: Sequence[Side], joint: str) -> str:
    """
    >>> _listed(["crm", "dur"], "or")
    'CRM or DUR'
    """
    words = [side(one) for one in sides]
    return f"{', '.join(words[:-1])} {joint} {words[-1]}" if len(words) > 1 else words[0]
