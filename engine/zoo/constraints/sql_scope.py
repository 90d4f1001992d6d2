"""What names may stand where in a query, so that tables own their columns, aliases are told and no column is of two tables: by a scope for each SELECT.

Before FROM the tables are not known: what SELECT names becomes needs that FROM must meet. Either all its columns are bare or all stand behind an alias
or a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

ALIASES = ("t1", "t2", "t3", "t4", "t5", "t6")
MOST_TABLES = len(ALIASES)
"""In one FROM."""
BARE, EVERY = "", "*"
"""What stands before a bare column; all columns."""
_PARTS = {"FROM": "from", "WHERE": "where", "GROUP": "rest", "ORDER": "order", "LIMIT": "rest"}
LEAVING = frozenset({"WHERE", "GROUP", "ORDER", "LIMIT", "SETOP", "CLOSE", "SEMI", "$END"})
"""Terminals behind which no table comes."""


class Schema(dict[str, frozenset[str]]):
    """Tables with their columns; never changed once it is full."""

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other



@dataclass(frozen=True, slots=True)
class Scope:
    """One SELECT so far."""

    part: str = "select"
    needs: frozenset[tuple[str, str]] = frozenset()
    """What SELECT names: alias or table, or `BARE`, and column."""
    tables: tuple[tuple[str, str], ...] = ()
    """Alias, or the table's own name, and table."""
    pending: str = ""
    """A table of FROM that may yet get an alias."""
    renamed: bool = False
    """Whether it will get one."""
    ref: str = ""
    """The alias or table that has just been named, before its column."""
    compound: bool = False
    """Whether it stands behind UNION, INTERSECT or EXCEPT."""

    def after(self, terminal: str, value: str) -> Scope:
        """The scope with one more terminal, of a kind that opens and closes none."""
        if terminal == "AS":
            return replace(self, renamed=True)
        if terminal == "NEWALIAS":
            return replace(self, tables=(*self.tables, (value, self.pending)), pending="", renamed=False)
        told = self.settled()
        if terminal == "TABLE":
            return replace(told, pending=value)
        if terminal in ("ALIAS", "REFTABLE"):
            return replace(told, ref=value)
        if terminal in ("NAME", "MEMBER") or (terminal == "STAR" and self.ref):
            needs = told.needs | {(told.ref, value)} if told.part == "select" else told.needs
            return replace(told, needs=needs, ref="")
        return replace(told, part=_PARTS[terminal]) if terminal in _PARTS else told

    def settled(self) -> Scope:
        """A table that has no alias now will get none."""
        return replace(self, tables=(*self.tables, (self.pending, self.pending)), pending="") if self.pending else self

    def missing(self, schema: Schema) -> int | None:
        """How many tables are needed yet; None where the needs cannot be met any more."""
        if self.part == "select":
            return _missing(self.needs | ({(self.ref, EVERY)} if self.ref else set()), (), schema)
        found = [count for tables in self._readings() if (count := _missing(self.needs, tables, schema)) is not None]
        return min(found, default=None)

    def _readings(self) -> Iterator[tuple[tuple[str, str], ...]]:
        """The tables of FROM, whatever the last one will be called."""
        if not self.pending:
            yield self.tables
            return
        if not self.renamed:
            yield (*self.tables, (self.pending, self.pending))
        free, needed = [alias for alias in ALIASES if alias not in dict(self.tables)], {ref for ref, _ in self.needs}
        unneeded = [alias for alias in free if alias not in needed][:1]  # all of these say the same
        yield from ((*self.tables, (alias, self.pending)) for alias in (*unneeded, *(alias for alias in free if alias in needed)))

    def bare(self, schema: Schema) -> frozenset[str]:
        """Columns that exactly one table of FROM has."""
        names = [name for _, table in self.tables for name in schema[table]]
        return frozenset(name for name in names if names.count(name) == 1)


@lru_cache(maxsize=20_000)
def _missing(needs: frozenset[tuple[str, str]], tables: tuple[tuple[str, str], ...], schema: Schema) -> int | None:
    """See `Scope.missing`."""
    told = dict(tables)
    columns: dict[str, set[str]] = {}
    for ref, column in needs:
        columns.setdefault(ref, set()).update({column} - {EVERY})
    if len(told) < len(tables) or not all(_owns(ref, names, told, schema) for ref, names in columns.items() if ref):
        return None
    bare = columns.pop(BARE, set())
    if bare and columns:
        return None
    owners = {name: sum(name in schema[table] for table in told.values()) for name in bare}
    left = {name for name, count in owners.items() if not count}
    if max(owners.values(), default=0) > 1 or (left and not any(names & bare == left for names in schema.values())):
        return None
    count = len(columns.keys() - told.keys()) + bool(left)
    return count if len(tables) + count <= MOST_TABLES else None


def _owns(ref: str, names: set[str], told: Mapping[str, str], schema: Schema) -> bool:
    """Whether an alias or table has the columns, or still may."""
    if ref in told:
        return names <= schema[told[ref]]
    return names <= schema[ref] if ref not in ALIASES else any(names <= owned for owned in schema.values())


Scopes = tuple[Scope, ...]
"""From the outermost SELECT to the one that is being written."""


def after(scopes: Scopes, terminal: str, value: str) -> Scopes:
    """The scopes with one more terminal."""
    if terminal == "OPEN":
        return (*scopes, Scope())
    if terminal == "CLOSE":
        return scopes[:-1]
    fresh = Scope(compound=True) if terminal == "SETOP" else scopes[-1].after(terminal, value)
    return (*scopes[:-1], fresh)


def allowed(scopes: Scopes, terminal: str, values: frozenset[str], schema: Schema) -> frozenset[str]:
    """Which values of a terminal may follow."""
    now = scopes[-1]
    told = now.settled()
    if (terminal in LEAVING and told.missing(schema) != 0 and now.part == "from") or (terminal in ("COUNT", "AGGREGATE") and now.part == "where"):
        return frozenset()
    if terminal == "OPEN" or now.part not in ("select", "from"):
        return _known(told, terminal, values, schema)
    if now.part == "from":
        values = _known(told, terminal, values, schema)
        if terminal in ("JOIN", "COMMA") and not allowed((now.after(terminal, ""),), "TABLE", frozenset(schema), schema):
            return frozenset()
    elif terminal == "MEMBER" and now.ref not in ALIASES:
        values = schema[now.ref]
    return frozenset(value for value in values if now.after(terminal, value).missing(schema) is not None)


def _known(scope: Scope, terminal: str, values: frozenset[str], schema: Schema) -> frozenset[str]:
    """Values of a terminal where names can only be those of the tables in FROM."""
    if terminal == "NAME":
        return frozenset() if scope.part == "from" else scope.bare(schema)
    if terminal == "MEMBER":
        return schema[dict(scope.tables)[scope.ref]]
    if terminal in ("ALIAS", "REFTABLE"):
        return frozenset() if scope.compound and scope.part == "order" else values & {ref for ref, _ in scope.tables}
    if terminal == "ORDER" and scope.compound and not scope.bare(schema):
        return frozenset()
    return values
