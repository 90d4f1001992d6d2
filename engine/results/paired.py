"""Two models on the same rows with the same seeds: an interval and a p-value for the difference of their metrics.

A difference varies because other rows might have been drawn (cluster bootstrap over dialogues) and because other seeds might
have (residuals of variants x seeds). Both variances are added, what they count twice is taken off, and Student's t has the
degrees of freedom of Welch and Satterthwaite. Shapes: B draws, D dialogues, N rows, S seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import t
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from engine.results.outcomes import DEN, NUM, groups, of_sums

DRAWS = 2_000
LEVEL = 0.05


@dataclass(frozen=True, kw_only=True)
class Variance:
    """A variance and how many degrees of freedom it was estimated with."""

    value: float
    degrees: float


@dataclass(frozen=True, kw_only=True)
class Test:
    """A 95 % interval around a difference, and its two-sided p-value."""

    __test__ = False  # not one of pytest's

    low: float
    high: float
    p: float


@lru_cache(maxsize=4)
def dialogue_weights(dialogues: int, draws: int = DRAWS, seed: int = 0) -> NDArray[np.uint8]:
    """How often each of D dialogues is drawn, (B, D): the same for all who ask about D dialogues; not to be written to."""
    picked = np.random.default_rng(seed).integers(0, dialogues, (draws, dialogues), dtype=np.int32)
    weights = np.array([np.bincount(row, minlength=dialogues) for row in picked], dtype=np.uint8)
    weights.flags.writeable = False
    return weights


def resampled(outcomes: Sequence[pd.DataFrame], dialogues: Sequence[str]) -> list[dict[str, NDArray[np.float64]]]:
    """Every metric of each model under the same draws of dialogues.

    Args:
        outcomes: `engine.results.outcomes` of each model, over the same N rows.
        dialogues: The dialogue of each row.

    Returns:
        Metric to B values, for each model.
    """
    owners = pd.factorize(pd.Series(dialogues))[0]
    known = [groups(frame) for frame in outcomes]
    adding = sparse.csr_array((np.ones(len(owners), np.float32), (owners, np.arange(len(owners)))))
    sums = [adding @ _counts(frame, mine) for frame, mine in zip(outcomes, known, strict=True)]
    drawn = dialogue_weights(adding.shape[0]).astype(np.float32) @ np.hstack(sums)  # counts stay far below 2^24: exact
    parts = np.split(drawn, np.cumsum([part.shape[1] for part in sums])[:-1], axis=1)
    return [of_sums(part, mine) for part, mine in zip(parts, known, strict=True)]


def _counts(outcomes: pd.DataFrame, known: Mapping[str, list[str]]) -> NDArray[np.float32]:
    """Numerators and denominators of all groups, (N, 2G)."""
    columns = [f"{group}{end}" for end in (NUM, DEN) for members in known.values() for group in members]
    return np.asarray(outcomes[columns].to_numpy(np.float32))


def over_rows(drawn: NDArray[np.float64], dialogues: int) -> tuple[Variance, float]:
    """Variance of a seed-averaged difference over rows, and the part of it that the seeds' own variance counts too.

    Args:
        drawn: Differences per seed under each draw, (S, B).
        dialogues: D, of which at least two are needed.
    """
    correction, seeds = dialogues / (dialogues - 1), len(drawn)
    together = float(np.nanvar(drawn.mean(axis=0))) * correction
    alone = float(np.nanvar(drawn, axis=1).mean()) * correction
    shared = max(0.0, alone - together) / (seeds - 1) if seeds > 1 else 0.0
    return Variance(value=together, degrees=dialogues - 1), shared


def over_seeds(scores: pd.DataFrame) -> Variance:
    """Variance of a single score over seeds, from variants x seeds (NaN where unmeasured): what neither the variant nor the seed explains.

    All variants share one variance, so that three seeds give more than two degrees of freedom.
    """
    long = scores.stack().dropna()
    design = np.hstack([pd.get_dummies(long.index.get_level_values(level), dtype=float).to_numpy() for level in (0, 1)])
    solution, _, rank, _ = np.linalg.lstsq(design, long.to_numpy(), rcond=None)
    degrees = len(long) - int(rank)
    residuals = long.to_numpy() - design @ solution
    return Variance(value=float(residuals @ residuals) / degrees if degrees else float("nan"), degrees=degrees)


def spread(scores: pd.DataFrame) -> float:
    """Standard deviation over a variant's seeds (n - 1), pooled over variants x seeds; NaN where no variant has two."""
    counts = scores.count(axis=1)
    squares = scores.var(axis=1, ddof=1) * (counts - 1)
    degrees = int((counts - 1).clip(lower=0).sum())
    return float(np.sqrt(squares.sum() / degrees)) if degrees else float("nan")


def student(difference: float, rows: Variance, seeds: Variance | None = None, shared: float = 0.0) -> Test:
    """Interval and p-value of a difference.

    Args:
        difference: Mean over seeds.
        rows: Of `over_rows`.
        seeds: Variance of the difference over seeds; None where one seed says nothing of it.
        shared: What ``rows`` and ``seeds`` both count.
    """
    total, degrees = rows.value, rows.degrees
    if seeds is not None:
        total += max(0.0, seeds.value - shared)
        parts = rows.value**2 / rows.degrees + seeds.value**2 / seeds.degrees
        degrees = max(min(rows.degrees, seeds.degrees), total**2 / parts) if parts else degrees
    error = float(np.sqrt(total))
    reach = float(t.ppf(1 - LEVEL / 2, degrees)) * error
    p = float(2 * t.sf(abs(difference) / error, degrees)) if error else float(difference == 0)
    return Test(low=difference - reach, high=difference + reach, p=p)


def mcnemar_p(one: NDArray[np.bool_], other: NDArray[np.bool_], *, exact: bool = False) -> float:
    """McNemar's p-value (exact below 25 disagreements, or wherever asked) for two models that are right or wrong on the same rows."""
    table = [[int((one & other).sum()), only := int((one & ~other).sum())], [others := int((~one & other).sum()), int((~one & ~other).sum())]]
    return float(mcnemar(table, exact=exact or only + others < 25).pvalue)


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's correction over the tests that there are; NaN stays NaN."""
    adjusted, tested = np.full(len(p), np.nan), ~np.isnan(p)
    if tested.any():
        adjusted[tested] = multipletests(p[tested], alpha=LEVEL, method="holm")[1]
    return adjusted
