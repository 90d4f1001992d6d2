"""Generated texts of one task against the gold answers: every metric with its interval, and how many texts were valid at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from engine.results.paired import DRAWS, LEVEL, dialogue_weights
from engine.zoo.base import Sample, ZooTask
from engine.zoo.knowledge import Description
from engine.zoo.metrics import BESIDE, METRICS
from engine.zoo.metrics.base import Metric, Row, folded, pair_up
from engine.zoo.metrics.slots import pairs_of
from engine.zoo.metrics.sql import query_is_valid, tables_of
from engine.zoo.outputs import SLOT_VALUES, SQL, STATE

_CHUNK = 200
"""Draws that are summed at once, so that a large test set needs little memory."""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """How well texts answer the samples of one task; all numbers but ``n`` in per cent."""

    metric: str
    """Name of the headline metric."""
    metrics: Mapping[str, float]
    """The headline metric, and those beside it."""
    intervals: Mapping[str, tuple[float, float]]
    """95 % percentile bootstrap of each metric, drawing whole dialogues, documents or rows (`Sample.group`)."""
    n: int
    valid: float
    """Texts that are of the task's form and name only what the sample knows: its choices, its slots, its tables and columns."""
    readable: float
    """Texts that are of the task's form."""
    correct: Mapping[str, tuple[bool, ...]]
    """Whether each sample is right, by every metric that is a share of samples (accuracy, exact match, joint accuracy ...)."""

    @property
    def headline(self) -> float:
        """The headline metric's value."""
        return self.metrics[self.metric]


def score(task: ZooTask, samples: Sequence[Sample], texts: Sequence[str]) -> Scores:
    """Read each text as the task does and compare it with the sample's answer.

    Raises:
        InputError: There is no sample, or there are more or fewer texts.
    """
    assert all(sample.task == task.name for sample in samples), "samples of another task"
    rows = pair_up([sample.answer for sample in samples], [task.read(text) for text in texts], samples)
    groups = [f"{sample.dataset} {sample.split} {sample.group}" for sample in samples]
    found: dict[str, float] = {}
    intervals: dict[str, tuple[float, float]] = {}
    correct: dict[str, tuple[bool, ...]] = {}
    for name in (task.metric, *BESIDE.get(task.metric, ())):
        metric = METRICS[name]
        if name != task.metric and not metric.applies(rows):
            continue
        counts_NK = metric.counts(rows)
        found[name] = float(metric.value(counts_NK.sum(axis=0, keepdims=True))[0])
        intervals[name] = interval(metric, counts_NK, groups)
        if metric.binary:
            correct[name] = tuple(bool(right) for right in counts_NK[:, 0])
    return Scores(metric=task.metric, metrics=found, intervals=intervals, n=len(rows), correct=correct,
                  valid=100 * float(np.mean([is_valid(task, row) for row in rows])),
                  readable=100 * float(np.mean([row.guess is not None for row in rows])))


def is_valid(task: ZooTask, row: Row) -> bool:
    """Whether an answer is of the task's form and names only what the sample knows."""
    if row.guess is None:
        return False
    if row.sample.choices:
        return folded(row.guess) in _folded(row.sample.choices)
    if task.output is SQL:
        return query_is_valid(row.guess, tables_of(row))
    if task.output in (SLOT_VALUES, STATE) and isinstance(row.sample.knowledge, Description):
        return {slot for slot, _ in pairs_of(row.guess)} <= {folded(name) for name in row.sample.knowledge.names}
    return True


@lru_cache(maxsize=64)
def _folded(choices: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(folded, choices))


def interval(metric: Metric, counts_NK: NDArray[np.float64], groups: Sequence[str]) -> tuple[float, float]:
    """95 % percentile bootstrap of a metric, drawing whole groups; the same draws for all who ask about as many groups."""
    owners = pd.factorize(pd.Series(groups))[0]
    adding = sparse.csr_array((np.ones(len(owners)), (owners, np.arange(len(owners)))))
    sums_DK = np.asarray(adding @ counts_NK)
    weights_BD = dialogue_weights(len(sums_DK))
    drawn_B = np.concatenate([metric.value(weights_BD[start:start + _CHUNK].astype(np.float64) @ sums_DK) for start in range(0, DRAWS, _CHUNK)])
    low, high = np.quantile(drawn_B, [LEVEL / 2, 1 - LEVEL / 2])
    return float(low), float(high)
