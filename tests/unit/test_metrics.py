"""The metrics against hand-computed cases and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from engine.errors import InputError
from engine.tasks.metrics import act_scores, batches, intent_scores, ranking_scores, recall_at_k, state_scores


def test_intent_scores_by_hand() -> None:
    right = ["a", "a", "b", "oos", "oos"]
    guessed = ["a", "oos", "a", "oos", "b"]
    # out of scope against the rest: rows 1 (said oos) and 4 (missed) are wrong, row 2 is right although the intent is not.
    assert intent_scores(right, guessed) == pytest.approx({"acc_all": 2 / 5, "acc_in": 1 / 3, "acc_out": 3 / 5, "recall_out": 1 / 2})


def test_undefined_intent_scores_are_left_out() -> None:
    assert set(intent_scores(["a"], ["a"])) == {"acc_all", "acc_out", "acc_in"}
    assert set(intent_scores(["oos"], ["a"])) == {"acc_all", "acc_out", "recall_out"}


def test_macro_f1_counts_absent_columns_as_zero() -> None:
    right, guessed = [("inform",), ("inform", "request")], [("inform",), ("inform",)]
    # inform: F1 1; request: F1 0; two columns that nobody uses: 0. Micro: 2 TP, 0 FP, 1 FN.
    scores = act_scores(right, guessed, ("bye", "inform", "request", "user-hi"))
    assert scores == pytest.approx({"f1_macro": 1 / 4, "f1_micro": 4 / 5})


def test_an_act_without_a_column_is_an_error() -> None:
    assert act_scores([("inform", "new")], [("inform",)], ("inform",)) == pytest.approx({"f1_macro": 1 / 2, "f1_micro": 2 / 3})


def test_act_scores_agree_with_scikit_learn() -> None:
    names = tuple("abcdef")
    gold, guess = np.random.default_rng(3).integers(0, 2, (2, 50, 6))
    named = [[tuple(np.array(names)[row == 1]) for row in rows] for rows in (gold, guess)]
    scores = act_scores(named[0], named[1], names)
    for average in ("micro", "macro"):
        assert scores[f"f1_{average}"] == pytest.approx(f1_score(gold, guess, average=average))


def test_batches_cover_every_row_once_and_top_up_the_last() -> None:
    found = batches(250, seed=7)
    assert sorted(row for batch in found for row in batch.rows) == list(range(250))
    assert [len(batch.columns) for batch in found] == [100, 100, 100]
    assert all(batch.columns[:len(batch.rows)] == batch.rows for batch in found)
    assert found[2].columns[50:] == found[1].rows[:50]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 200])
def test_batches_that_need_no_topping_up(count: int) -> None:
    assert all(batch.rows == batch.columns for batch in batches(count))


def test_batches_are_a_function_of_the_seed() -> None:
    assert batches(300, seed=1) == batches(300, seed=1)
    assert batches(300, seed=1) != batches(300, seed=2)


def test_recall_with_a_topped_up_last_batch() -> None:
    responses = [f"response {row}" for row in range(5)]
    first, last = batches(5, size=3)
    assert (len(first.rows), len(last.rows), len(last.columns)) == (3, 2, 3)
    perfect = np.eye(3)
    lured = np.array([[0.5, 0.1, 0.9], [0.2, 0.8, 0.1]])  # row 0 prefers the response that tops the batch up
    scores = ranking_scores(responses, [(first, perfect), (last, lured)])
    assert scores["r100_at_1"] == pytest.approx(4 / 5)
    assert scores["r100_at_3"] == 1.0


def test_identical_responses_are_right_only_when_deduplicated() -> None:
    (batch,) = batches(2)
    lured = np.array([[0.1, 0.9], [0.9, 0.1]])
    scores = ranking_scores(["you are welcome", "you are welcome"], [(batch, lured)])
    assert (scores["r100_at_1"], scores["r100_at_1_dedup"]) == (0.0, 1.0)


def test_several_seeds_are_averaged_and_no_row_may_be_missing() -> None:
    perfect = [(batch, np.eye(3)) for batch in batches(3, seed=0)]
    wrong = [(batch, np.roll(np.eye(3), 1, axis=1)) for batch in batches(3, seed=1)]
    assert ranking_scores(["a", "b", "c"], perfect + wrong)["r100_at_1"] == pytest.approx(1 / 2)
    with pytest.raises(AssertionError, match="every example"):
        ranking_scores(["a", "b", "c", "d"], perfect)


def test_of_ties_the_later_column_ranks_higher() -> None:
    assert recall_at_k(np.zeros((3, 3)), 1) == [False, False, True]
    assert recall_at_k(np.zeros((3, 3)), 2) == [False, True, True]


def test_state_scores_by_hand() -> None:
    picklists = {"hotel-area": ("none", "dontcare", "centre", "west"), "taxi-leaveat": ("none", "dontcare", "10:15")}
    right = [{"hotel-area": "centre|west"}, {}, {"hotel-area": "west"}, {"taxi-leaveat": "19:35"}]
    guessed = [{"hotel-area": "west"}, {}, {"hotel-area": "west", "taxi-leaveat": "10:15"}, {"taxi-leaveat": "19:35"}]
    # Row 3: the gold value is in no picklist, so even its literal repetition is an error.
    assert state_scores(right, guessed, picklists) == pytest.approx({"joint_acc": 2 / 4, "slot_acc": 6 / 8})


def test_a_gold_slot_without_a_picklist_spoils_its_row() -> None:
    scores = state_scores([{"bus-day": "monday"}, {}], [{}, {}], {"hotel-area": ("none", "dontcare")})
    assert scores == pytest.approx({"joint_acc": 1 / 2, "slot_acc": 1.0})


@pytest.mark.parametrize(("right", "guessed", "said"), [([], [], "no row"), (["a"], ["a", "b"], "1 rows have 2 answers")])
def test_rows_that_do_not_pair_up_are_refused(right: list[str], guessed: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        intent_scores(right, guessed)
