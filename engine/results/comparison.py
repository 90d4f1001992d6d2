"""Which variants differ from a baseline, and by how much: each cell of a matrix with its interval, p-value and verdict.

Compared are the same rows under the same seeds (`engine.results.paired`); Holm's correction is over all cells of the matrix.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.results import paired, predictions
from engine.results.settings import CELL, Setting, comparable, frame, settings
from engine.results.store import Result

__all__ = ["Difference", "Setting", "compare", "every_pair", "pair", "settings", "verdict_of"]

Runs = Mapping[str, Mapping[int, Result]]
"""Variant to seed to row, all of one task, corpus, protocol and split."""
SECOND_READING = "_dedup"
"""Ends the name of a metric that reads the answers of another one again (`engine.tasks.metrics`)."""
ONE_SEED, NO_PREDICTIONS, OTHER_ROWS, ONE_DIALOGUE = "one seed", "no predictions stored", "other rows", "one dialogue"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One variant's metric beside another's; percent and percentage points, NaN where something cannot be said."""

    variant: str
    column: str
    """``task.corpus.metric``, as `engine.results.reported.Column.key`."""
    task: str
    corpus: str
    protocol: str
    metric: str
    value: float
    """Mean over the seeds that both have, as the next."""
    base_value: float
    difference: float
    low: float
    high: float
    """95 % interval, over rows and seeds; over rows alone where there is one seed."""
    effect: float
    """The difference in units of ``seed_sd``."""
    seed_sd: float
    """Standard deviation over seeds (n - 1), pooled over all variants of the column."""
    p: float
    p_mcnemar: float
    """Of one seed's answers, where the metric is a share of all rows."""
    reason: str
    """Why nothing can be told, where that is no matter of size."""
    seeds: int
    examples: int
    split: str

    @property
    def verdict(self) -> str:
        """``better``, ``worse`` or ``cannot tell``, without correction for other comparisons."""
        return verdict_of(self.difference, self.p, self.reason)


COLUMNS = [*(field.name for field in fields(Difference)), "p_holm", "verdict"]


def compare(results: Iterable[Result], *, baseline: str, setting: Setting) -> pd.DataFrame:
    """Every variant against ``baseline`` wherever both were measured: a row of `Difference` each, with ``p_holm`` and ``verdict``.

    Raises:
        InputError: Stored predictions are damaged.
    """
    rows = comparable(frame(results), setting, needed=[baseline])
    found = [difference for runs in _cells(rows) for difference in _differences(runs, [name for name in runs if name != baseline], baseline)]
    table = pd.DataFrame([asdict(difference) for difference in found], columns=[field.name for field in fields(Difference)])
    table["p_holm"] = _corrected(table)
    table["verdict"] = [verdict_of(*cell) for cell in zip(table["difference"], table["p_holm"], table["reason"], strict=True)]
    return table


def _corrected(table: pd.DataFrame) -> pd.Series:
    """Holm's correction over all cells; second readings of a metric (``_dedup``) are a matrix of their own, since they decide the same question."""
    p, again = table["p"].where(table["reason"] == ""), table["metric"].str.endswith(SECOND_READING)
    return pd.concat([pd.Series(paired.holm(part.to_numpy(float)), index=part.index) for part in (p[~again], p[again])]).reindex(table.index)


def pair(results: Iterable[Result], one: str, other: str, *, task: str, corpus: str, protocol: str, metric: str, setting: Setting) -> Difference | None:
    """``one`` against ``other`` in one cell, its p-value not corrected; None where they were not measured side by side.

    Raises:
        InputError: Stored predictions are damaged.
    """
    here = (result for result in results if (result.task, result.corpus, result.protocol) == (task, corpus, protocol))
    rows = comparable(frame(here), setting, needed=[one, other])
    found = (difference for runs in _cells(rows) for difference in _differences(runs, [one], other, metric))
    return next(found, None)


def every_pair(results: Iterable[Result], *, setting: Setting | None) -> Iterator[tuple[str, Difference]]:
    """Every two variants of every cell: the second's name with the first's difference to it, each pair once in the order of names.

    P-values are not corrected; the stored predictions of a cell are read once for all its pairs. Without a ``setting``, each cell
    has its own: the one under which most variants were measured.

    Raises:
        InputError: Stored predictions are damaged.
    """
    for runs in _cells(comparable(frame(results), setting)):
        answers, names, scales = Answers.of([row for mine in runs.values() for row in mine.values()]), sorted(runs), _scales(runs)
        for place, other in enumerate(names[1:], start=1):
            yield from ((other, found) for found in _differences(runs, names[:place], other, answers=answers, scales=scales))


def verdict_of(difference: float, p: float, reason: str) -> str:
    """``better``, ``worse`` or ``cannot tell``; a ``reason`` why nothing can be told decides."""
    if reason or not p < paired.LEVEL:
        return "cannot tell"
    return "better" if difference > 0 else "worse"


def _cells(rows: pd.DataFrame) -> Iterator[Runs]:
    """The rows of each task, corpus and protocol by variant and seed."""
    for _, cell in rows.groupby(CELL, sort=True):
        yield {variant: dict(zip(mine["seed"], mine["result"], strict=True)) for variant, mine in cell.groupby("variant", sort=False)}


