"""The terminals of a query as sequences of ids: keywords, the names of a schema, numbers, and spans of the question."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from sqlglot.dialects.mysql import MySQL

from engine.dialogue.model import Turn
from engine.zoo.constraints.base import Alphabet
from engine.zoo.constraints.sql_grammar import END
from engine.zoo.constraints.sql_scope import ALIASES, Schema
from engine.zoo.knowledge import Database
from engine.zoo.metrics.sql import query_is_valid
from engine.zoo.outputs import write_turns

KEYWORDS: Mapping[str, Sequence[str]] = {
    "SELECT": ["select"], "DISTINCT": ["distinct"], "FROM": ["from"], "JOIN": ["join", "inner join", "left join"], "ON": ["on"], "AS": ["as"],
    "WHERE": ["where"], "GROUP": ["group by"], "HAVING": ["having"], "ORDER": ["order by"], "LIMIT": ["limit"],
    "SETOP": ["union", "intersect", "except"], "AND": ["and"], "OR": ["or"], "NOT": ["not"], "LIKE": ["like"], "IN": ["in"], "BETWEEN": ["between"],
    "IS": ["is"], "NULL": ["null"], "DIRECTION": ["asc", "desc"], "COUNT": ["count"], "AGGREGATE": ["sum", "avg", "min", "max"],
    "ALIAS": ALIASES, "NEWALIAS": ALIASES}
SIGNS: Mapping[str, Sequence[str]] = {
    "STAR": ["*"], "COMMA": [","], "DOT": ["."], "LPAR": ["("], "RPAR": [")"], "OPEN": ["("], "CLOSE": [")"], "EQUALS": ["="], "MINUS": ["-"],
    "OPERATOR": ["=", "!=", "<", ">", "<=", ">="], "ARITHMETIC": ["+", "-", "/"], "SINGLE": ["'"], "DOUBLE": ['"'], "PERCENT": ["%"], "SEMI": [";"]}
_COMMON = " | ".join(["null", "none", "yes", "no", "true", "false", *string.ascii_lowercase])
"""Texts that a query may have in quotes although the question has not."""
_UNSAID = "' \" \\ [ ] % ` |"
"""What no text in quotes may hold: it would end the text, or look like a mark."""
_COLUMN_SAID = ("select {0}, count ( distinct {0} ), {0} - {0}, sum ( {0} ) from x where {0} = 1 and {0} not in ( 1 ) and {0} like 'a' and {0} between 1 and 2 "
                "and {0} is null and 1 < {0} group by {0}, {0} having max ( {0} ) > 1 order by {0} desc, {0} limit 1",
                "select t1. {0}, t1. {0} from x as t1 join x as t2 on t1. {0} = t2. {0} where t1. {0} = 1 order by t1. {0} asc")
_TABLE_SAID = ("select a from {0}", "select {0}. a, {0}. * from {0}, {0} as t2 left join {0} as t1 on {0}. a = {0}. a where {0}. a = 1 group by {0}. a",
               "select a from x where b in ( select a from {0} ) and c in ( select t1. a from {0} as t1 join {0} where t1. a = 1 ) limit 1",
               "select a from {0} union select a from {0} order by a")

_PLAIN = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(eq=False)
class _Branch:
    """A place in a tree of sequences: values spelled here, values that still can be with the fewest ids to come, and what the next id leads to."""

    whole: frozenset[str] = frozenset()
    under: dict[str, int] = field(default_factory=dict)
    next: dict[int, _Branch] = field(default_factory=dict)

    def children(self) -> Mapping[int, _Branch]:
        return self.next

    def add(self, ids: Sequence[int], value: str) -> None:
        """One more sequence."""
        self.under[value] = min(len(ids), self.under.get(value, len(ids)))
        if not ids:
            self.whole |= {value}
            return
        self.next.setdefault(ids[0], _Branch()).add(ids[1:], value)


class _Span:
    """A run of ids of a text, by the places behind it; the tree grows as it is walked."""

    def __init__(self, text: Sequence[int | None], places: Iterable[int], begun: bool) -> None:
        self._text, self._places = text, list(places)
        self.whole = frozenset({""}) if begun else frozenset()
        self.under = {"": 0 if begun else 1}
        self._next: dict[int, _Span] | None = None

    def children(self) -> Mapping[int, _Span]:
        if self._next is None:
            found: dict[int, list[int]] = {}
            for place in self._places:
                if place < len(self._text) and (number := self._text[place]) is not None:
                    found.setdefault(number, []).append(place + 1)
            self._next = {number: _Span(self._text, places, True) for number, places in found.items()}
        return self._next


Node = _Branch | _Span
"""A place in the tree of a terminal's spellings."""


