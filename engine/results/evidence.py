"""What stands behind each cell of the measured matrix: its rows' own words, how each seed did, and why a cell is empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from engine.results import tables
from engine.results.comparison import compare
from engine.results.reported import TITLES, Column
from engine.results.settings import CELL, TEST, WIDEST, Setting, comparable, frame
from engine.results.store import Result

Pair = tuple[Result, Result]
"""A variant's row and the baseline's of the same seed."""
_OWN = ["sd", "regime", "budget", "trained_examples", "available_examples", "trained_on", "tested_on", "tokens_seen", "fingerprint", "hardware",
        "commit", "command", "created"]
_NEVER = "not measured here yet"


def described(results: Iterable[Result], *, baseline: str, setting: Setting) -> pd.DataFrame:
    """`engine.results.comparison.compare` and what the newest row of each variant says of itself, in long form.

    Raises:
        InputError: Stored predictions are damaged.
    """
    rows = list(results)
    keys = ["variant", *CELL, "metric"]
    own = tables.measured(rows, setting, needed=[baseline])[[*keys, *_OWN]]
    return compare(rows, baseline=baseline, setting=setting).merge(own, on=keys, how="left")


def pairs(results: Iterable[Result], variant: str, baseline: str, *, task: str, corpus: str, protocol: str, setting: Setting) -> list[Pair]:
    """The rows of both for each seed that both have: those which `compare` holds side by side in one cell."""
    here = (row for row in results if (row.task, row.corpus, row.protocol) == (task, corpus, protocol))
    rows = comparable(frame(here), setting, needed=[baseline])
    mine, base = ({row.seed: row for row in rows.loc[rows["variant"] == name, "result"]} for name in (variant, baseline))
    return [(mine[seed], base[seed]) for seed in sorted(mine.keys() & base.keys())]


def by_seed(found: Sequence[Pair], metric: str) -> pd.DataFrame:
    """One row per seed, in percent and points: ``seed``, ``value``, ``base_value``, ``difference``, ``hardware``, ``commit``, ``created``."""
    rows = [{"seed": one.seed, "value": 100 * one.metrics[metric], "base_value": 100 * base.metrics[metric],
             "difference": 100 * (one.metrics[metric] - base.metrics[metric]), "hardware": one.hardware, "commit": one.commit,
             "created": one.created} for one, base in found if metric in one.metrics and metric in base.metrics]
    return pd.DataFrame(rows, columns=["seed", "value", "base_value", "difference", "hardware", "commit", "created"])


def why_empty(results: Iterable[Result], *, baseline: str, setting: Setting, protocols: Mapping[tuple[str, str], str]) -> Callable[[str, Column], str]:
    """Says of a variant and a column that `compare` has no difference for, in one clause, why.

    Args:
        results: All rows of the store.
        baseline: What is compared with.
        setting: What is asked for.
        protocols: Task and corpus to the protocol that is asked for; any where it says none.
    """
    kept: dict[tuple[str, str, str], list[Result]] = {}
    for row in results:
        if TEST.fullmatch(row.split):
            kept.setdefault((row.variant, row.task, row.corpus), []).append(row)

    def why(variant: str, column: Column) -> str:
        for name in (variant, baseline):
            rows = [row for row in kept.get((name, column.task, column.corpus), []) if column.metric in row.metrics]
            if reason := _gap(rows, setting, protocols.get((column.task, column.corpus))):
                return reason if name == variant else f"baseline {TITLES[name]} {reason}"
        return f"not measured on the same rows and seeds as {TITLES[baseline]}"

    return why


def _gap(rows: Sequence[Result], setting: Setting, protocol: str | None) -> str:
    """What the rows of one variant lack; empty where nothing."""
    if not rows:
        return _NEVER
    mine = [row for row in rows if protocol in (None, row.protocol)]
    if not mine:
        return f"measured under protocol {_listed({row.protocol for row in rows})} only"
    if setting.regime != WIDEST and not any(row.regime == setting.regime for row in mine):
        return f"measured with training set {_listed({row.regime for row in mine})} only"
    if not any(row.budget in (0, setting.budget) for row in mine):
        return f"measured with {_listed({f'{row.budget:,}' for row in mine})} tokens of further pre-training only"
    return ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
