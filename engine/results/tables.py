"""Long rows to matrices: gains over a baseline, scaled per column, and our rows averaged over seeds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Literal

import pandas as pd

from engine.results.reported import VARIANTS, columns
from engine.results.store import Result

Baseline = Literal["mlm", "bert"]
Scaling = Literal["points", "max_abs", "sd"]
BASELINES: tuple[Baseline, ...] = ("mlm", "bert")
SCALINGS: dict[Scaling, str] = {
    "points": "percentage points",
    "max_abs": "share of the column's largest difference",
    "sd": "standard deviations of the column",
}

_CELL = ["variant", "task", "corpus", "protocol", "metric"]
_SETTING = ["task", "corpus", "protocol", "trained_examples", "examples"]


def values(frame: pd.DataFrame) -> pd.DataFrame:
    """Long rows (``variant``, ``column``, ``value``) as variants x the 18 columns of the paper; NaN where there is none."""
    wide = frame.pivot(index="variant", columns="column", values="value").astype(float)
    return wide.reindex(index=list(VARIANTS.values()), columns=[column.key for column in columns()])


def matrix(frame: pd.DataFrame, *, baseline: Baseline, scaling: Scaling = "points") -> pd.DataFrame:
    """Gains over ``baseline``, one row per variant, scaled column by column over all variants that have a number.

    ``points`` is the difference itself; ``max_abs`` divides by the column's largest absolute difference, ``sd`` by
    the standard deviation (n - 1) of its values. A column without spread stays 0.
    """
    wide = values(frame)
    gains = wide - wide.loc[baseline]
    if scaling == "points":
        return gains
    size = gains.abs().max() if scaling == "max_abs" else wide.std(ddof=1)
    return gains / size.where(size > 0, 1.0)


def measured(results: Iterable[Result]) -> pd.DataFrame:
    """Test rows averaged over seeds, in percent: one row per variant, task, corpus, protocol and metric.

    Only comparable rows are kept: per task, corpus and protocol the setting (sizes of training and test set) under
    which most variants were measured (ties: the newest); per variant the newest fingerprint; per seed the newest row.
    Columns: the five names, ``column``, ``value`` (mean), ``sd`` (n - 1; NaN for one seed), ``seeds``, and
    ``examples``, ``trained_examples``, ``tokens_seen``, ``fingerprint``, ``hardware``, ``commit``, ``command``, ``created``
    of the newest row.
    """
    rows = pd.DataFrame([asdict(result) for result in results if result.split == "test"])
    if rows.empty:
        return pd.DataFrame(columns=[*_CELL, "column", "value", "sd", "seeds", *_ABOUT])
    rows = _newest(_one_setting(rows.sort_values("created", kind="stable")))
    long = _per_metric(rows)
    groups = long.groupby(_CELL, sort=False)
    table = groups[_ABOUT].last().assign(value=groups["score"].mean(), sd=groups["score"].std(ddof=1), seeds=groups["seed"].nunique())
    table = table.reset_index()
    table["column"] = table["task"] + "." + table["corpus"] + "." + table["metric"]
    return table[[*_CELL, "column", "value", "sd", "seeds", *_ABOUT]]


_ABOUT = ["examples", "trained_examples", "tokens_seen", "fingerprint", "hardware", "commit", "command", "created"]


def _one_setting(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the setting that most variants share, for each task, corpus and protocol."""
    sizes = rows.groupby(_SETTING).agg(variants=("variant", "nunique"), newest=("created", "max")).reset_index()
    best = sizes.sort_values(["variants", "newest"]).drop_duplicates(["task", "corpus", "protocol"], keep="last")
    return rows.merge(best[_SETTING], on=_SETTING)


def _newest(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of each variant's newest fingerprint, the newest for each seed; ``rows`` come in the order of time."""
    current = rows.groupby(_CELL[:-1])["fingerprint"].transform("last")
    return rows[rows["fingerprint"] == current].drop_duplicates([*_CELL[:-1], "seed"], keep="last")


def _per_metric(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per metric, its score in percent."""
    pairs = rows.assign(metric=rows["metrics"].map(lambda metrics: list(metrics.items()))).explode("metric")
    return pairs.assign(score=pairs["metric"].str[1].astype(float) * 100, metric=pairs["metric"].str[0])


def of_protocol(table: pd.DataFrame, protocol: str) -> pd.DataFrame:
    """The rows of `measured` that stand beside the paper's: ``protocol`` where a task and corpus have it, else their only or newest one."""
    order = table.assign(other=table["protocol"] != protocol).sort_values(["other", "created"], ascending=[True, False], kind="stable")
    chosen = order.drop_duplicates(["task", "corpus"])[["task", "corpus", "protocol"]]
    return table.merge(chosen, on=["task", "corpus", "protocol"])
