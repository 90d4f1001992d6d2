"""Can gains be predicted without fine-tuning? Predictors of (variant, column), laid beside the gains that they should tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from engine.results import abilities, store, tables
from engine.results.agreement import AIM, KNOWN, Agreement, agreement
from engine.results.beyond import columns_with
from engine.results.profiles import ABILITIES, SINGLE, overlap, profile
from engine.results.reported import TITLES, Column

Source = Literal["paper", "measured"]
Group = Literal["single", "all"]


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """Something known before fine-tuning that may tell the gain."""

    title: str
    note: str
    sources: tuple[Source, ...] = ("paper", "measured")
    """The gains that it is held against."""
    kind: Literal["declared", "ability", "score", "reference"]


PREDICTORS: Mapping[str, Predictor] = {
    "overlap": Predictor(title="Declared overlap", kind="declared", note="Jaccard overlap of Table 1's profiles."),
    "match": Predictor(title="Measured abilities", kind="ability", note="Selectivity of the probes of each ability that the task needs by Table 1, over the "
                       "baseline's, in standard deviations over variants, averaged."),
    "logme": Predictor(title="LogME", kind="score", sources=("measured",), note="Evidence of a linear model of the training labels, over the baseline's."),
    "h_score": Predictor(title="H-score", kind="score", sources=("measured",), note="Variance between classes in the features, over the baseline's."),
    "linear_probe": Predictor(title="Linear probe", kind="score", sources=("measured",), note="Cross-validated score on training rows, over the baseline's."),
    "constant": Predictor(title="Constant", kind="reference", note="The same for every variant: what choosing at random gives."),
}
"""Name to what it is, in the order of the table. Scores are of our encoders on our training rows, so they are not held against the paper's gains."""


@dataclass(frozen=True, kw_only=True)
class Readings:
    """What was measured on frozen variants (frames of `engine.results.abilities.frame`)."""

    abilities: pd.DataFrame
    scores: pd.DataFrame

    def of(self, measured: pd.DataFrame) -> Readings:
        """Only what belongs to the weights behind ``measured`` rows."""
        known = set(zip(measured["variant"], measured["fingerprint"], strict=True))
        kept = (frame[[pair in known for pair in zip(frame["variant"], frame["fingerprint"], strict=True)]] for frame in (self.abilities, self.scores))
        return Readings(**dict(zip(("abilities", "scores"), kept, strict=True)))


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which gains are to be told, and for whom."""

    source: Source = "paper"
    baseline: tables.Baseline = "mlm"
    group: Group = "single"
    """The five single-task variants (those of Table 1), or all but the baseline."""

    @property
    def variants(self) -> tuple[str, ...]:
        """Whose gains are told."""
        return SINGLE if self.group == "single" else tuple(name for name in TITLES if name != self.baseline)


def selectivity(abilities: pd.DataFrame) -> pd.DataFrame:
    """Variants x abilities: the mean selectivity of an ability's probes."""
    if abilities.empty:
        return pd.DataFrame(columns=list(ABILITIES), dtype=float)
    return abilities.pivot_table(index="variant", columns="group", values="selectivity").reindex(columns=list(ABILITIES))


def predicted(name: str, question: Question, readings: Readings, protocols: Mapping[tuple[str, str], str], drawn: Sequence[Column]) -> pd.DataFrame:
    """Variants x columns: what a predictor says; NaN where it was not measured.

    Args:
        name: One of `PREDICTORS`.
        question: Which variants, over which baseline.
        readings: What was measured on frozen variants.
        protocols: Task and corpus to the protocol of the gains.
        drawn: The columns: the paper's 18, and those measured beyond it.
    """
    kind, variants = PREDICTORS[name].kind, list(question.variants)
    keys = [column.key for column in drawn]
    if kind == "reference":
        return pd.DataFrame(0.0, index=variants, columns=keys)
    if kind == "declared":
        return pd.DataFrame([[overlap(variant, column.task) for column in drawn] for variant in variants], index=variants, columns=keys)
    if kind == "ability":
        strength = over_baseline(selectivity(readings.abilities), question.baseline)
        return pd.DataFrame({column.key: strength[needs(column.task)].mean(axis=1) for column in drawn}).reindex(index=variants, columns=keys)
    values = readings.scores.pivot_table(index="variant", columns="subject", values=name) if len(readings.scores) else pd.DataFrame()
    gains = over_baseline(values, question.baseline)
    told = {column.key: gains[subject] for column in drawn
            if (subject := cell_of(list(gains.columns), column.task, column.corpus, protocols.get((column.task, column.corpus), "")))}
    return pd.DataFrame(told, index=gains.index if told else None, dtype=float).reindex(index=variants, columns=keys)


def needs(task: str) -> list[str]:
    """The abilities that Table 1 says a downstream task needs.

    >>> needs("state_tracking")
    ['multi_turn_representation', 'entity_information']
    """
    return [ability for ability in ABILITIES if ability in profile(task)]


