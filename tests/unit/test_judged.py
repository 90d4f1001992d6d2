"""Answers beside gold: the same counts as the tasks' metrics, and verdicts that do not claim more than the rows can tell."""

from __future__ import annotations

from random import Random

import numpy as np
import pandas as pd
import pytest

from engine.results.verdicts import ROWS, beside, fewest
from engine.serve.base import Answer, Prediction
from engine.serve.fake import open_fake
from engine.serve.judged import confidence, judged, may_judge, same
from engine.tasks.metrics import act_scores, state_scores

SLOTS = ("hotel-area", "hotel-stars", "taxi-leaveat")
VALUES = ("none", "dontcare", "north", "south", "4")


def said(task: str, answer: Answer, gold: Answer | None, variant: str = "bert") -> Prediction:
    return Prediction(variant=variant, task=task, turn=0, answer=answer, gold=gold, scores={})


def states(count: int, seed: int) -> list[dict[str, str]]:
    rng = Random(seed)
    return [{slot: rng.choice(VALUES[1:]) for slot in SLOTS if rng.random() < 0.6} for _ in range(count)]


def test_states_are_counted_as_the_metrics_count_them() -> None:
    gold, guess = states(60, 1), states(60, 2)
    guess[:20] = gold[:20]
    gold[3] = {"hotel-area": "north|south"}
    guess[3] = {"hotel-area": "south"}
    found = judged([said("state_tracking", one, right) for one, right in zip(guess, gold, strict=True)], {"state_tracking": SLOTS})
    scores = state_scores(gold, guess, dict.fromkeys(SLOTS, VALUES))
    kept = [one for one in found if one]
    assert len(kept) == 60 and kept[3].right
    assert np.mean([one.right for one in kept]) == scores["joint_acc"]
    assert sum(one.hits for one in kept) / sum(one.of for one in kept) == pytest.approx(scores["slot_acc"])


def test_acts_are_counted_as_the_metrics_count_them() -> None:
    names = ("bye", "inform", "request")
    rng = Random(3)
    draws = [tuple(sorted(rng.sample(names, rng.randint(0, 3)))) for _ in range(80)]
    gold, guess = draws[:40], draws[40:]
    found = [one for one in judged([said("dialogue_act", one, right) for one, right in zip(guess, gold, strict=True)], {"dialogue_act": names}) if one]
    assert sum(one.hits for one in found) / sum(one.of for one in found) == pytest.approx(act_scores(gold, guess, names)["f1_micro"])
    assert [one.right for one in found] == [right == one for right, one in zip(gold, guess, strict=True)]


def test_gold_that_the_heads_do_not_know_judges_nobody() -> None:
    labels = {"intent": ("weather",), "dialogue_act": ("bye",), "state_tracking": SLOTS, "response_selection": ()}
    rows = [said("intent", "weather", "opera"), said("dialogue_act", ("bye",), ("sing",)), said("state_tracking", {}, {"opera-seat": "4"}),
            said("intent", "weather", None), said("response_selection", "Hello.", "Hello."), said("intent", "weather", "weather")]
    assert [one and one.right for one in judged(rows, labels)] == [None, None, None, None, True, True]
    assert may_judge({}, SLOTS) and not may_judge({"opera-seat": "4"}, SLOTS)


def test_answers_agree_whatever_case_and_order() -> None:
    assert same("Hello", "hello") and same({"a": "X"}, {"a": "x"}) and not same(("a",), ("a", "b"))
    one = Prediction(variant="b", task="dialogue_act", turn=0, answer=("a", "b"), scores={"a": 0.9, "b": 0.6, "c": 0.1})
    assert confidence(one) == 0.6


def test_judging_mixed_tasks_keeps_the_order() -> None:
    from engine.dialogue.samples import samples
    fake = open_fake()
    found = fake.compare(samples()["thai restaurant"], variants=["bert", "crm"], tasks=fake.card.tasks)
    alone = [judged([one], fake.card.labels)[0] for one in found]
    assert judged(found, fake.card.labels) == alone and None in alone and any(one and one.right for one in alone)


# Verdicts


def rows(answers: dict[str, list[tuple[int, float]]], task: str = "intent") -> pd.DataFrame:
    """Variant to (dialogue, right) of each of its rows; who differs from ``bert`` in right differs."""
    base = [right for _, right in answers["bert"]]
    return pd.DataFrame([(dialogue, turn, task, name, right != base[turn], right, int(right > 0), 1)
                         for name, mine in answers.items() for turn, (dialogue, right) in enumerate(mine)], columns=ROWS)


def test_one_dialogue_is_judged_by_the_exact_test_and_holm() -> None:
    frame = rows({"bert": [(0, 0.0)] * 12, "crm": [(0, 1.0)] * 12, "dsp": [(0, 1.0)] * 5 + [(0, 0.0)] * 7})
    base, crm, dsp = beside(frame, "bert", "mcnemar")
    assert (base.verdict, base.difference, base.right, base.n) == ("", 0.0, 0, 12)
    assert (crm.right, crm.only_it, crm.only_base, crm.agrees) == (12, 12, 0, 0)
    assert crm.p == pytest.approx(2 * 0.5**12) and crm.p_holm == pytest.approx(2 * crm.p) and crm.verdict == "better"
    assert dsp.p == pytest.approx(2 * 0.5**5) and dsp.verdict == "cannot tell" and dsp.difference == pytest.approx(500 / 12)


def test_rows_without_gold_have_agreement_and_no_verdict() -> None:
    frame = rows({"bert": [(0, 1.0)] * 3, "crm": [(0, 1.0), (0, 0.0), (0, 1.0)]}).assign(right=np.nan, hits=0, of=0)
    base, crm = beside(frame, "bert", "mcnemar")
    assert (crm.n, crm.rows, crm.agrees, crm.verdict) == (0, 3, 2, "") and np.isnan(crm.difference) and base.agrees == 3


def test_dialogues_are_the_unit_of_the_bootstrap() -> None:
    rng = Random(5)
    many = {"bert": [(d, float(rng.random() < 0.4)) for d in range(60) for _ in range(3)]}
    many["crm"] = [(d, max(right, float(rng.random() < 0.5))) for d, right in many["bert"]]
    many["dsp"] = [(d, float(rng.random() < 0.4)) for d, _ in many["bert"]]
    _, crm, dsp = beside(rows(many), "bert", "bootstrap")
    assert crm.verdict == "better" and crm.low > 0 and crm.dialogues == 60 and dsp.verdict == "cannot tell"


def test_few_dialogues_never_give_a_verdict_however_alike_they_are() -> None:
    few = {"bert": [(d, 0.0) for d in range(4) for _ in range(20)], "crm": [(d, 1.0) for d in range(4) for _ in range(20)]}
    _, crm = beside(rows(few), "bert", "bootstrap")
    assert crm.p == pytest.approx(2 * 0.5**4) and crm.verdict == "cannot tell"


def test_the_fewest_rows_for_a_verdict() -> None:
    assert fewest(1) == 6 and 2 * 0.5 ** fewest(32) * 32 < 0.05 <= 2 * 0.5 ** (fewest(32) - 1) * 32