def _scales(runs: Runs) -> dict[str, tuple[float, paired.Variance]]:
    """Of each metric of a cell: standard deviation over seeds, and a score's variance over seeds."""
    names = list(next(iter(next(iter(runs.values())).values())).metrics)
    scores = {name: 100 * pd.DataFrame({variant: {seed: row.metrics.get(name, nan) for seed, row in mine.items()} for variant, mine in runs.items()}).T
              for name in names}
    return {name: (paired.spread(table), paired.over_seeds(table)) for name, table in scores.items()}


def _differences(runs: Runs, variants: Sequence[str], baseline: str, metric: str | None = None, answers: Answers | None = None,
                 scales: Mapping[str, tuple[float, paired.Variance]] | None = None) -> Iterator[Difference]:
    """All metrics of a cell, or one; the draws of dialogues are the same for all variants."""
    scales = scales or _scales(runs)
    answers = answers or Answers.of([row for name in (baseline, *variants) for row in runs[name].values()])
    names = [name for name in next(iter(runs[baseline].values())).metrics if name in scales]
    for name in names if metric is None else {metric}.intersection(names):
        for variant in variants:
            if (found := _difference(runs, variant, baseline, name, answers, scales[name])) is not None:
                yield found


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The stored predictions of a cell's models and their metrics under the same draws of dialogues."""

    outcomes: Mapping[str, pd.DataFrame]
    """Fine-tuning run to its predictions."""
    drawn: Mapping[str, Mapping[str, NDArray[np.float64]]]
    """Fine-tuning run to metric to one value a draw; only of runs that answered the same rows."""
    dialogues: int

    @classmethod
    def of(cls, rows: Sequence[Result]) -> Answers:
        """Of the rows that have predictions; the first of them says which examples are compared."""
        found = {row.finetuning: predictions.read(row, answers=False) for row in rows if predictions.has(row)}
        first = next((kept["id"] for kept in found.values()), pd.Series(dtype=str))
        alike = [run for run, kept in found.items() if kept["id"].equals(first)]
        owners = first.str.rpartition("#")[0] if len(first) else first
        drawn = paired.resampled([found[run] for run in alike], owners.tolist()) if alike else []
        return cls(outcomes=found, drawn=dict(zip(alike, drawn, strict=True)), dialogues=owners.nunique())

    def reason(self, pairs: Sequence[tuple[Result, Result]]) -> str:
        """Why these pairs of runs cannot be compared row by row; empty where they can."""
        runs = {row.finetuning for both in pairs for row in both}
        if not runs <= self.outcomes.keys():
            return NO_PREDICTIONS
        return OTHER_ROWS if not runs <= self.drawn.keys() else ONE_DIALOGUE if self.dialogues < 2 else ""


def _difference(runs: Runs, variant: str, baseline: str, metric: str, answers: Answers, scale: tuple[float, paired.Variance]) -> Difference | None:
    pairs = _pairs(runs[variant], runs[baseline], metric, answers)
    if not pairs:
        return None
    mine, base = (100 * float(np.mean([both[place].metrics[metric] for both in pairs])) for place in (0, 1))
    unpaired = answers.reason(pairs)
    test = paired.Test(low=nan, high=nan, p=nan) if unpaired else _test(pairs, mine - base, metric, answers, scale[1])
    seed_sd, row = scale[0], pairs[0][0]
    effect = (mine - base) / seed_sd if len(pairs) > 1 and seed_sd > 0 else nan
    return Difference(
        variant=variant, column=f"{row.task}.{row.corpus}.{metric}", task=row.task, corpus=row.corpus, protocol=row.protocol, metric=metric,
        value=mine, base_value=base, difference=mine - base, low=test.low, high=test.high, effect=effect, seed_sd=seed_sd, p=test.p,
        p_mcnemar=nan if unpaired or len(pairs) > 1 else _mcnemar(pairs[0], metric, answers),
        reason=unpaired or (ONE_SEED if len(pairs) == 1 else ""), seeds=len(pairs), examples=row.examples, split=row.split)


def _pairs(mine: Mapping[int, Result], base: Mapping[int, Result], metric: str, answers: Answers) -> list[tuple[Result, Result]]:
    """The rows of common seeds; where some have predictions, those."""
    common = [(mine[seed], base[seed]) for seed in sorted(mine.keys() & base.keys()) if metric in mine[seed].metrics and metric in base[seed].metrics]
    return [both for both in common if not answers.reason([both])] or common


def _test(pairs: Sequence[tuple[Result, Result]], difference: float, metric: str, answers: Answers, noise: paired.Variance) -> paired.Test:
    drawn = 100 * np.array([answers.drawn[one.finetuning][metric] - answers.drawn[other.finetuning][metric] for one, other in pairs])
    rows, shared = paired.over_rows(drawn, answers.dialogues)
    of_seeds = paired.Variance(value=2 * noise.value / len(pairs), degrees=noise.degrees) if len(pairs) > 1 else None
    return paired.student(difference, rows, of_seeds, shared)


def _mcnemar(pair: tuple[Result, Result], metric: str, answers: Answers) -> float:
    one, other = (answers.outcomes[row.finetuning] for row in pair)
    num, den = f"{metric}.num", f"{metric}.den"
    if num not in one or num not in other or not (one[den].eq(1).all() and other[den].eq(1).all()):
        return nan
    return paired.mcnemar_p(one[num].to_numpy(bool), other[num].to_numpy(bool))
