"""Variants beside a baseline on somebody's own dialogues: right of n, agreement, difference, p-value and verdict.

Within one dialogue the rows are its turns (McNemar, exact); over several, whole dialogues are drawn (`engine.results.paired`), since the
turns of one dialogue resemble each other. Holm's correction is over all differences of a call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Literal

import numpy as np
import pandas as pd

from engine.results import paired
from engine.results.comparison import verdict_of
from engine.results.outcomes import table

Method = Literal["mcnemar", "bootstrap"]
ROWS = ["dialogue", "turn", "task", "variant", "differs", "right", "hits", "of"]
"""Columns of the rows: whether an answer differs from the baseline's; whether it is right (NaN where no gold judges it), and its right parts."""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """One variant on one task, beside the baseline on the same rows."""

    variant: str
    task: str
    rows: int
    agrees: int
    """Rows on which it answers as the baseline does."""
    n: int
    """Rows that gold judges."""
    right: int
    hits: int
    of: int
    """Right parts of answers with several: slots, acts (`engine.serve.judged`)."""
    only_it: int
    only_base: int
    """Rows on which only this variant, and only the baseline, is right."""
    dialogues: int
    difference: float
    """To the baseline, in percentage points of the ``n`` rows; NaN without gold."""
    low: float = nan
    high: float = nan
    """95 % interval over dialogues; NaN where there is but one."""
    p: float = nan
    p_holm: float = nan

    @property
    def verdict(self) -> str:
        """``better``, ``worse`` or ``cannot tell``; empty where nothing was compared."""
        return "" if np.isnan(self.p) else verdict_of(self.difference, self.p_holm, "")


def beside(rows: pd.DataFrame, baseline: str, method: Method) -> list[Beside]:
    """Every task and variant of ``rows`` (columns `ROWS`), tasks and variants in their order there; the baseline itself has no p-value."""
    found = [one for task, some in rows.groupby("task", sort=False) for one in _of_task(str(task), some, baseline, method)]
    adjusted = paired.holm(np.array([one.p for one in found], dtype=float))
    return [replace(one, p_holm=float(p)) for one, p in zip(found, adjusted, strict=True)]


def fewest(tests: int) -> int:
    """How many rows on which one is right and the other wrong, all on one side, an exact verdict takes after Holm's correction.

    >>> fewest(1), fewest(32)
    (6, 11)
    """
    return next(rows for rows in range(1, 99) if 2.0 ** (1 - rows) * max(1, tests) < paired.LEVEL)


def _of_task(task: str, some: pd.DataFrame, baseline: str, method: Method) -> list[Beside]:
    places = ["dialogue", "turn"]
    order = list(dict.fromkeys(some["variant"]))
    right = some.pivot(index=places, columns="variant", values="right").dropna()
    judged = some[some["right"].notna()].groupby("variant", sort=False)[["hits", "of"]].sum().reindex(order, fill_value=0)
    tests = _tests(right, [name for name in order if name != baseline], baseline, method) if len(right) and baseline in right else {}
    counted = some.groupby("variant", sort=False)["differs"].agg(["size", "sum"])
    return [_one(task, name, counted.loc[name], judged.loc[name], right, baseline, tests.get(name)) for name in order]


def _one(task: str, name: str, counted: pd.Series, judged: pd.Series, right: pd.DataFrame, baseline: str, test: paired.Test | None) -> Beside:
    mine, base = (right[who].to_numpy(bool) if who in right else np.zeros(0, bool) for who in (name, baseline))
    known = len(mine) == len(base) and len(mine) > 0
    only_it, only_base = (int((mine & ~base).sum()), int((base & ~mine).sum())) if known else (0, 0)
    return Beside(
        variant=name, task=task, rows=int(counted["size"]), agrees=int(counted["size"] - counted["sum"]), n=len(mine), right=int(mine.sum()),
        hits=int(judged["hits"]), of=int(judged["of"]), only_it=only_it, only_base=only_base,
        dialogues=right.index.get_level_values("dialogue").nunique(), difference=100 * (only_it - only_base) / len(mine) if known else nan,
        low=test.low if test else nan, high=test.high if test else nan, p=test.p if test else nan)


def _tests(right: pd.DataFrame, names: Sequence[str], baseline: str, method: Method) -> dict[str, paired.Test]:
    owners = right.index.get_level_values("dialogue")
    if method == "mcnemar" or owners.nunique() < 2:
        base = right[baseline].to_numpy(bool)
        return {name: paired.Test(low=nan, high=nan, p=paired.mcnemar_p(right[name].to_numpy(bool), base, exact=True)) for name in names}
    columns = [baseline, *names]
    drawn = paired.resampled([table({"right": (right[name].to_numpy(int), 1)}) for name in columns], list(map(str, owners)))
    of_base = drawn[0]["right"]
    return {name: _over_dialogues(right, name, baseline, 100 * (mine["right"] - of_base)) for name, mine in zip(names, drawn[1:], strict=True)}


def _over_dialogues(right: pd.DataFrame, name: str, baseline: str, drawn: np.ndarray) -> paired.Test:
    """Student's t on the bootstrap's variance; never surer than flipping the sign of each dialogue that differs could be."""
    gaps = (right[name] - right[baseline]).groupby(level="dialogue").sum()
    rows, _ = paired.over_rows(drawn[None, :], len(gaps))
    test = paired.student(float(100 * gaps.sum() / len(right)), rows)
    return replace(test, p=max(test.p, min(1.0, 2.0 ** (1 - int((gaps != 0).sum())))))
