"""Reasons as data: the fake ones keep the contract, agreement is a rank correlation, sentences say what moved."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy.stats import spearmanr

from engine.dialogue.samples import samples
from engine.errors import InputError, UnknownNameError
from engine.serve import PREDICTORS
from engine.serve.agreement import agreement, of_words, with_ablation
from engine.serve.base import Predictor
from engine.serve.questions import all_offered, places
from engine.serve.reasons import Ablation, Attribution, Piece, confidence
from ui.why_rows import became, finding, per_turn
from ui.why_runs import Reasons

FAKE: Predictor = PREDICTORS["fake"]()
NAMES = [card.name for card in FAKE.card.variants]
TALK = samples()["train and hotel"]
QUESTIONS = [(turn, task) for turn, task in places(TALK, FAKE.card.tasks) if turn > 1]
ABLATION = Ablation(variant="crm", task="intent", turn=2, target="a", dropped=0, blank=False, before=1.5, after=-2.0, answer_before="a", answer_after="b")
PIECES = tuple(Piece(id=n, text=f"w{n}", kind="word" if n else "special", turn=n // 2 if n else None) for n in range(6))
ATTRIBUTION = Attribution(variant="crm", task="intent", turn=2, target="a", score=1.5, baseline="mask", baseline_score=-1.5, pieces=PIECES,
                          scores=(0.0, 1.0, 2.0, -1.0, 0.5, 0.5), steps=16)


# The fake predictor keeps the contract


@pytest.mark.parametrize(("turn", "task"), QUESTIONS)
def test_fake_attributions_add_up_and_agree_with_the_answer(turn: int, task: str) -> None:
    found = FAKE.explain(TALK, variants=NAMES, task=task, turn=turn)
    assert [one.variant for one in found] == NAMES and found == FAKE.explain(TALK, variants=NAMES, task=task, turn=turn)
    said = {one.variant: one for one in FAKE.compare(TALK, variants=NAMES, tasks=[task]) if one.turn == turn}
    seen = FAKE.seen(TALK, variant="bert", task=task, turn=turn)
    for one in found:
        assert one.complete and [piece.id for piece in one.pieces] == seen.ids and len(one.scores) == len(one.pieces)
        assert {score for piece, score in zip(one.pieces, one.scores, strict=True) if piece.kind != "word"} <= {0.0}
        scores = said[one.variant].scores
        key = one.target.partition("=")[0] if task == "state_tracking" else one.target
        assert confidence(one.score) == pytest.approx(scores.get(key, 0.98 if one.target.endswith("=none") else -1), abs=1e-6)


@pytest.mark.parametrize("blank", [False, True])
@pytest.mark.parametrize(("turn", "task"), QUESTIONS[-4:])
def test_fake_ablation_asks_the_changed_dialogue(turn: int, task: str, blank: bool) -> None:
    found = FAKE.ablate(TALK, variants=["crm"], task=task, turn=turn, blank=blank)
    assert (task == "intent" and not blank) or found
    for one in (found if not blank else []):
        shorter = TALK.with_turns(TALK.turns[:one.dropped] + TALK.turns[one.dropped + 1:])
        said = FAKE.compare(shorter, variants=["crm"], tasks=[task], candidates=all_offered(TALK, ()))
        assert next(other.answer for other in said if other.turn == turn - 1) == one.answer_after


def test_fake_errors_are_those_of_the_contract() -> None:
    with pytest.raises(UnknownNameError, match="unknown variant"):
        FAKE.explain(TALK, variants=["crn"], task="intent", turn=0)
    with pytest.raises(UnknownNameError, match="unknown label"):
        FAKE.ablate(TALK, variants=["crm"], task="intent", turn=0, target="sing")
    with pytest.raises(InputError, match="not asked there"):
        FAKE.seen(TALK, variant="crm", task="intent", turn=1)
    with pytest.raises(InputError, match="not among the candidates"):
        FAKE.explain(TALK, variants=["crm"], task="response_selection", turn=3, target="Never said.")


def test_a_spoilt_fake_differs() -> None:
    real, = FAKE.explain(TALK, variants=["crm"], task="dialogue_act", turn=5)
    spoilt, = FAKE.explain(TALK, variants=["crm"], task="dialogue_act", turn=5, shuffled=0)
    assert spoilt.shuffled and spoilt.scores != real.scores and abs(of_words(real, spoilt).rho or 1.0) < 0.5


# Data


def test_sums_delta_and_completeness() -> None:
    assert dict(ATTRIBUTION.turns) == {0: 1.0, 1: 1.0, 2: 1.0} and ATTRIBUTION.delta == pytest.approx(0.0) and ATTRIBUTION.complete
    wrong = replace(ATTRIBUTION, scores=(0.0, 1.0, 2.0, -1.0, 0.5, 0.4))
    assert wrong.delta == pytest.approx(-0.1) and not wrong.complete


def test_agreement_is_spearman_over_what_both_know() -> None:
    one, other = {0: 1.0, 1: 3.0, 2: 2.0, 3: 5.0, 9: 1.0}, {0: 2.0, 1: 1.0, 2: 4.0, 3: 9.0, 8: 0.0}
    found = agreement(one, other)
    assert found.n == 4 and found.rho == pytest.approx(spearmanr([1, 3, 2, 5], [2, 1, 4, 9]).statistic)
    few = agreement({0: 1.0, 1: 2.0, 2: 3.0}, other)
    assert (few.rho, few.words) == (None, "too few turns (n 3)")
    assert agreement(one, dict.fromkeys(range(4), 1.0)).words == "one side does not vary (n 4 turns)"
    assert with_ablation(ATTRIBUTION, [ABLATION]).n == 1


def test_words_are_compared_with_and_without_signs() -> None:
    turned = replace(ATTRIBUTION, scores=tuple(-score for score in ATTRIBUTION.scores))
    assert of_words(ATTRIBUTION, turned).rho == pytest.approx(-1) and of_words(ATTRIBUTION, turned, sizes=True).rho == pytest.approx(1)
    assert of_words(ATTRIBUTION, turned).n == 5


# Sentences


def test_the_turn_that_moves_most_is_named() -> None:
    weak = replace(ABLATION, dropped=1, after=1.4, answer_after="a")
    said = finding("CRM", Reasons(attribution=ATTRIBUTION, ablations=[weak, ABLATION]))
    assert said == "Utterance 1 moves CRM's answer most: without it the confidence in “a” falls from 82% to 12% and the answer becomes “b”."
    rising = replace(weak, after=4.0, blank=True)
    assert "Utterance 2" in (said := finding("CRM", Reasons(attribution=ATTRIBUTION, ablations=[rising]))) and "masked the confidence" in said
    assert "rises from 82% to 98% and the answer stays" in said


def test_where_nothing_can_be_left_out_the_strongest_word_is_named() -> None:
    assert "“w2” speaks most for “a” (+2.00)" in finding("CRM", Reasons(attribution=ATTRIBUTION, ablations=[]))
    silent = replace(ATTRIBUTION, pieces=PIECES[:1], scores=(0.0,))
    assert finding("CRM", Reasons(attribution=silent, ablations=[])) == "CRM read no word at all."


def test_a_state_changes_by_its_slots() -> None:
    before, after = {"hotel-area": "north"}, {"hotel-area": "south"}
    assert became(replace(ABLATION, answer_before=before, answer_after=after)) == "changes by +hotel-area=south"


def test_rows_keep_turns_that_were_not_left_out() -> None:
    frame = per_turn({"crm": Reasons(attribution=ATTRIBUTION, ablations=[ABLATION])}, TALK.turns)
    assert list(frame["utterance"]) == [1, 2, 3] and list(frame["effect"].isna()) == [False, True, True]
    assert frame["confidence_without"][0] == pytest.approx(confidence(-2.0))
