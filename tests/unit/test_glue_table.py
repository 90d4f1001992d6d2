"""DialoGLUE's table: the paper's numbers as printed, ours over seeds, only what may be compared in one column."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.results.glue import GlueScore
from engine.results.glue_table import SETS, beside, measured, reported, shared, summary
from engine.zoo.glue import GLUE_SETS
from ui.zoo_results_glue import TITLES

near = pytest.approx


def fine_tuned(encoder: str = "base", value: float = 50.0, *, dataset: str = "banking", **more: Any) -> GlueScore:
    """A made-up row."""
    metric = GLUE_SETS[dataset].headline
    row = GlueScore(encoder=encoder, weights="w1", run="r", dataset=dataset, shots="full", recipe="cpu", metric=metric, metrics={metric: value}, dev=value,
                    protocol="As said.", trained_examples=300, available_examples=300, dev_examples=10, examples=100, steps=30, tokens=1000,
                    tokens_seen=0 if encoder == "base" else 450_000, seed=0, seconds=1.0, scoring_seconds=1.0, hardware="two cores", commit="0123abcd",
                    command="python -m engine zoo glue", versions={}, created="2026-01-01T00:00:00")
    return replace(row, **more)


def test_sets_are_those_of_dialoglue() -> None:
    assert set(SETS) == set(GLUE_SETS) == set(TITLES)


def test_the_papers_table_is_as_printed() -> None:
    table = reported().set_index("model")
    assert list(table.index) == ["ConvBERT", "ConvBERT*", "BART-base", "DialogZoo-BART", "T5-base", "DialogZoo-T5"]
    assert table.loc["DialogZoo-T5"].tolist() == [93.02, 97.31, 93.16, 96.07, 90.76, 82.04, 60.58, 87.56]
    off = (table[list(SETS)].mean(axis=1) - table["mean"]).abs()
    assert off.idxmax() == "T5-base" and off.max() == near(0.213, abs=0.001), "a slip of the paper's, which the page tells"
    assert off.drop("T5-base").max() < 0.005, "the other printed means are those of the seven columns"


def test_seeds_are_averaged_and_a_row_measured_again_counts_once() -> None:
    rows = [fine_tuned(value=10), fine_tuned(value=40), fine_tuned(value=50, seed=1), fine_tuned(value=1, shots="10")]
    (cell,) = measured(rows, "full").to_dict("records")
    assert (cell["score"], cell["seeds"], cell["n"], cell["trained"]) == (45, 2, 100, 300) and cell["sd"] == near(50**0.5)
    assert measured(rows, "10")["score"].tolist() == [1] and measured([], "full").empty


def test_only_the_newest_weights_and_one_setting_stand_in_a_column() -> None:
    later = {"created": "2026-01-02T00:00:00"}
    rows = [fine_tuned("compact", 1, weights="w0"), fine_tuned("compact", 60, **later), fine_tuned("base", 50),
            fine_tuned("base", 80, steps=900, **later), fine_tuned("mlm", 70, trained_examples=20, **later)]
    assert dict(measured(rows, "full")[["encoder", "score"]].to_numpy()) == {"base": 50, "compact": 60}
    assert dict(measured(rows[3:], "full")[["encoder", "score"]].to_numpy()) == {"mlm": 70}, "of settings with as many encoders, the newest row's"


def test_ours_stand_below_the_papers_and_means_are_over_the_same_sets() -> None:
    rows = [fine_tuned(value=40), fine_tuned(value=60, dataset="top"), fine_tuned("compact", 70)]
    table = beside(rows, "full")
    assert table["kind"].tolist() == ["paper"] * 6 + ["measured"] * 2 and table["mean"].notna().sum() == 6
    assert shared(table) == ["banking"] and table.set_index("model")["shared"][["base", "compact", "T5-base"]].tolist() == [40, 70, 92.31]
    assert summary(table) == "Mean over the 1 of 7 sets that all encoders here were fine-tuned on: compact 70.0, base 40.0."
    few = beside([replace(row, shots="10") for row in rows], "10")
    assert few["model"].tolist() == ["base", "compact"] and few["tokens_seen"].tolist() == [0, 450_000]
    every = beside([fine_tuned(value=number, dataset=name) for number, name in enumerate(SETS)], "full")
    assert every["mean"].iloc[-1] == every["shared"].iloc[-1] == 3


def test_with_nothing_measured_the_paper_stands_alone() -> None:
    table = beside([], "full")
    assert len(table) == 6 and shared(table) == [] and summary(table) == "Nothing of this is measured here yet."
    assert beside([], "10").empty
    apart = beside([fine_tuned(), fine_tuned("compact", dataset="top")], "full")
    assert summary(apart) == "2 encoders were measured, but none of the sets with all of them." and apart["shared"].isna().all()
