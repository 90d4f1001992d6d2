"""Per-example outcomes: of each row a numerator and a denominator per metric, from which every metric can be computed again.

A metric is the mean over its groups of sum(num) / sum(den) over rows. Columns are named ``METRIC.num`` and ``METRIC.den``, or
``METRIC.LABEL.num`` and ``METRIC.LABEL.den`` where a metric averages over labels (macro F1). Shapes: N rows, B sets of weights, G groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

NUM, DEN = ".num", ".den"


def table(counts: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> pd.DataFrame:
    """Numerators and denominators, a number a row each, as columns of small integers; a single denominator holds for all rows."""
    columns: dict[str, NDArray[np.int16]] = {}
    for group, (num, den) in counts.items():
        columns[f"{group}{NUM}"] = np.asarray(num).astype(np.int16)
        columns[f"{group}{DEN}"] = np.broadcast_to(np.asarray(den), np.shape(num)).astype(np.int16)
    return pd.DataFrame(columns)


def groups(outcomes: pd.DataFrame) -> dict[str, list[str]]:
    """Metric to its groups: itself, or ``METRIC.LABEL`` per label; a ratio that no row enters is left out.

    >>> groups(table({"acc": ([1, 0], 1), "f1.a": ([0, 0], 0), "f1.b": ([2, 0], [2, 1]), "recall": ([0, 0], 0)}))
    {'acc': ['acc'], 'f1': ['f1.a', 'f1.b']}
    """
    found: dict[str, list[str]] = {}
    for column in outcomes.columns:
        group = column.removesuffix(NUM)
        if column.endswith(NUM) and ("." in group or outcomes[f"{group}{DEN}"].any()):
            found.setdefault(group.partition(".")[0], []).append(group)
    return found


@overload
def metrics(outcomes: pd.DataFrame) -> dict[str, float]: ...


@overload
def metrics(outcomes: pd.DataFrame, weights: NDArray[Any]) -> dict[str, NDArray[np.float64]]: ...


def metrics(outcomes: pd.DataFrame, weights: NDArray[Any] | None = None) -> dict[str, Any]:
    """Every metric of N rows, as shares; other columns of ``outcomes`` are passed over.

    Args:
        outcomes: N rows of `table`.
        weights: How often each row counts, (B, N); where given, each metric is an array of B values.

    A label that no row enters counts 0. Under weights that leave a ratio without rows it is NaN.
    """
    known = groups(outcomes)
    names = [group for members in known.values() for group in members]
    counts = outcomes[[f"{group}{end}" for end in (NUM, DEN) for group in names]].to_numpy(np.float64 if weights is None else weights.dtype)
    sums = np.ones((1, len(counts))) @ counts if weights is None else weights @ counts
    found = of_sums(sums, known)
    return found if weights is not None else {name: float(values[0]) for name, values in found.items()}


def of_sums(sums: NDArray[Any], known: Mapping[str, list[str]]) -> dict[str, NDArray[np.float64]]:
    """Metrics of B sums over rows.

    Args:
        sums: (B, 2G): the numerators of all groups in the order of ``known``, then their denominators.
        known: Metric to its groups.
    """
    num, den = np.hsplit(sums.astype(np.float64), 2)
    ratios = np.divide(num, den, out=np.full_like(num, np.nan), where=den > 0)
    found, start = {}, 0
    for name, members in known.items():
        mine = ratios[:, start:start + len(members)]
        found[name] = mine[:, 0] if members == [name] else np.nan_to_num(mine).mean(axis=1)
        start += len(members)
    return found
