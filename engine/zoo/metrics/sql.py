"""Exact-set match of SQL without values, as in Spider (Yu et al. 2018), on queries that sqlglot parses.

Two queries match where their components do: the items of SELECT, the tables of FROM, the conditions of WHERE and HAVING, the columns of GROUP BY,
ORDER BY with its directions, whether there is a LIMIT, and the queries inside and beside. Case, aliases, the order of items, tables, joined
conditions and grouping columns, DISTINCT, the conditions of JOIN, and all values do not count. Two columns that the gold query joins as equal
are one.

Where this differs from Spider's official ``evaluation.py``:

- That script takes all columns of a foreign key for one, so that a flight's two airports are the same; here it is the columns on which the gold query
  joins. On all pairs of queries about one database in the dev sets of Spider, SParC and CoSQL that its rules call equal, 20 of 663 are
  told apart here, each for this reason (`tests/realdata/test_zoo_metrics.py`).
- It parses a part of SQL only, and what it cannot parse is wrong: ``<>``, LEFT JOIN, tables listed with commas, brackets in conditions, names for
  columns. Here these are parsed; LEFT, RIGHT and FULL joins differ from others.
- It compares the AND and OR of WHERE as a set of words beside the set of conditions: ``a OR b AND c`` matches ``a AND b OR c``. Here the tree counts.
- It ignores the right side of a comparison unless that is a query. Here a column there counts.
- It compares the order of grouping columns and of HAVING's conditions, and of several directions in ORDER BY the last only. Here order does not
  count, and every direction does.
- It finds the table of a bare column in the schema; so does this, where the sample has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from engine.zoo.knowledge import Database
from engine.zoo.metrics.base import Ratio, Row, folded, mean

Tables = tuple[tuple[str, tuple[str, ...]], ...]
"""Tables with their columns."""
VALUE, _INNER = "value", "()"
"""What stands for any value, and for a query in FROM as the table of its columns."""
_SPLIT_SIGN = re.compile(r"([!<>])\s+=")
_QUERY = re.compile(r"[\s(]*(select|with)\b", re.IGNORECASE)
_BOTH_WAYS: Mapping[type[exp.Expr], str] = {exp.EQ: "=", exp.NEQ: "!="}
_TURNED: Mapping[type[exp.Expr], str] = {exp.LT: "gt", exp.LTE: "gte"}
"""``a < b`` is read as ``b > a``."""
_WRAPPERS = (exp.Paren, exp.Alias, exp.Where, exp.Having)
_COMPONENTS = frozenset({"expressions", "from_", "joins", "where", "group", "having", "order", "limit", "distinct"})
_VALUES = (exp.Literal, exp.Boolean, exp.Null, exp.Placeholder, exp.Parameter)


@dataclass
class _Scope:
    """What names mean inside one SELECT."""

    outer: _Scope | None
    sources: dict[str, str] = field(default_factory=dict)
    """Name or alias to table; a query in FROM is its own table."""
    named: dict[str, Any] = field(default_factory=dict)
    """Names that SELECT gives to its items, for ORDER BY and HAVING."""

    def table(self, name: str) -> str | None:
        return self.sources.get(name) or (self.outer.table(name) if self.outer else None)


@dataclass
class _Reader:
    """Turns a parsed query into nested tuples that are equal where the queries match."""

    columns: Mapping[str, Sequence[str]]
    """Table to its columns, where the schema is known."""
    one: Mapping[str, str]
    """Column to the column that stands for it."""
    joined: list[tuple[str, str]] = field(default_factory=list)
    """Columns that a JOIN sets equal, as they are met."""
    unknown: set[str] = field(default_factory=set)
    """Tables and columns that the schema does not have, as they are met."""

    def safely(self, node: exp.Expr) -> Any | None:
        """`query`; None where it is nested too deep."""
        try:
            return self.query(node)
        except RecursionError:
            return None

    def query(self, node: exp.Expr, outer: _Scope | None = None) -> Any:
        if isinstance(node, exp.Subquery):
            return self.query(node.this, outer)
        if isinstance(node, exp.SetOperation):
            kind = type(node).__name__.lower() + ("" if node.args.get("distinct", True) else " all")
            return kind, self.query(node.this, outer), self.query(node.expression, outer), *self._end(node, _Scope(outer, {"": _INNER}))
        return self._select(node, outer) if isinstance(node, exp.Select) else self.part(node, _Scope(outer))

    def _select(self, node: exp.Select, outer: _Scope | None) -> Any:
        scope = _Scope(outer)
        joins = node.args.get("joins") or []
        first = node.args.get("from_")
        tables = [self._source(source, scope) for source in [*([first.this] if first else []), *(join.this for join in joins)]]
        sides = _bag(str(join.side).lower() for join in joins if join.side)
        self._note_joins(joins, scope)
        items = [self.part(item, scope) for item in node.expressions]
        where, group, having = (node.args.get(name) for name in ("where", "group", "having"))
        conditions = self.part(where, scope) if where else None
        scope.named = {item.alias.lower(): made for item, made in zip(node.expressions, items, strict=True) if item.alias}
        return ("select", _bag(items), _bag(tables), sides, conditions,
                _bag(self.part(column, scope) for column in group.expressions) if group else (),
                self.part(having, scope) if having else None, *self._end(node, scope), _others(node))

    def _end(self, node: exp.Expr, scope: _Scope) -> tuple[Any, bool]:
        order = node.args.get("order")
        parts = order.expressions if order else []
        return tuple((self.part(part.this, scope), bool(part.args.get("desc"))) for part in parts), bool(node.args.get("limit"))

    def _source(self, node: exp.Expr, scope: _Scope) -> Any:
        if isinstance(node, exp.Table):
            name = node.name.lower()
            if self.columns and name not in self.columns:
                self.unknown.add(name)
            scope.sources |= {name: name, node.alias_or_name.lower(): name}
            return name
        scope.sources[node.alias_or_name.lower()] = _INNER
        return self.query(node, scope.outer)

    def _note_joins(self, joins: Iterable[exp.Join], scope: _Scope) -> None:
        for equal in (equal for join in joins if join.args.get("on") for equal in join.args["on"].find_all(exp.EQ)):
            if isinstance(equal.this, exp.Column) and isinstance(equal.expression, exp.Column):
                self.joined.append((self._column(equal.this, scope), self._column(equal.expression, scope)))

    def part(self, node: exp.Expr, scope: _Scope) -> Any:
        """Any expression inside a SELECT."""
        if isinstance(node, exp.Query):
            return self.query(node, scope)
        if isinstance(node, exp.Column):
            return self._column(node, scope) if node.table else scope.named.get(node.name.lower()) or self._column(node, scope)
        if isinstance(node, _VALUES) or (isinstance(node, exp.Neg) and isinstance(node.this, _VALUES)):
            return VALUE
        if isinstance(node, _WRAPPERS):
            return self.part(node.this, scope)
        if isinstance(node, exp.Distinct) and len(node.expressions) == 1:
            return self.part(node.expressions[0], scope)
        if isinstance(node, exp.And | exp.Or):
            return self._connected(node, scope)
        made = self._comparison(node, scope)
        return ("not", "", made) if node.args.get("negate") is True else made  # so sqlglot notes NOT LIKE

    def _connected(self, node: exp.Expr, scope: _Scope) -> Any:
        """AND or OR of everything that the same word connects, whatever the brackets."""
        word = type(node).__name__.lower()
        parts = [self.part(side, scope) for side in node.flatten()]
        return word, _bag(inner for part in parts for inner in (part[1] if isinstance(part, tuple) and part[0] == word else [part]))

    def _comparison(self, node: exp.Expr, scope: _Scope) -> Any:
        if isinstance(node, exp.Not) and isinstance(node.this, exp.EQ):
            return "!=", _bag(self._children(node.this, scope))
        if isinstance(node, exp.In):
            asked = node.args.get("query")
            return "in", self.part(node.this, scope), self.query(asked, scope) if asked else VALUE
        parts = self._children(node, scope)
        if type(node) in _BOTH_WAYS:
            return _BOTH_WAYS[type(node)], _bag(parts)
        if type(node) in _TURNED:
            return _TURNED[type(node)], "", *reversed(parts)
        named = not parts or isinstance(node, exp.Anonymous)
        return type(node).__name__.lower(), (node.name or node.sql()).lower() if named else "", *parts

    def _children(self, node: exp.Expr, scope: _Scope) -> list[Any]:
        return [self.part(child, scope) for child in node.iter_expressions()]

    def _column(self, node: exp.Column, scope: _Scope) -> str:
        name, said = node.name.lower(), node.table.lower()
        table = scope.table(said) if said else self._owner(name, scope)
        if self.columns and table != _INNER and name != "*" and name not in self.columns.get(table or "", ()):
            self.unknown.add(f"{said}.{name}".strip("."))
        full = f"{table or said}.{name}".strip(".")
        return self.one.get(full, full)

    def _owner(self, column: str, scope: _Scope) -> str | None:
        """The table of a bare column: the first that has it; without a schema, the only one."""
        tables = list(scope.sources.values())
        if not self.columns:
            return tables[0] if len(set(tables)) == 1 else None
        found = next((table for table in tables if column in self.columns.get(table, ())), _INNER if _INNER in tables else None)
        return found or (self._owner(column, scope.outer) if scope.outer else None)


def exact_set_match(gold: str, guess: str, tables: Tables = ()) -> bool:
    """Whether two queries match in all components; a gold query that cannot be parsed is compared as words.

    >>> exact_set_match("SELECT name FROM dogs WHERE age > 3 AND size = 'big'", 'select T1.name from Dogs as T1 where T1.size = "small" and 9 < age')
    True
    """
    if folded(gold) == folded(guess):
        return True
    right, query = _gold(gold, tables), _parsed(guess)
    if right is None or query is None:
        return False
    wanted, one = right
    return bool(_reader(tables, one).safely(query) == wanted)


def query_is_valid(text: str, tables: Tables = ()) -> bool:
    """Whether a text is one query, and all its tables and columns are of the schema where that is known."""
    query, reader = _parsed(text), _reader(tables)
    return query is not None and reader.safely(query) is not None and not reader.unknown


@lru_cache(maxsize=20_000)
def _gold(text: str, tables: Tables) -> tuple[Any, Mapping[str, str]] | None:
    """The components of a gold query, and which columns it takes for one; kept, since many models are measured on the same queries."""
    query, first = _parsed(text), _reader(tables)
    if query is None or first.safely(query) is None:
        return None
    one = _classes(first.joined)
    return _reader(tables, one).safely(query), one


def _reader(tables: Tables, one: Mapping[str, str] | None = None) -> _Reader:
    return _Reader({table.lower(): tuple(map(str.lower, columns)) for table, columns in tables}, one or {})


def _parsed(text: str) -> exp.Expr | None:
    """The tree of a text that is one query."""
    if not _QUERY.match(text):
        return None
    try:
        parts = [part for part in sqlglot.parse(_SPLIT_SIGN.sub(r"\1=", text), read="mysql") if part]  # quotes of both kinds hold values there
    except (SqlglotError, RecursionError):
        return None
    selects = all(select.expressions for part in parts for select in part.find_all(exp.Select))
    return parts[0] if selects and len(parts) == 1 and isinstance(parts[0], exp.Query) else None


def _classes(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each column to the first, by name, of those that it is set equal to."""
    found: dict[str, set[str]] = {}
    for one, other in pairs:
        merged = found.get(one, {one}) | found.get(other, {other})
        found |= dict.fromkeys(merged, merged)
    return {column: min(members) for column, members in found.items()}


def _others(node: exp.Expr) -> tuple[str, ...]:
    """Clauses that no component is made of, e.g. WITH and OFFSET: a query that has one matches only those that have it too."""
    return tuple(sorted(name for name, clause in node.args.items() if clause and name not in _COMPONENTS))


def _bag(parts: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(parts, key=repr))


def tables_of(row: Row) -> Tables:
    """The schema of a sample; empty where it has none."""
    return row.sample.knowledge.tables if isinstance(row.sample.knowledge, Database) else ()


EXACT_SET_MATCH = Ratio(mean(lambda row: row.guess is not None and exact_set_match(row.gold, row.guess, tables_of(row))), binary=True)
