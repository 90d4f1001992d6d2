"""Which terminal of a query may come next, by a grammar: a place in a query is the stack of states of an LALR parser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer
from lark.parsers.lalr_interactive_parser import InteractiveParser

Place = tuple[int, ...]
"""States of the parser: what is still open."""
END = "$END"
DETOURS = frozenset({"OPEN", "SETOP", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "SEMI", "DISTINCT", "NOT", "ARITHMETIC", "OR", "ON", "DIRECTION"})
"""Terminals that are never on the shortest way to the end."""


class _NoLexer(Lexer):
    """The terminals come from elsewhere."""

    def __init__(self, conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
        """Nothing."""
        return iter(())


class Grammar:
    """Steps between places, each taken once by the parser and then kept."""

    def __init__(self, path: Path) -> None:
        self._lark = Lark(path.read_text(encoding="utf-8"), parser="lalr", lexer=_NoLexer)
        begin = self._lark.parse_interactive("")
        self.begin = _place(begin)
        self._parsers: dict[Place, Any] = {self.begin: begin}
        self._next: dict[Place, Mapping[str, Place]] = {}
        self._distance: dict[Place, int] = {}

    def after(self, place: Place) -> Mapping[str, Place]:
        """Terminals that may follow, with the places they lead to; `END` leads to an empty one."""
        if place not in self._next:
            self._next[place] = dict(self._steps(place)) if place else {}
        return self._next[place]

    def _steps(self, place: Place) -> Iterator[tuple[str, Place]]:
        parser = self._parsers[place]
        for terminal in sorted(parser.choices()):
            if not terminal.isupper():
                continue  # a rule, not a terminal
            fed = parser.copy(deepcopy_values=False)
            try:
                fed.feed_token(Token(terminal, ""))
            except UnexpectedToken:
                continue
            reached = () if terminal == END else _place(fed)
            self._parsers.setdefault(reached, fed)
            yield terminal, reached

    def distance(self, place: Place) -> int:
        """The fewest terminals to the end of the query, the end included."""
        if place not in self._distance:
            self._distance[place] = self._search(place)
        return self._distance[place]

    def _search(self, place: Place) -> int:
        steps, edge, seen = 0, {place}, {place}
        while () not in edge:
            edge = {reached for now in edge for terminal, reached in self.after(now).items() if terminal not in DETOURS} - seen
            seen |= edge
            steps += 1
        return steps


def _place(parser: InteractiveParser) -> Place:
    return tuple(parser.parser_state.state_stack)


@cache
def grammar() -> Grammar:
    """The grammar of `sql.lark`."""
    return Grammar(Path(__file__).with_name("sql.lark"))
