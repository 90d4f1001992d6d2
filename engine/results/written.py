"""The paper's tables as one text in a chosen form, reported and measured numbers side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from engine.errors import InputError
from engine.results import papertables, store
from engine.results.tables import measured, of_protocol

MIMES: Mapping[str, str] = {"json": "application/json", "csv": "text/csv; charset=utf-8", "markdown": "text/markdown; charset=utf-8",
                            "latex": "text/plain; charset=utf-8"}
"""Form of a table to its media type."""


def table(form: str, protocol: Literal["paper", "released"], regime: str | None) -> str:
    """Tables 2 to 7 of paper 1 with what was measured here.

    Args:
        form: One of `MIMES`.
        protocol: Of the measured numbers, where a task has both.
        regime: Share of the training examples; None: what most cells have.

    Raises:
        InputError: No row has the regime, or a line of the store is damaged.
    """
    every = store.read()
    rows = [row for row in every if regime in (None, row.regime)]
    if regime and not rows:
        known = ", ".join(sorted({row.regime for row in every})) or "none"
        raise InputError(f"no row has the regime {regime[:80]!r}", where="regime", remedy=f"known regimes: {known}")
    chosen = of_protocol(measured(rows), protocol)
    if form in ("json", "csv"):
        long = papertables.long(chosen)
        return str(long.to_csv(index=False) if form == "csv" else long.to_json(orient="records"))
    written = papertables.markdown(chosen) if form == "markdown" else papertables.latex(chosen)
    return f"{written}\n\n{'% ' if form == 'latex' else ''}{papertables.legend(chosen)}\n"
