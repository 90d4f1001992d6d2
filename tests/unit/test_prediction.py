"""Predictors against gains: known agreements, dependence between cells, and joins with measured rows."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from engine.results.agreement import agreement, all_orders, bootstrap, p_value, rhos_under, spearman
from engine.results.prediction import PREDICTORS, Question, Readings, cell_of, needs, outcome, over_baseline, predicted, selectivity, summary
from engine.results.profiles import SINGLE, overlap
from engine.results.reported import columns, further_pretraining
from engine.results.statistics import relation
from engine.results.tables import matrix

KEYS = ["intent.oos.acc_all", "dialogue_act.dstc2.f1_micro", "dialogue_act.dstc2.f1_macro", "response_selection.gsim.r100_at_1"]
NOTHING = Readings(abilities=pd.DataFrame(columns=["variant", "fingerprint"]), scores=pd.DataFrame(columns=["variant", "fingerprint"]))


def table(values: np.ndarray, keys: list[str] = KEYS) -> pd.DataFrame:
    return pd.DataFrame(values, index=[f"v{number}" for number in range(len(values))], columns=keys)


def noise(rows: int, seed: int) -> pd.DataFrame:
    return table(np.random.default_rng(seed).normal(size=(rows, 4)))


def test_a_perfect_predictor() -> None:
    gains = noise(5, 0)
    found = agreement(gains * 7, gains, gains)
    assert (found.rho, found.tau, found.ndcg, found.regret) == pytest.approx((1, 1, 1, 0))
    assert (found.p_rho, found.orders) == (pytest.approx(1 / 120), 120)
    assert found.verdict == "works"
    assert found.without == {"intent": pytest.approx(1), "dialogue_act": pytest.approx(1), "response_selection": pytest.approx(1)}


def test_a_reversed_predictor_does_not() -> None:
    gains = noise(5, 0)
    found = agreement(-gains, gains, gains)
    assert (found.rho, found.p_rho, found.verdict) == (pytest.approx(-1), pytest.approx(1), "does not")
    assert found.regret == pytest.approx(float((gains.max() - gains.min()).mean()))


def test_a_constant_is_what_choosing_at_random_gives() -> None:
    gains = noise(4, 3)
    found = agreement(gains * 0, gains, gains)
    assert np.isnan(found.rho) and np.isnan(found.low) and np.isnan(found.p_rho)
    assert found.verdict == "reference"
    assert found.regret == pytest.approx(float((gains.max() - gains.mean()).mean()))
    drawn = [agreement_ndcg(order, gains) for order in permutations(range(4))]
    assert found.ndcg == pytest.approx(np.mean(drawn))


def agreement_ndcg(order: tuple[int, ...], gains: pd.DataFrame) -> float:
    """By the definition: the same favourite order in every column."""
    shares = (gains - gains.min()) / (gains.max() - gains.min())
    discounts = 1 / np.log2(np.arange(2, len(gains) + 2))
    return float(np.mean([(share.to_numpy()[list(order)] @ discounts) / (np.sort(share)[::-1] @ discounts) for _, share in shares.items()]))


def test_whole_variants_are_exchanged() -> None:
    """A predictor that only knows which variant is good has no more evidence than there are variants, however many columns."""
    good = np.array([0.0, 1.0, 2.0])[:, None]
    gains = table(good + 0.01 * np.random.default_rng(0).normal(size=(3, 40)), [f"intent.oos.m{number}" for number in range(40)])
    found = agreement(table(np.tile(good, 40), list(gains.columns)), gains, gains)
    assert found.rho > 0.9
    assert found.p_rho == found.p_tau == pytest.approx(1 / 6)


def test_unrelated_predictions_reach_the_level_as_often_as_they_may() -> None:
    """Also where the cells of a variant are nearly the same, which a test that shuffles cells takes for evidence."""
    found = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        told, gains = (rng.normal(size=(5, 1)) + 0.1 * rng.normal(size=(5, 6)) for _ in "ab")
        orders = all_orders(5, seed)
        found.append(p_value(rhos_under(told, gains, orders), spearman(told, gains)))
    assert np.mean([p < 0.05 for p in found]) <= 0.09
    assert 0.4 < np.mean(found) < 0.6


def test_spearman_is_scipys() -> None:
    told, gains = (np.round(np.random.default_rng(seed).normal(size=(5, 8)), 1) for seed in (0, 1))
    assert spearman(told, gains) == pytest.approx(spearmanr(told.ravel(), gains.ravel()).statistic)
    assert rhos_under(told, gains, all_orders(5, 0))[0] == pytest.approx(spearman(told, gains))
    assert len(all_orders(8, 0)) == 1_000 and all_orders(8, 0)[0].tolist() == list(range(8))


def test_the_interval_draws_whole_blocks() -> None:
    """Columns that repeat one another do not make the interval narrow, unless they are taken for different corpora."""
    told, gains = noise(5, 1).iloc[:, :1], noise(5, 1).iloc[:, :1] + noise(5, 2).iloc[:, 0].to_numpy()[:, None]
    many = [f"intent.oos.m{number}" for number in range(20)]
    low, high = bootstrap(table(np.tile(told, 20), many), table(np.tile(gains, 20), many), seed=0)
    once = bootstrap(told, gains, seed=0)
    assert (low, high) == pytest.approx(once, abs=0.1)
    assert high - low > 0.5


def test_the_papers_numbers_agree_with_the_page_of_relations() -> None:
    question = Question(source="paper", baseline="mlm", group="single")
    found = outcome("overlap", question, further_pretraining(), NOTHING)
    before = relation(matrix(further_pretraining(), baseline="mlm", scaling="max_abs"))
    assert found.agreement is not None and before is not None
    assert (found.agreement.rho, found.agreement.p_rho, found.agreement.cells) == (pytest.approx(before.rho, abs=1e-4), pytest.approx(before.p_profiles), 90)
    assert found.agreement.verdict == "cannot tell"


def readings(strength: dict[str, float], cell: str = "dialogue_act.gsim.released") -> Readings:
    """One probe of coherence and one scored cell per variant."""
    about = {"group": "coherence", "subject": "next_turn"}
    ability = [{"variant": name, "selectivity": value, "fingerprint": f"f-{name}", **about} for name, value in strength.items()]
    score = [{"variant": name, "subject": cell, "logme": value, "fingerprint": f"f-{name}"} for name, value in strength.items()]
    return Readings(abilities=pd.DataFrame(ability), scores=pd.DataFrame(score))


def test_measured_abilities_count_where_the_task_needs_them() -> None:
    known = readings({"mlm": 0.1, "crm": 0.3, "dsp": 0.2})
    told = predicted("match", Question(), known, {}, columns())
    assert told.loc[["crm", "dsp"], "response_selection.gsim.r100_at_1"].tolist() == pytest.approx([2.0, 1.0])
    assert told.drop(columns=[column.key for column in columns() if column.task == "response_selection"]).isna().all(axis=None)
    assert selectivity(known.abilities).at["crm", "coherence"] == 0.3
    assert needs("response_selection") == ["coherence"]


def test_scores_serve_the_columns_of_their_cell() -> None:
    told = predicted("logme", Question(), readings({"mlm": 1.0, "crm": 3.0, "dsp": 1.0}), {("dialogue_act", "gsim"): "released"}, columns())
    assert sorted(told.columns[told.notna().any()]) == ["dialogue_act.gsim.f1_macro", "dialogue_act.gsim.f1_micro"]
    assert told.at["crm", "dialogue_act.gsim.f1_micro"] > told.at["dsp", "dialogue_act.gsim.f1_micro"] == 0


def test_a_cell_is_found_by_its_protocol() -> None:
    subjects = ["dialogue_act.gsim.paper", "dialogue_act.gsim.released", "response_selection.gsim.paper"]
    assert cell_of(subjects, "dialogue_act", "gsim", "released") == subjects[1]
    assert cell_of(subjects, "response_selection", "gsim", "released") == subjects[2]
    assert cell_of(subjects, "intent", "oos", "default") is None


def test_nothing_is_predicted_without_the_baseline() -> None:
    assert over_baseline(pd.DataFrame({"a": [1.0, 2.0]}, index=["crm", "dsp"]), "mlm").isna().all(axis=None)


def test_only_readings_of_the_measured_weights_count() -> None:
    measured = pd.DataFrame({"variant": ["mlm", "crm"], "fingerprint": ["f-mlm", "other"]})
    assert readings({"mlm": 1.0, "crm": 2.0}).of(measured).scores["variant"].tolist() == ["mlm"]


def test_variants_that_were_not_measured_leave_the_cells_of_the_others() -> None:
    values = further_pretraining().query("variant in ('mlm', 'crm', 'dsp') and task == 'response_selection'")
    found = outcome("overlap", Question(source="measured"), values, NOTHING)
    assert found.cells["variant"].unique().tolist() == ["dsp", "crm"]
    assert found.cells["column"].nunique() == 6
    assert found.agreement is not None and found.agreement.without == {}


def test_every_predictor_has_a_row() -> None:
    question = Question(source="measured")
    rows = summary([outcome(name, question, further_pretraining(), NOTHING) for name in PREDICTORS])
    assert rows["predictor"].tolist() == [entry.title for entry in PREDICTORS.values()]
    assert rows.set_index("predictor").loc["LogME", "verdict"] == "not measured"
    assert set(question.variants) == set(SINGLE)
    assert overlap("crm", "response_selection") == predicted("overlap", question, NOTHING, {}, columns()).at["crm", "response_selection.gsim.r100_at_1"]