@dataclass(frozen=True)
class Spelled:
    """The names of a database that a query can hold, in lower case, as the model writes them."""

    schema: Schema
    texts: Mapping[str, set[str]]
    """A name to the texts that spell it."""


def spell(database: Database, codec: Alphabet) -> Spelled:
    """Names that SQL cannot hold without quotes are left out, and tables that no column is left of."""
    schema = Schema()
    texts: dict[str, set[str]] = {}
    for table, columns in database.tables:
        names = {name: codec.normal(name).lower() for name in (table, *columns)}
        for name, normal in names.items():
            texts.setdefault(normal, set()).add(name)
        kept = frozenset(names[column] for column in columns if _can_be_said(names[column], codec, _COLUMN_SAID))
        schema.pop(names[table], None)
        if kept and names[table] not in ALIASES and _can_be_said(names[table], codec, _TABLE_SAID):
            schema[names[table]] = kept
    return Spelled(schema, texts)


@cache
def _special() -> frozenset[str]:
    """Words that sqlglot knows, in lower case."""
    known: list[Iterable[str]] = [MySQL.Tokenizer.KEYWORDS, MySQL.Parser.FUNCTIONS, MySQL.Parser.FUNCTION_PARSERS, MySQL.Parser.NO_PAREN_FUNCTION_PARSERS,
             MySQL.Parser.OPERATION_MODIFIERS]
    return frozenset(word for words in known for name in words for word in name.lower().split())


@lru_cache(maxsize=20_000)
def _can_be_said(name: str, codec: Alphabet, queries: Sequence[str]) -> bool:
    """Whether SQL reads a name as one, wherever a query may have it; tried out where it is not a plain word, which takes milliseconds."""
    if _PLAIN.fullmatch(name) and name not in _special():
        return True
    tables = ((name, ("a", "b", "c")), ("x", (name, "a", "b", "c")))
    return all(query_is_valid(codec.normal(query.format(name)), tables) for query in queries)


def terminals(codec: Alphabet, names: Spelled, turns: Sequence[Turn]) -> dict[str, Node]:
    """The tree of each terminal."""
    content = write_turns(turns)
    numbers = {*re.findall(r"\d+(?:\.\d+)?", content), *re.findall(r"\d+(?:\.\d+)?", content.replace(",", "")), *map(str, range(11))}
    columns = {name: names.texts[name] for owned in names.schema.values() for name in owned}
    tables = {name: names.texts[name] for name in names.schema}
    said = {"NAME": columns, "MEMBER": columns, "TABLE": tables, "REFTABLE": tables, "NUMBER": _same(numbers), "INTEGER": _same(filter(str.isdigit, numbers))}
    trees: dict[str, Node] = {terminal: _tree(codec, words) for terminal, words in said.items()}
    trees |= {terminal: _tree(codec, {word: {word, word.upper()} for word in words}) for terminal, words in KEYWORDS.items()}
    trees |= {terminal: _tree(codec, _same(signs), glued=True) for terminal, signs in SIGNS.items()}
    end = _Branch()
    end.add([codec.last_id], "")
    unsaid = {number for ids in codec.encode(_UNSAID.split()) for number in ids}
    text = [number if number < codec.words and number not in unsaid else None for number in codec.encode([f"{_COMMON} | {content}"])[0]]
    return trees | {END: end, "SPAN": _Span(text, range(len(text)), begun=False)}


def _same(texts: Iterable[str]) -> dict[str, set[str]]:
    return {text: {text} for text in texts}


def _tree(codec: Alphabet, said: Mapping[str, Iterable[str]], *, glued: bool = False) -> Node:
    """Values by their texts; ``glued``: also as they stand without a space in front, where that is another spelling."""
    root = _Branch()
    pairs = [(value, text) for value, texts in said.items() for text in texts]
    (bracket,), *behind = codec.encode(["(", *(f"( {text}" for _, text in pairs)])
    alone = codec.encode([text for _, text in pairs])
    for (value, _), spaced, plain in zip(pairs, behind, alone, strict=True):
        root.add(spaced[1:] if spaced[0] == bracket else plain, value)
        if glued:
            root.add(plain, value)
    return root
