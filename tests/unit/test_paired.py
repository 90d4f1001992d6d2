"""The statistics behind a verdict against closed forms and against scipy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel

from engine.results import paired
from engine.results.outcomes import metrics, table
from engine.results.paired import Variance


def test_the_draws_are_a_function_of_the_seed() -> None:
    weights = paired.dialogue_weights(50)
    assert weights.shape == (2_000, 50) and set(weights.sum(axis=1)) == {50}
    assert (paired.dialogue_weights(50, seed=1) != weights).any()
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 1


def test_dialogues_are_drawn_whole() -> None:
    rng = np.random.default_rng(0)
    hits = np.repeat(rng.random(200) < 0.6, 5)  # all five rows of a dialogue are right, or none
    [drawn] = paired.resampled([table({"acc": (hits, 1)})], [f"d{place // 5}" for place in range(1_000)])
    assert drawn["acc"].var() == pytest.approx(hits.mean() * (1 - hits.mean()) / 200, rel=0.15)


def test_draws_give_the_metrics_of_the_drawn_rows() -> None:
    rng = np.random.default_rng(1)
    f1 = {f"f1_macro.{label}": (2 * hit, 2 * hit + rng.integers(0, 2, 30)) for label in "ab" if (hit := rng.integers(0, 2, 30)) is not None}
    dialogues = [f"d{place // 3}" for place in range(30)]
    frames = [table({"acc": (rng.integers(0, 2, 30), 1), **f1}), table({"acc": (rng.integers(0, 2, 30), 1)})]
    found = paired.resampled(frames, dialogues)
    times = np.repeat(paired.dialogue_weights(10)[7], 3)
    for frame, drawn in zip(frames, found, strict=True):
        assert {name: values[7] for name, values in drawn.items()} == pytest.approx(metrics(frame.loc[frame.index.repeat(times)]))


def test_two_variants_and_no_rows_noise_are_the_paired_t_test() -> None:
    scores = pd.DataFrame([[80.1, 81.0, 79.5], [81.2, 81.4, 80.9]], index=["mlm", "crm"])
    noise = paired.over_seeds(scores)
    assert noise.degrees == 2
    difference = float((scores.loc["crm"] - scores.loc["mlm"]).mean())
    found = paired.student(difference, Variance(value=0.0, degrees=99), Variance(value=2 * noise.value / 3, degrees=2))
    expected = ttest_rel(scores.loc["crm"], scores.loc["mlm"])
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()))


def test_seed_noise_leaves_out_what_a_seed_does_to_all() -> None:
    steady = pd.DataFrame([[1.0, 5.0, 2.0], [2.0, 6.0, 3.0], [0.0, 4.0, 1.0]])
    assert paired.over_seeds(steady).value == pytest.approx(0.0) and paired.over_seeds(steady).degrees == 4
    assert paired.over_seeds(steady.mask(steady == 6.0)).degrees == 3
    assert paired.spread(steady) == pytest.approx(np.std([1.0, 5.0, 2.0], ddof=1))
    assert np.isnan(paired.spread(steady[[0]])) and paired.over_seeds(steady[[0]]).degrees == 0


def test_rows_and_seeds_do_not_count_the_same_noise_twice() -> None:
    """Answers that are all chance: their variance is p (1 - p) / (N S) for each model, whichever way it is looked at."""
    hits = np.random.default_rng(2).random((6, 1_500)) < 0.5
    drawn = [values["acc"] for values in paired.resampled([table({"acc": (hit, 1)}) for hit in hits], [str(n) for n in range(1_500)])]
    rows, shared = paired.over_rows(np.array(drawn[:3]) - np.array(drawn[3:]), 1_500)
    assert rows.value == pytest.approx(2 * 0.25 / (3 * 1_500), rel=0.15)
    assert shared == pytest.approx(rows.value, rel=0.2) and rows.degrees == 1_499


def test_the_degenerate_ends() -> None:
    nothing = Variance(value=0.0, degrees=9)
    assert paired.student(0.0, nothing).p == 1.0 and paired.student(5.0, nothing).p == 0.0
    assert paired.student(0.0, nothing, nothing).p == 1.0


def test_holm_by_hand_and_around_gaps() -> None:
    assert paired.holm(np.array([0.01, np.nan, 0.04, 0.03])) == pytest.approx([0.03, np.nan, 0.06, 0.06], nan_ok=True)
    assert np.isnan(paired.holm(np.array([np.nan]))).all() and len(paired.holm(np.array([]))) == 0


def test_mcnemar_is_exact_where_few_disagree() -> None:
    one = np.array([True, True, True, False, False])
    assert paired.mcnemar_p(one, one[::-1]) == pytest.approx(1.0)
    assert paired.mcnemar_p(np.ones(6, bool), np.zeros(6, bool)) == pytest.approx(2 / 2**6)
