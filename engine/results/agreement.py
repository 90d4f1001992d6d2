"""How well predicted and true gains agree: rank correlations that respect dependent cells, NDCG, Regret@1, leave-one-task-out.

Cells of one variant, and of one corpus, depend on each other. So the permutation test hands whole variants' predictions to one
another, and the bootstrap draws whole variants and whole corpora of a task (Owen 2007, the pigeonhole bootstrap). The gains are
taken as they are: their own error, e.g. of few seeds, is not in the interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from math import factorial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import kendalltau, rankdata
from sklearn.metrics import ndcg_score

AIM, KNOWN = 0.6, 0.25
"""A predictor works from this Spearman correlation on, if its interval lies above that of the declared overlap on the paper's numbers."""
ORDERS = 999
"""Orders drawn where there are more to hand predictions round in."""
DRAWS = 1_000
"""Bootstrap draws."""
DIGITS = 9

Values = NDArray[np.float64]

# V variants, C columns, B draws, M cells


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """One predictor against the gains of V variants in C columns."""

    rho: float
    """Spearman over all cells; NaN for a constant."""
    tau: float
    """Kendall's tau-b over all cells."""
    p_rho: float
    p_tau: float
    """One-sided: share of the orders of variants that agree as well."""
    orders: int
    low: float
    high: float
    """95 % bootstrap interval of ``rho``."""
    ndcg: float
    """Mean over columns; relevance is the gain from the column's worst (0) to its best (1); ties of the predictor count on average."""
    regret: float
    """Percentage points lost by taking the predictor's favourite in place of the best variant, mean over columns."""
    without: Mapping[str, float]
    """Spearman over the cells of the other tasks, for each task."""
    cells: int

    @property
    def verdict(self) -> str:
        """``works``, ``does not``, or ``cannot tell``; a constant is a ``reference``."""
        if np.isnan(self.rho):
            return "reference"
        if self.rho >= AIM and self.low > KNOWN:
            return "works"
        return "does not" if self.high < AIM else "cannot tell"


def agreement(told: pd.DataFrame, gains: pd.DataFrame, points: pd.DataFrame, *, seed: int = 0) -> Agreement:
    """Hold predictions against gains.

    Args:
        told: Variants x columns (`engine.results.reported.Column.key`) without NaN.
        gains: The same cells, scaled so that columns can be compared.
        points: The same cells in percentage points.
        seed: Of the orders and draws.
    """
    told, gains = told.round(DIGITS), gains.round(DIGITS)  # equal numbers that were worked out in two ways shall be tied
    one, other = told.to_numpy(float), gains.to_numpy(float)
    tasks = [str(key).partition(".")[0] for key in told.columns]
    rho, tau = spearman(one, other), float(kendalltau(one.ravel(), other.ravel()).statistic)
    orders, (low, high) = all_orders(len(one), seed), bootstrap(told, gains, seed)
    others = {task: [name != task for name in tasks] for task in dict.fromkeys(tasks)}
    return Agreement(rho=rho, tau=tau, orders=len(orders), p_rho=p_value(rhos_under(one, other, orders), rho), p_tau=p_value(_taus(one, other, orders), tau),
                     low=low, high=high, cells=one.size, ndcg=_ndcg(one, other), regret=_regret(one, points.to_numpy(float)),
                     without={task: spearman(one[:, keep], other[:, keep]) for task, keep in others.items() if any(keep)})


def spearman(one: Values, other: Values) -> float:
    """Rank correlation over all cells; NaN where either does not vary."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    left, right = (ranks - ranks.mean() for ranks in (rankdata(one), rankdata(other)))  # scipy's own takes ten times as long on so few cells
    return float(np.sum(left * right) / np.sqrt(np.sum(left**2) * np.sum(right**2)))


def all_orders(count: int, seed: int) -> NDArray[np.int64]:
    """All orders of ``count`` variants, or the present one and `ORDERS` drawn ones where there are more."""
    if factorial(count) <= ORDERS:
        return np.array(list(permutations(range(count))))
    rng = np.random.default_rng(seed)
    return np.array([range(count), *(rng.permutation(count) for _ in range(ORDERS))])


def p_value(under_orders: Values, found: float) -> float:
    """Share of orders (the present one is among them) that give at least what was found; NaN for a constant."""
    return float("nan") if np.isnan(found) else float(np.mean(under_orders >= found - 1e-12))


def rhos_under(one_VC: Values, other_VC: Values, orders_BV: NDArray[np.int64]) -> Values:
    """Spearman over all cells under each order."""
    ranks = rankdata(one_VC).reshape(one_VC.shape)[orders_BV].reshape(len(orders_BV), -1)  # an order moves ranks, it does not change them
    rank = rankdata(other_VC)
    spread = ranks[0].std() * rank.std()
    return np.asarray(((ranks - ranks.mean(1, keepdims=True)) @ (rank - rank.mean())) / (len(rank) * spread)) if spread else np.zeros(len(ranks))


def _taus(one_VC: Values, other_VC: Values, orders_BV: NDArray[np.int64]) -> Values:
    """Tau-b under each order; ties, and so the denominator, are the same in all."""
    left, right = np.triu_indices(one_VC.size, 1)
    signs = np.sign(other_VC.ravel()[left] - other_VC.ravel()[right])
    own = np.sign(one_VC.ravel()[left] - one_VC.ravel()[right])
    size = np.sqrt(np.abs(own).sum() * np.abs(signs).sum())
    return np.array([np.sign((shown := one_VC[order].ravel())[left] - shown[right]) @ signs for order in orders_BV]) / (size or 1.0)


def bootstrap(told: pd.DataFrame, gains: pd.DataFrame, seed: int) -> tuple[float, float]:
    """95 % interval of Spearman's rho, drawing whole variants and whole (task, corpus) blocks of columns; NaN for a constant."""
    one, other, rng = told.to_numpy(float), gains.to_numpy(float), np.random.default_rng(seed)
    names = [str(key).rpartition(".")[0] for key in told.columns]
    blocks = [np.flatnonzero(np.array(names) == name) for name in dict.fromkeys(names)]
    found = []
    for _ in range(DRAWS if np.ptp(one) and np.ptp(other) else 0):
        rows = rng.integers(len(one), size=len(one))
        places = np.concatenate([blocks[block] for block in rng.integers(len(blocks), size=len(blocks))])
        found.append(spearman(one[np.ix_(rows, places)], other[np.ix_(rows, places)]))
    known = [rho for rho in found if not np.isnan(rho)]
    low, high = np.quantile(known, [0.025, 0.975]) if known else (float("nan"), float("nan"))
    return float(low), float(high)


def _ndcg(told_VC: Values, gains_VC: Values) -> float:
    spread_C = np.ptp(gains_VC, axis=0)
    relevance_VC = (gains_VC - gains_VC.min(axis=0)) / np.where(spread_C > 0, spread_C, 1.0)
    varying = spread_C > 0
    return float(ndcg_score(relevance_VC.T[varying], told_VC.T[varying])) if varying.any() else float("nan")


def _regret(told_VC: Values, points_VC: Values) -> float:
    favourite_VC = told_VC == told_VC.max(axis=0)
    taken_C = (points_VC * favourite_VC).sum(axis=0) / favourite_VC.sum(axis=0)
    return float(np.mean(points_VC.max(axis=0) - taken_C))
