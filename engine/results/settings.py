"""Which rows may be compared: those of one regime, one budget of further pre-training and, cell by cell, one split."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass

import pandas as pd

from engine.results.store import Result

TEST = re.compile(r"test(\[\d+\])?")
"""Splits that count as test measurements: the whole one, or a fixed draw of so many rows, the same for all variants."""
CELL = ["task", "corpus", "protocol"]
_SIZES = ["split", "recipe", "trained_examples", "examples"]
WIDEST = "widest"
"""The regime of a `Setting` that takes for each task, corpus and protocol the best measured regime (`comparable`)."""


@dataclass(frozen=True, order=True, kw_only=True)
class Setting:
    """What a matrix holds fixed."""

    regime: str
    """``full``, ``10 %``, ``1 %`` or a number of training examples (`Result.regime`); or `WIDEST`."""
    budget: int
    """Tokens of further pre-training (`Result.budget`)."""

    def __str__(self) -> str:
        named = {"full": "all", WIDEST: "the best measured share of the"}
        share = named.get(self.regime) or (f"{self.regime} of the" if "%" in self.regime else self.regime.removesuffix(" examples"))
        return f"{share} training examples, about {self.budget:,} tokens of further pre-training"


def settings(results: Iterable[Result]) -> list[Setting]:
    """The settings under which further pre-trained variants were measured: most variants first, then most cells, then the larger budget."""
    rows = frame(results)
    found = {}
    for regime, budget in rows.loc[rows["budget"] > 0, ["regime", "budget"]].drop_duplicates().itertuples(index=False):
        mine = _of(rows, Setting(regime=regime, budget=budget))
        found[Setting(regime=regime, budget=budget)] = (mine["variant"].nunique(), len(mine[["variant", *CELL]].drop_duplicates()), budget)
    return sorted(found, key=lambda setting: found[setting], reverse=True)


def widest(found: Iterable[Setting]) -> list[Setting]:
    """For each budget of ``found`` (`settings`) that has several regimes, the setting which takes the best of them cell by cell.

    >>> widest([Setting(regime="full", budget=7), Setting(regime="10 %", budget=7), Setting(regime="full", budget=9)])
    [Setting(regime='widest', budget=7)]
    """
    budgets = Counter(setting.budget for setting in found)
    return [Setting(regime=WIDEST, budget=budget) for budget, regimes in budgets.items() if regimes > 1]


def frame(results: Iterable[Result]) -> pd.DataFrame:
    """Test rows in the order of time, a column per field and ``regime``, ``budget`` and ``result`` (the row itself)."""
    rows = [asdict(result) | {"regime": result.regime, "budget": result.budget, "result": result} for result in results if TEST.fullmatch(result.split)]
    columns = [*Result.__dataclass_fields__, "regime", "budget", "result"]
    return pd.DataFrame(rows, columns=columns).sort_values("created", kind="stable")


def comparable(rows: pd.DataFrame, setting: Setting | None = None, *, needed: Collection[str] = ()) -> pd.DataFrame:
    """The rows of ``setting`` that stand beside one another.

    Per task, corpus and protocol: the split, recipe and sizes of training and test set under which most variants were measured (ties:
    several seeds, without which nothing can be told, then most training examples, the whole split, most rows, the larger budget, the newest), and
    without a ``setting`` the budget too; per variant the newest fingerprint; per seed the newest row. Variants without further
    pre-training (budget 0) belong to every budget.

    Args:
        rows: Of `frame`.
        setting: None takes the best measured one cell by cell.
        needed: Variants without which a split is of no use.
    """
    mine = _spread(rows) if setting is None else _of(rows, setting).assign(group=setting.budget)
    return _newest(_largest(mine, set(needed))).drop(columns="group")


def _of(rows: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    return rows[((rows["regime"] == setting.regime) | (setting.regime == WIDEST)) & rows["budget"].isin((0, setting.budget))]


def _spread(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the budget that they are grouped by; what belongs to every budget comes once for each."""
    budgets = sorted(set(rows["budget"]) - {0}) or [0]
    return pd.concat([rows[rows["budget"].isin((0, budget))].assign(group=budget) for budget in budgets])


def _largest(rows: pd.DataFrame, needed: set[str]) -> pd.DataFrame:
    """Rows of the split, sizes and budget that most variants share, for each task, corpus and protocol."""
    keys = [*CELL, *_SIZES, "group"]
    sizes = rows.groupby(keys).agg(variants=("variant", "nunique"), seeds=("seed", "nunique"), newest=("created", "max"),
                                   known=("variant", needed.issubset)).reset_index()
    sizes = sizes[sizes["known"].astype(bool)].assign(whole=sizes["split"] == "test", repeated=sizes["seeds"] > 1)
    best = sizes.sort_values(["variants", "repeated", "trained_examples", "whole", "examples", "group", "newest"]).drop_duplicates(CELL, keep="last")
    return rows.merge(best[keys], on=keys)


def _newest(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of each variant's newest fingerprint, the newest for each seed; ``rows`` come in the order of time."""
    current = rows.groupby(["variant", *CELL])["fingerprint"].transform("last")
    return rows[rows["fingerprint"] == current].drop_duplicates(["variant", *CELL, "seed"], keep="last")
