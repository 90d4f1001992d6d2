"""Numbers of the two papers in a talk: looked up in the repository's tables by name, never typed (no torch)."""

from __future__ import annotations

from dataclasses import dataclass

from engine.results.claims.columns import title
from engine.results.claims.published import numbers
from engine.results.reported import TITLES
from engine.serve.talk.lined import Lined


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """A small table of published numbers, in percent."""

    paper: int
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    """Keys as in the claims ledger."""

    def value(self, row: str, column: str) -> float | None:
        """One number; None where the paper gives none."""
        return numbers(self.paper).get((row, column))

    def head(self, column: str) -> str:
        """A column's name on the screen."""
        return title(column)

    def name(self, row: str) -> str:
        """A row's name on the screen."""
        return TITLES.get(row, row) if self.paper == 1 else row


def read_numbers(place: Lined) -> Numbers:
    """``paper``, ``rows`` and ``columns``.

    Raises:
        InputError: A name is not in the paper's tables, or a row or column has no number at all.
    """
    found = place.fields(("paper", "rows", "columns"))
    for name in ("paper", "rows", "columns"):
        if name not in found:
            raise place.wrong(f"{name} is missing", f"write `{name}: …`")
    paper = found["paper"].count(1, 2)
    known = numbers(paper)
    rows = found["rows"].some_of(list(dict.fromkeys(row for row, _ in known)), "row")
    columns = found["columns"].some_of(list(dict.fromkeys(column for _, column in known)), "column")
    for column, item in zip(columns, found["columns"].items(), strict=True):
        if not any((row, column) in known for row in rows):
            raise item.wrong(f"the paper gives no number of {column!r} for these rows", "name other rows or another column")
    return Numbers(paper=paper, rows=rows, columns=columns)
