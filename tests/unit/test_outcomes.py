"""Outcomes row by row give the scores again, for every task and whatever was answered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.results.outcomes import metrics, table
from engine.tasks import TASKS
from engine.tasks.base import Labels
from engine.tasks.metrics import batches
from engine.tasks.outcomes import act_outcomes, intent_outcomes, ranking_outcomes, ranks, state_outcomes

NAMES = ("bye", "inform", "request")
PICKLISTS = {"hotel-area": ("none", "dontcare", "north", "west"), "hotel-stars": ("none", "dontcare", "4")}
INTENTS = st.sampled_from(["oos", "book_taxi", "find_hotel"])
ACTS = st.sets(st.sampled_from([*NAMES, "nooffer"])).map(lambda acts: tuple(sorted(acts)))
STATES = st.fixed_dictionaries({}, optional={"hotel-area": st.sampled_from(["north", "north|west", "elsewhere"]), "hotel-stars": st.just("4"),
                                             "bus-day": st.just("monday")})
KINDS = {"intent": (INTENTS, Labels(names=("book_taxi", "find_hotel", "oos"))), "dialogue_act": (ACTS, Labels(names=NAMES)),
         "state_tracking": (STATES, Labels(names=tuple(PICKLISTS), values=PICKLISTS))}


def same(task: str, right: Any, guessed: Any, labels: Labels) -> None:
    found = metrics(TASKS[task].outcomes(right, guessed, labels))
    assert found == pytest.approx(dict(TASKS[task].score(right, guessed, labels)), abs=1e-12)
    assert len(TASKS[task].per_example(guessed)) == len(right)


@pytest.mark.parametrize("task", KINDS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_outcomes_give_the_score(task: str, data: st.DataObject) -> None:
    answers, labels = KINDS[task]
    pairs = data.draw(st.lists(st.tuples(answers, answers), min_size=1, max_size=12))
    same(task, [gold for gold, _ in pairs], [guess for _, guess in pairs], labels)


@settings(deadline=None, max_examples=30)
@given(count=st.integers(1, 230), seed=st.integers(0, 99))
def test_ranking_outcomes_give_the_score(count: int, seed: int) -> None:
    draws = np.random.default_rng(seed)
    responses = [f"response {n}" for n in draws.integers(0, 3 * count, count)]  # some are the same
    ranked = [(batch, np.eye(len(batch.rows), len(batch.columns)) + draws.normal(size=(len(batch.rows), len(batch.columns))).round(1))
              for shuffle in (0, 1) for batch in batches(count, seed=shuffle)]
    same("response_selection", responses, ranked, Labels(names=()))
    found, places = ranking_outcomes(responses, ranked), ranks(ranked)
    for k in (1, 3):
        assert found[f"r100_at_{k}.num"].tolist() == [sum(place < k for place in row) for row in places]
    assert set(found["r100_at_1.den"]) == {2}


def test_outcomes_by_hand() -> None:
    found = intent_outcomes(["a", "oos", "b"], ["a", "a", "oos"])
    assert found["acc_in.num"].tolist() == [1, 0, 0] and found["acc_in.den"].tolist() == [1, 0, 1]
    assert found["acc_out.num"].tolist() == [1, 0, 0] and found["recall_out.den"].tolist() == [0, 1, 0]
    acts = act_outcomes([("inform", "new")], [("inform",)], NAMES)
    assert acts[["f1_micro.num", "f1_micro.den"]].iloc[0].tolist() == [2, 3]
    assert metrics(acts)["f1_macro"] == pytest.approx(1 / 4)
    states = state_outcomes([{"hotel-area": "north|west"}], [{"hotel-area": "west", "hotel-stars": "4"}], PICKLISTS)
    assert states.iloc[0].tolist() == [0, 1, 1, 2]


def test_no_act_anywhere_scores_zero() -> None:
    same("dialogue_act", [(), ()], [(), ()], Labels(names=NAMES))


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_weights_count_rows_as_often_as_they_are_repeated(data: st.DataObject) -> None:
    pairs = data.draw(st.lists(st.tuples(ACTS, ACTS), min_size=1, max_size=6))
    outcomes = act_outcomes([gold for gold, _ in pairs], [guess for _, guess in pairs], NAMES)
    times = data.draw(st.lists(st.integers(1, 3), min_size=len(pairs), max_size=len(pairs)))
    weighted = metrics(outcomes, np.array([times, [1] * len(pairs)], dtype=np.float32))
    repeated = metrics(outcomes.loc[outcomes.index.repeat(times)])
    for name, plain in metrics(outcomes).items():
        assert weighted[name] == pytest.approx([repeated[name], plain], abs=1e-9)


def test_weights_may_leave_a_ratio_without_rows_but_not_a_label() -> None:
    outcomes = table({"recall": ([1, 0], [1, 0]), "f1.a": ([2, 0], [2, 0]), "f1.b": ([0, 2], [0, 2])})
    found = metrics(outcomes, np.array([[0.0, 1.0]]))
    assert np.isnan(found["recall"]).all() and found["f1"].tolist() == [0.5]
