"""Answers before and after a change: matched by identity, judged by the rules, summed up with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dialogue.counterfactuals import COUNTERFACTUALS
from engine.dialogue.counterfactuals.base import Changed
from engine.dialogue.model import Act, Dialogue, Turn
from engine.dialogue.samples import samples
from engine.serve.base import Answer, Prediction
from engine.serve.fake import open_fake
from engine.serve.judged import confidence, same
from engine.serve.moves import Move, moves
from engine.serve.questions import gold, places
from engine.serve.robustness import FEW, Robustness, Share, robustness, told

TASKS = ("intent", "dialogue_act", "response_selection", "state_tracking")
TALK = Dialogue(corpus="toy", id="one", split="all", turns=(
    Turn(speaker="user", text="Thai food.", state={"r-food": "thai"}, intent="find"),
    Turn(speaker="system", text="Which area?", acts=(Act(name="request", slot="area"),)),
    Turn(speaker="user", text="The north.", state={"r-food": "thai", "r-area": "north"}, intent="find"),
    Turn(speaker="system", text="Thai Boat is in the north.", acts=(Act(name="inform", domain="r", slot="food", value="thai"),))))


def change(kind: str, dialogue: Dialogue = TALK, **parameters: object) -> Changed:
    return COUNTERFACTUALS[kind].apply(dialogue, parameters, Random(1))


def answered(dialogue: Dialogue, said: Mapping[tuple[int, str], Answer] | None = None, variant: str = "bert") -> list[Prediction]:
    """The gold answer to every question, but for those that ``said`` names (turn and task)."""
    return [Prediction(variant=variant, task=task, turn=index, answer=(answer := (said or {}).get((index, task), gold(dialogue, index, task) or "x")),
                       scores=dict.fromkeys([answer] if isinstance(answer, str) else answer, 0.5), gold=gold(dialogue, index, task))
            for index, task in places(dialogue, TASKS)]


def judged(changed: Changed, before: Sequence[Prediction], after: Sequence[Prediction], **more: object) -> dict[tuple[int | None, str], Move]:
    return {(move.turn, move.task): move for move in moves(TALK, changed, before, after, **more)}  # type: ignore[arg-type]


def test_answers_are_matched_by_identity() -> None:
    changed = change("drop", turn=0)
    found = moves(TALK, changed, answered(TALK), answered(changed.dialogue))
    pairs = {(move.was, move.turn) for move in found if move.before and move.after}
    assert pairs == {(2, 1), (3, 2)}  # of the system utterance that is now the first nothing is asked
    gone = [(move.was, move.task) for move in found if move.after is None]
    assert set(gone) == {(0, "intent"), (0, "state_tracking"), (1, "dialogue_act"), (1, "response_selection")}
    assert [move.turn for move in found if move.was == 1] == [0, 0], "it is there, only not asked any more"
    new = change("insert", place=2, speaker="user", text="Hm.")
    assert {(move.was, move.turn) for move in moves(TALK, new, answered(TALK), answered(new.dialogue)) if move.turn == 2} == {(None, 2)}


@pytest.mark.parametrize("kind", COUNTERFACTUALS)
def test_every_answer_is_told_once(kind: str) -> None:
    fake, dialogue = open_fake(), samples()["thai restaurant"]
    parameters = COUNTERFACTUALS[kind].draw(dialogue, Random(2))
    assert parameters is not None
    changed = COUNTERFACTUALS[kind].apply(dialogue, parameters, Random(2))
    before, after = (fake.compare(one, variants=["bert", "crm"], tasks=TASKS) for one in (dialogue, changed.dialogue))
    found = moves(dialogue, changed, before, after, fake.card.labels)
    assert sorted(map(id, before)) == sorted(id(move.before) for move in found if move.before)
    assert list(map(id, after)) == [id(move.after) for move in found if move.after]
    for move in found:
        if move.before and move.after:
            assert (move.before.variant, move.before.task, move.before.turn) == (move.after.variant, move.after.task, move.was)
            assert changed.origins[move.after.turn] == move.was
        assert not (move.flipped and move.expected != "stay") and (move.followed is None) == (move.expected != "follow")


def test_a_value_is_followed_or_not_slot_by_slot() -> None:
    changed = change("swap_value", old="r-food = thai", new="greek")
    right = {"r-food": "greek", "r-area": "wrong"}
    found = judged(changed, answered(TALK), answered(changed.dialogue, {(0, "state_tracking"): {"r-food": "thai"}, (2, "state_tracking"): right}))
    assert (found[0, "state_tracking"].expected, found[0, "state_tracking"].followed) == ("follow", False)
    assert found[2, "state_tracking"].followed is True, "the area did not change in the gold answer"
    assert not found[0, "state_tracking"].strayed and found[2, "state_tracking"].strayed, "but the area moved as well"
    assert found[0, "intent"].expected == found[3, "dialogue_act"].expected == "stay"
    assert judged(changed, answered(TALK), answered(changed.dialogue), labels={"state_tracking": ["r-area"]})[2, "state_tracking"].expected == "unknown"


def test_a_response_is_the_same_when_it_is_the_same_utterance() -> None:
    changed = change("swap_value", old="r-food = thai", new="greek")
    after = answered(changed.dialogue)
    found = judged(changed, answered(TALK), after)
    move = found[3, "response_selection"]
    assert move.before and move.after and move.before.answer != move.after.answer and not move.moved and move.expected == "stay"
    other = judged(changed, answered(TALK), answered(changed.dialogue, {(3, "response_selection"): "Which area?"}))
    assert other[3, "response_selection"].flipped


def test_what_is_told_from_the_history_is_judged_only_while_that_stands() -> None:
    changed = change("drop", turn=2)
    found = judged(changed, answered(TALK), answered(changed.dialogue, {(2, "dialogue_act"): ("bye",)}))
    assert found[1, "dialogue_act"].expected == "stay" and found[2, "dialogue_act"].expected == "unknown"
    assert found[2, "dialogue_act"].moved and not found[2, "dialogue_act"].flipped
    gone = judged(change("drop", turn=3), answered(TALK, {(1, "response_selection"): "Thai Boat is in the north."}), answered(TALK.until(3)))
    assert gone[1, "response_selection"].expected == "unknown", "what was chosen cannot be chosen any more"


def test_states_that_became_unknown_judge_nobody() -> None:
    changed = change("edit", turn=2, text="Somewhere else.")
    found = judged(changed, answered(TALK), answered(changed.dialogue))
    assert found[2, "state_tracking"].expected == found[2, "intent"].expected == "unknown"
    assert found[0, "state_tracking"].expected == "stay"


@pytest.mark.parametrize("way", ["upper", "bare"])
def test_casing_should_move_nothing_and_does_not(way: str) -> None:
    changed = change("casing", way=way)
    found = judged(changed, answered(TALK), answered(changed.dialogue))
    assert {move.expected for move in found.values()} == {"stay"} and not any(move.moved for move in found.values())


@pytest.mark.parametrize(("one", "other", "alike"), [
    ("Thai", "thai", True), (("a", "b"), ("b", "a"), True), ({"x": "A"}, {"x": "a"}, True), ({"x": "a"}, {}, False), ("a", ("a",), False)])
def test_answers_are_the_same_but_for_case_and_order(one: Answer, other: Answer, alike: bool) -> None:
    assert same(one, other) is alike


def test_confidence_is_of_the_least_sure_part() -> None:
    def said(answer: Answer, **scores: float) -> Prediction:
        return Prediction(variant="bert", task="t", turn=0, answer=answer, scores=scores)

    assert confidence(said("a", a=0.7, b=0.3)) == 0.7 and confidence(said(("a", "b"), a=0.7, b=0.3)) == 0.3
    assert confidence(said({})) is None


def move(variant: str, expected: str, moved: bool, followed: bool | None = None) -> Move:
    said = Prediction(variant=variant, task="intent", turn=0, answer="a", scores={})
    return Move(variant=variant, task="intent", turn=0, was=0, before=said, after=said, expected=expected, moved=moved, followed=followed)  # type: ignore[arg-type]


def test_robustness_counts_each_kind_of_answer_apart() -> None:
    found = [*[move("bert", "stay", True)] * 3, *[move("bert", "stay", False)] * 9, move("bert", "follow", True, True), move("bert", "follow", True, False),
             *[move("bert", "unknown", True)] * 4, move("other", "stay", True)]
    one, two = robustness(found, ["bert", "crm"])
    assert (one.flipped, one.followed, one.unjudged) == (Share(hits=3, n=12), Share(hits=1, n=2), 4)
    assert (two.flipped, two.unjudged, two.verdict) == (Share(hits=0, n=0), 0, "cannot tell")


def test_the_interval_is_wilsons() -> None:
    assert Share(hits=3, n=12).interval == pytest.approx((0.08894, 0.53231), abs=1e-4)  # by the closed form
    assert Share(hits=0, n=0).interval == (0.0, 1.0)


@given(st.integers(1, 200), st.data())
def test_the_interval_holds_the_share(n: int, data: st.DataObject) -> None:
    share = Share(hits=data.draw(st.integers(0, n)), n=n)
    low, high = share.interval
    assert 0 <= low <= share.value + 1e-9 and share.value <= high + 1e-9 <= 1 + 1e-8


def test_a_finding_says_no_more_than_the_intervals() -> None:
    def one(name: str, hits: int, n: int) -> Robustness:
        return Robustness(variant=name, flipped=Share(hits=hits, n=n), followed=Share(hits=0, n=0), unjudged=0)

    titles = {"bert": "BERT", "crm": "CRM"}
    assert told([one("bert", 1, FEW - 1)], titles).startswith("Cannot tell")
    assert told([one("bert", 2, 100), one("crm", 60, 100)], titles).endswith("Their intervals are apart.")
    assert told([one("bert", 2, 20), one("crm", 5, 20)], titles).endswith("cannot be told.")
    assert "equally often, 10%" in told([one("bert", 2, 20), one("crm", 4, 40)], titles)