def over_baseline(values: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Difference to the baseline in standard deviations over variants, column by column; all NaN without the baseline."""
    if baseline not in values.index:
        return values * float("nan")
    spread = values.std(ddof=1)
    return (values - values.loc[baseline]) / spread.where(spread > 0, 1.0)


def cell_of(subjects: Sequence[str], task: str, corpus: str, protocol: str) -> str | None:
    """The cell whose features serve a column: of its protocol, or of the one protocol that reads the same."""
    near = [subject for subject in subjects if subject.startswith(f"{task}.{corpus}.")]
    return next((subject for subject in near if subject.endswith(f".{protocol}")), near[0] if near else None)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One predictor against the gains."""

    name: str
    cells: pd.DataFrame
    """The cells that count: ``variant``, ``column``, ``predicted``, ``gain`` (scaled), ``points``."""
    agreement: Agreement | None
    """None where fewer than two variants and one column are known."""

    @property
    def tested(self) -> bool:
        """Whether it is held against gains as a predictor, not as a reference."""
        return self.agreement is not None and self.agreement.verdict != "reference"


def outcome(name: str, question: Question, values: pd.DataFrame, readings: Readings) -> Outcome:
    """A predictor held against the gains in ``values`` (long rows of the paper, or of `tables.measured` under one protocol per cell)."""
    protocols = dict(zip(zip(values["task"], values["corpus"], strict=True), values["protocol"], strict=True)) if "protocol" in values else {}
    told = predicted(name, question, readings, protocols, columns_with(set(values["column"])))
    scaled, points = (tables.matrix(values, baseline=question.baseline, scaling=scaling).reindex(question.variants) for scaling in ("max_abs", "points"))
    known = told.notna() & scaled.notna()
    rows = [variant for variant in told.index if known.loc[variant].any()]
    keys = [key for key in told.columns if rows and known.loc[rows, key].all()]
    found = agreement(told.loc[rows, keys], scaled.loc[rows, keys], points.loc[rows, keys]) if len(rows) > 1 and keys else None
    cells = [{"variant": variant, "column": key, "predicted": told.at[variant, key], "gain": scaled.at[variant, key], "points": points.at[variant, key]}
             for variant in rows for key in keys]
    return Outcome(name=name, cells=pd.DataFrame(cells, columns=["variant", "column", "predicted", "gain", "points"]), agreement=found)


def outcomes(question: Question, values: pd.DataFrame, readings: Readings) -> list[Outcome]:
    """Every predictor that is held against these gains."""
    return [outcome(name, question, values, readings) for name, entry in PREDICTORS.items() if question.source in entry.sources]


def summary(found: Sequence[Outcome]) -> pd.DataFrame:
    """One row per predictor with every number of its agreement (NaN where there is none)."""
    rows = []
    for one in found:
        agreed = one.agreement
        numbers = {} if agreed is None else {
            **{field: getattr(agreed, field) for field in ("verdict", "rho", "low", "high", "p_rho", "tau", "p_tau", "ndcg", "regret", "cells")},
            **{f"rho_without_{task}": rho for task, rho in agreed.without.items()}}
        rows.append({"predictor": PREDICTORS[one.name].title, **({"verdict": "not measured"} | numbers)})
    return pd.DataFrame(rows)


def answer(found: Sequence[Outcome], question: Question) -> str:
    """Which predictor works, in one sentence.

    >>> answer([], Question())
    'Nothing can be said yet: no gain over MLM is known for two variants.'
    """
    agreed = {PREDICTORS[one.name].title: one.agreement for one in found if one.tested and one.agreement}
    over = f"gain over {TITLES[question.baseline]}"
    if not agreed:
        return f"Nothing can be said yet: no {over} is known for two variants."
    said = {name: f"{name} (Spearman {one.rho:.2f}, 95 % interval {one.low:.2f} to {one.high:.2f})" for name, one in agreed.items()}
    working = [said[name] for name, one in agreed.items() if one.verdict == "works"]
    if working:
        return f"{len(working)} of {len(agreed)} predictors of the {over} work{'s' if len(working) == 1 else ''}: {'; '.join(working)}."
    best = max(agreed, key=lambda name: agreed[name].rho)
    return (f"No predictor of the {over} is shown to work (Spearman of {AIM} or more with an interval above {KNOWN}): the best of {len(agreed)} is {said[best]}"
            f"{'' if agreed[best].verdict == 'does not' else ', which these cells cannot decide'}.")


def measured_answer(results: Iterable[store.Result], rows: Iterable[abilities.Measurement], *, protocol: str = "paper") -> str:
    """`answer` for the gains over MLM that were measured here, by the scores of the same frozen weights."""
    values, kept = tables.of_protocol(tables.measured(results), protocol), list(rows)
    readings = Readings(abilities=abilities.frame(kept, "ability"), scores=abilities.frame(kept, "transferability")).of(values)
    question = Question(source="measured")
    return answer(outcomes(question, values, readings), question)
