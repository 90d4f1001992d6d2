"""Long rows to matrices: gains over a baseline, scaled per column, and our rows averaged over seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Literal

import pandas as pd

from engine.results.beyond import columns_with
from engine.results.reported import VARIANTS
from engine.results.settings import CELL, Setting, comparable, frame
from engine.results.store import Result

Baseline = Literal["mlm", "bert"]
Scaling = Literal["points", "max_abs", "sd"]
BASELINES: tuple[Baseline, ...] = ("mlm", "bert")
SCALINGS: dict[Scaling, str] = {
    "points": "percentage points",
    "max_abs": "share of the column's largest difference",
    "sd": "standard deviations of the column",
}

_CELL = ["variant", *CELL, "metric"]


def values(frame: pd.DataFrame) -> pd.DataFrame:
    """Long rows (``variant``, ``column``, ``value``) as variants x the 18 columns of the paper and those measured beyond it; NaN where there is none."""
    wide = frame.pivot(index="variant", columns="column", values="value").astype(float)
    return wide.reindex(index=list(VARIANTS.values()), columns=[column.key for column in columns_with(set(frame["column"]))])


def matrix(frame: pd.DataFrame, *, baseline: Baseline, scaling: Scaling = "points") -> pd.DataFrame:
    """Gains over ``baseline``, one row per variant, scaled column by column over all variants that have a number.

    ``points`` is the difference itself; ``max_abs`` divides by the column's largest absolute difference, ``sd`` by
    the standard deviation (n - 1) of its values. A column without spread stays 0.
    """
    wide = values(frame)
    return scaled(wide - wide.loc[baseline], scaling)


def protocols(of_rows: Iterable[str]) -> tuple[str, ...]:
    """The protocols among which there is a choice, that with most rows first.

    >>> protocols(["released", "paper", "default", "paper"])
    ('paper', 'released')
    """
    counts = Counter(name for name in of_rows if name != "default")
    return tuple(sorted(counts, key=lambda name: (-counts[name], name != "released", name)))


def scaled(gains: pd.DataFrame, scaling: Scaling) -> pd.DataFrame:
    """Gains in points (the baseline's own row of zeros among them) scaled column by column, as `matrix` says."""
    if scaling == "points":
        return gains
    size = gains.abs().max() if scaling == "max_abs" else gains.std(ddof=1)
    return gains / size.where(size > 0, 1.0)


def measured(results: Iterable[Result], setting: Setting | None = None, *, needed: Collection[str] = ()) -> pd.DataFrame:
    """Test rows averaged over seeds, in percent: one row per variant, task, corpus, protocol and metric.

    Only comparable rows are kept (`engine.results.settings.comparable`): those of ``setting``, or cell by cell the one
    under which most variants were measured, those ``needed`` among them. Columns: the five names, ``column``, ``value`` (mean), ``sd`` (n - 1; NaN for one
    seed), ``seeds``, and ``split``, ``regime``, ``budget``, ``examples``, ``trained_examples``, ``available_examples``,
    ``tokens_seen``, ``fingerprint``, ``hardware``, ``commit``, ``command``, ``created`` of the newest row.
    """
    rows = comparable(frame(results), setting, needed=needed)
    if rows.empty:
        return pd.DataFrame(columns=[*_CELL, "column", "value", "sd", "seeds", *_ABOUT])
    groups = _per_metric(rows).groupby(_CELL, sort=False)
    table = groups[_ABOUT].last().assign(value=groups["score"].mean(), sd=groups["score"].std(ddof=1), seeds=groups["seed"].nunique())
    table = table.reset_index()
    table["column"] = table["task"] + "." + table["corpus"] + "." + table["metric"]
    return table[[*_CELL, "column", "value", "sd", "seeds", *_ABOUT]]


_ABOUT = ["split", "regime", "budget", "examples", "trained_examples", "available_examples", "trained_on", "tested_on", "tokens_seen",
          "fingerprint", "hardware", "commit", "command", "created"]


def _per_metric(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per metric, its score in percent."""
    pairs = rows.assign(metric=rows["metrics"].map(lambda metrics: list(metrics.items()))).explode("metric")
    return pairs.assign(score=pairs["metric"].str[1].astype(float) * 100, metric=pairs["metric"].str[0])


def of_protocol(table: pd.DataFrame, protocol: str) -> pd.DataFrame:
    """The rows of `measured` that stand beside the paper's: ``protocol`` where a task and corpus have it, else their only or newest one."""
    order = table.assign(other=table["protocol"] != protocol).sort_values(["other", "created"], ascending=[True, False], kind="stable")
    chosen = order.drop_duplicates(["task", "corpus"])[["task", "corpus", "protocol"]]
    return table.merge(chosen, on=["task", "corpus", "protocol"])
