"""What frozen states were measured to tell, one JSON line per measurement, only ever appended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from engine.paths import results_root
from engine.results import store

ABOUT = ("variant", "subject", "group", "fingerprint", "examples", "held_out", "seed", "created", "commit", "hardware")
Kind = Literal["ability", "transferability", "similarity"]


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One probe, one set of transferability scores, or one similarity of two variants.

    Raises:
        InputError: A number is not finite.
    """

    kind: Kind
    variant: str
    fingerprint: str
    """Of the further pre-trained weights."""
    plan: str
    """Fingerprint of what was asked: numbers of questions, length, seed and revision of the probes."""
    subject: str
    """The probe; the cell (``task.corpus.protocol``); or the other variant."""
    group: str
    """The probe's ability; the cell's task; or the other variant's fingerprint."""
    numbers: Mapping[str, float]
    examples: int
    """Questions that a probe was fitted on, examples of a cell, or rows compared."""
    held_out: int = 0
    """Questions that a probe was scored on."""
    seed: int
    seconds: float
    hardware: str
    commit: str
    command: str
    versions: Mapping[str, str]
    created: str
    """ISO 8601, UTC."""

    def __post_init__(self) -> None:
        store.check_finite(self.numbers, f"{self.variant}/{self.subject}")

    @property
    def key(self) -> tuple[str, ...]:
        """Two rows with the same key measure the same."""
        return self.kind, self.variant, self.fingerprint, self.plan, self.subject, self.group if self.kind == "similarity" else ""


def default_path() -> Path:
    """``abilities.jsonl`` in the results folder."""
    return results_root() / "abilities.jsonl"


def append(row: Measurement, path: Path | None = None) -> None:
    """Add one row, as `engine.results.store.append_line`."""
    store.append_line(row, path or default_path())


def read(path: Path | None = None) -> list[Measurement]:
    """All rows in the order of writing (errors as `engine.results.store.read`)."""
    return store.read_lines(path or default_path(), Measurement, ("numbers", "versions"))


def frame(rows: Iterable[Measurement], kind: Kind) -> pd.DataFrame:
    """The newest measurements of a kind, one row each with its numbers as columns: one plan, and each variant's newest weights.

    The plan is the one that most variants were measured under (ties: the newest).
    """
    found = [row for row in rows if row.kind == kind]
    if not found:
        return pd.DataFrame(columns=list(ABOUT))
    plans = {row.plan: (len({other.variant for other in found if other.plan == row.plan}), row.created) for row in found}
    chosen = [row for row in found if row.plan == max(plans, key=plans.__getitem__)]
    newest = {row.variant: row.fingerprint for row in sorted(chosen, key=lambda row: row.created)}
    current = {row.key: row for row in chosen if row.fingerprint == newest[row.variant]
               and (kind != "similarity" or row.group == newest.get(row.subject, row.group))}
    return pd.DataFrame([{**{name: getattr(row, name) for name in ABOUT}, **row.numbers} for row in current.values()])
