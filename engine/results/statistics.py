"""Does overlap of profiles go with gain? A rank correlation, with two permutation tests that say how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pandas as pd
from scipy.stats import permutation_test, rankdata, spearmanr

from engine.results.profiles import SINGLE, jaccard, profile
from engine.results.reported import TITLES, columns

RESAMPLES = 9_999


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A Spearman correlation over cells and its one-sided p-values (overlap goes with gain)."""

    rho: float
    cells: int
    p_cells: float
    """Cells shuffled one by one (seeded draws): too small, since cells of one row or column depend on each other."""
    p_profiles: float
    """Whole profiles exchanged between the pre-training tasks, all orders: keeps that dependence."""
    orders: int


def cells(gains: pd.DataFrame) -> pd.DataFrame:
    """The known cells of the five single-task variants: ``variant``, ``column``, ``title``, ``task``, ``overlap``, ``gain``."""
    rows = [{"variant": variant, "title": f"{TITLES[variant]} on {column.title}", "column": column.key, "task": column.task,
             "overlap": jaccard(profile(variant), profile(column.task)), "gain": float(gains.at[variant, column.key])}
            for variant in SINGLE for column in columns()]
    return pd.DataFrame(rows).dropna(subset="gain").reset_index(drop=True)


def spearman(table: pd.DataFrame) -> float | None:
    """Rank correlation of overlap and gain over the rows of `cells`; ``None`` where either does not vary."""
    if table["overlap"].nunique() < 2 or table["gain"].nunique() < 2:
        return None
    return _rho(table["overlap"].to_numpy(), table["gain"].to_numpy())


def relation(gains: pd.DataFrame, *, seed: int = 0) -> Relation | None:
    """`spearman` of the cells of ``gains`` with its p-values; ``None`` where there is none.

    Args:
        gains: A matrix of `engine.results.tables.matrix`.
        seed: Of the draws behind ``p_cells``.
    """
    table = cells(gains)
    rho = spearman(table)
    if rho is None:
        return None
    exchanged = _exchanged(table)
    return Relation(rho=rho, cells=len(table), p_cells=_p_cells(table, seed), orders=len(exchanged),
                    p_profiles=float(np.mean(exchanged >= rho - 1e-12)))


def _rho(one: np.ndarray, other: np.ndarray) -> float:
    return float(spearmanr(one, other).statistic)


def _p_cells(table: pd.DataFrame, seed: int) -> float:
    overlap, gain = (rankdata(table[name]) for name in ("overlap", "gain"))
    done = permutation_test((overlap,), lambda drawn, axis: (drawn * gain).sum(axis=axis), permutation_type="pairings", vectorized=True,
                            n_resamples=RESAMPLES, alternative="greater", rng=np.random.default_rng(seed))
    return float(done.pvalue)  # the sum of products orders the draws as rho does, and costs a hundredth


def _exchanged(table: pd.DataFrame) -> np.ndarray:
    """The correlation under each way to hand the present variants' profiles to one another (five: 120 ways)."""
    present = [variant for variant in SINGLE if variant in set(table["variant"])]
    overlaps = {(v, t): jaccard(profile(v), profile(t)) for v in present for t in table["task"].unique()}
    gain, pairs = table["gain"].to_numpy(), list(zip(table["variant"], table["task"], strict=True))
    found = []
    for order in permutations(present):
        swap = dict(zip(present, order, strict=True))
        found.append(_rho(np.array([overlaps[swap[v], t] for v, t in pairs]), gain))
    return np.array(found)
