"""Queries about a database that are valid, whoever writes them: a grammar, the names of the schema, the question's words and numbers, and an end in time.

What is written so far is read as one or several `_Reading`: the places that the grammar's parser can be in, and how much of the terminal at hand is
spelled. Where one terminal is another one's beginning, both are followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.zoo.base import Sample
from engine.zoo.constraints.base import Alphabet, Follow, Rule
from engine.zoo.constraints.sql_grammar import DETOURS, Place, grammar
from engine.zoo.constraints.sql_scope import Scope, Scopes, after, allowed
from engine.zoo.constraints.sql_spelling import Node, Spelled, spell, terminals
from engine.zoo.knowledge import Database


@dataclass(frozen=True, slots=True)
class _Point:
    """Between two terminals."""

    place: Place
    scopes: Scopes


@dataclass(frozen=True, slots=True)
class _Reading:
    """Inside a terminal."""

    point: _Point
    """Before it."""
    terminal: str
    node: Node


def query_rule(start: int, codec: Alphabet, sample: Sample, longest: int) -> Rule | None:
    """The rule of valid queries.

    Args:
        start: The task's mark, always the first id.
        codec: Spells words.
        sample: Whose tables and columns may be named, and whose words and numbers may be values.
        longest: Most ids of the answer, its end included; kept wherever the shortest query fits.

    Returns:
        None where there is no table that a query could name.
    """
    names = spell(sample.knowledge, codec) if isinstance(sample.knowledge, Database) else None
    return _Queries(start, codec.last_id, names, terminals(codec, names, sample.turns), longest) if names and names.schema else None


class _Queries:
    """See `query_rule`; not thread-safe, since it keeps what it has read."""

    def __init__(self, start: int, last: int, names: Spelled, trees: dict[str, Node], longest: int) -> None:
        self._start, self._last, self._schema, self._trees, self._longest = start, last, names.schema, trees, longest
        self._grammar = grammar()
        self._options: dict[_Point, dict[str, frozenset[str]]] = {}
        self._ends: dict[_Point, int] = {_Point((), ()): 0}
        name, table = (max(trees[terminal].under.values()) for terminal in ("NAME", "TABLE"))
        self._read: dict[tuple[int, ...], list[_Reading]] = {(): [*self._begin(_Point(self._grammar.begin, (Scope(),)))]}
        self._select, self._join, self._step = name + table + 12, table + 4, name + table + 8
        """Ids that are enough to end a SELECT, to join a table, and for what one more terminal puts off."""

    def __call__(self, written: Sequence[int]) -> Follow:
        if not written:
            return Follow([self._start])
        readings, room = self._readings(tuple(written[1:])), self._longest - len(written) - 1
        steps = [step for reading in readings for step in self._steps(reading)]
        if any(room < self._enough(reading.point.scopes) for reading in readings):
            steps = [(number, reading) for number, reading in steps if self._least(reading) <= room] or steps
        return Follow(sorted({number for number, _ in steps}) or [self._last])

    def _readings(self, said: tuple[int, ...]) -> list[_Reading]:
        known = next(size for size in range(len(said), -1, -1) if said[:size] in self._read)
        for size in range(known, len(said)):
            found = [reached for reading in self._read[said[:size]] for number, reached in self._steps(reading) if number == said[size]]
            self._read[said[:size + 1]] = found
        return self._read[said]

    def _begin(self, point: _Point) -> Iterator[_Reading]:
        return (_Reading(point, terminal, self._trees[terminal]) for terminal in self._allowed(point))

    def _allowed(self, point: _Point) -> dict[str, frozenset[str]]:
        """Terminals that may follow, with their values."""
        if point not in self._options:
            found = {terminal: allowed(point.scopes, terminal, frozenset(self._trees[terminal].under), self._schema)
                     for terminal in self._grammar.after(point.place)}
            self._options[point] = {terminal: values for terminal, values in found.items() if values}
        return self._options[point]

    def _steps(self, reading: _Reading) -> Iterator[tuple[int, _Reading]]:
        """Ids that may follow, with what is read then: the same terminal goes on, or is whole and the next one begins."""
        yield from self._inside(reading)
        for value in reading.node.whole & self._allowed(reading.point)[reading.terminal]:
            for begun in self._begin(self._after(reading.point, reading.terminal, value)):
                yield from self._inside(begun)

    def _inside(self, reading: _Reading) -> Iterator[tuple[int, _Reading]]:
        values = self._allowed(reading.point)[reading.terminal]
        for number, node in reading.node.children().items():
            if not values.isdisjoint(node.under):
                yield number, _Reading(reading.point, reading.terminal, node)

    def _after(self, point: _Point, terminal: str, value: str) -> _Point:
        place = self._grammar.after(point.place)[terminal]
        return _Point(place, after(point.scopes, terminal, value) if place else ())

    def _enough(self, scopes: Scopes) -> int:
        """More ids than the shortest end needs, whatever comes next."""
        return len(scopes) * self._select + self._missing(scopes) * self._join + self._step

    def _missing(self, scopes: Scopes) -> int:
        return sum(scope.missing(self._schema) or 0 for scope in scopes)

    def _least(self, reading: _Reading) -> int:
        """Ids to the end of the query that `_closing` finds."""
        node = reading.node
        return min(node.under[value] + self._end(self._after(reading.point, reading.terminal, value))
                   for value in self._allowed(reading.point)[reading.terminal] if value in node.under)

    def _end(self, point: _Point) -> int:
        passed: list[tuple[_Point, int]] = []
        while point not in self._ends:
            terminal, value = self._closing(point)
            passed.append((point, self._trees[terminal].under[value]))
            point = self._after(point, terminal, value)
        for before, cost in reversed(passed):
            self._ends[before] = self._ends[point] + cost
            point = before
        return self._ends[point]

    def _closing(self, point: _Point) -> tuple[str, str]:
        """The terminal that leads to the end: the fewest tables needed, then the fewest terminals to come, then the shortest."""
        def key(step: tuple[str, str]) -> tuple[int, int, int, str]:
            reached, cost = self._after(point, *step), self._trees[step[0]].under[step[1]]
            return self._missing(reached.scopes), self._grammar.distance(reached.place), cost, step[1]
        options = {terminal: values for terminal, values in self._allowed(point).items() if terminal not in DETOURS}
        return min(((terminal, value) for terminal, values in options.items() for value in self._worth(terminal, values)), key=key)

    def _worth(self, terminal: str, values: frozenset[str]) -> Iterable[str]:
        """The values among which `_closing` chooses: all, where they differ in more than their length."""
        return values if terminal in ("TABLE", "NEWALIAS") else [min(values, key=lambda value: (self._trees[terminal].under[value], value))]
