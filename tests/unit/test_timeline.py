"""Timelines of states: kinds by hand, and errors exactly as the task's own score counts them, whatever was annotated and answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dialogue.model import Dialogue, Turn
from engine.dialogue.samples import samples
from engine.serve.base import Prediction
from engine.serve.fake import open_fake
from engine.serve.timeline import ERRORS, GOLD, KINDS, Track, filled_slots, finding, foreign, gold_track, timeline, tracks, unjudged
from engine.tasks import TASKS
from engine.tasks.base import Labels
from engine.tasks.state_tracking import filled

PICKLISTS = {"hotel-area": ("none", "dontcare", "centre", "north", "west"), "hotel-parking": ("none", "dontcare", "no", "yes"),
             "hotel-stars": ("none", "dontcare", "4")}
SLOTS = ["hotel-area", "Hotel-Area", "hotel-parking", "hotel-stars", "bus-day"]
VALUES = ["north", "North ", "centre|west", "none|west", "not mentioned", "do n't care", "free", "yes", "4", "moon", "monday", ""]
STATES = st.dictionaries(st.sampled_from(SLOTS), st.sampled_from(VALUES), max_size=4)
Pair = tuple[Mapping[str, str] | None, Mapping[str, str]]


def track(*pairs: Pair, name: str = "crm") -> Track:
    """A track of (gold, state) pairs at turns 0, 2, 4 …"""
    return Track(name=name, turns=tuple(range(0, 2 * len(pairs), 2)), golds=tuple(right for right, _ in pairs),
                 states=tuple(state for _, state in pairs), scores=({},) * len(pairs))


def letters(*pairs: Pair) -> dict[str, str]:
    """Slot to its letters, one per turn, ``.`` for an empty cell."""
    one = track(*pairs)
    found = timeline(one, PICKLISTS)
    return {slot: "".join(found.cells[slot, turn].kind or "." for turn in one.turns) for slot in filled_slots([one])}


@settings(deadline=None, max_examples=300)
@given(drawn=st.lists(st.tuples(st.none() | STATES, STATES), min_size=1, max_size=6))
def test_errors_are_those_of_the_task_s_score(drawn: list[Pair]) -> None:
    pairs = [(None if right is None else filled(right), filled(state)) for right, state in drawn]
    found, score = timeline(track(*pairs), PICKLISTS), TASKS["state_tracking"].score
    labels = Labels(names=tuple(PICKLISTS), values=PICKLISTS)
    assert [one.joint is None for one in found.scores] == [right is None for right, _ in pairs]
    judged = [(right, state) for right, state in pairs if right is not None]
    for one, (right, state) in zip(found.judged, judged, strict=True):
        alone = score([right], [state], labels)
        assert one.joint == (alone["joint_acc"] == 1) == (one.errors == 0)
        assert one.right is not None and one.right / one.slots == pytest.approx(alone["slot_acc"])
    whole = score([right for right, _ in judged], [state for _, state in judged], labels) if judged else {}
    assert found.joint_acc == (pytest.approx(whole["joint_acc"]) if judged else None)
    assert found.slot_acc == (pytest.approx(whole["slot_acc"]) if judged else None)


@settings(deadline=None, max_examples=100)
@given(drawn=st.lists(st.tuples(STATES, STATES), min_size=1, max_size=6))
def test_counts_are_the_cells_and_no_filled_value_is_lost(drawn: list[Pair]) -> None:
    pairs = [(filled(right or {}), filled(state)) for right, state in drawn]
    found = timeline(track(*pairs), PICKLISTS)
    for one, (right, state) in zip(found.scores, pairs, strict=True):
        here = found.at(one.turn)
        assert dict(one.counts) == {kind: sum(cell.kind == kind for cell in here) for kind in {cell.kind for cell in here}}
        assert {cell.slot: cell.value for cell in here if cell.value != "none"} == state
        assert {cell.slot for cell in here if cell.kind == "M"} <= right.keys()


def test_values_are_new_carried_changed_dropped_and_new_again() -> None:
    assert letters(*[(None, state) for state in (
        {}, {"hotel-area": "north"}, {"hotel-area": "north"}, {"hotel-area": "west"}, {}, {}, {"hotel-area": "west"})]) == {"hotel-area": ".NCXD.N"}


def test_gold_makes_them_wrong_extra_or_missed() -> None:
    right = {"hotel-area": "north", "hotel-stars": "4"}
    assert letters((right, {"hotel-area": "west", "hotel-parking": "yes"}), (right, {"hotel-area": "north", "hotel-stars": "4"}), (right, {})) == {
        "hotel-area": "WXM", "hotel-parking": "ED.", "hotel-stars": "MNM"}


def test_any_alternative_is_right_and_none_may_be_one() -> None:
    assert letters(({"hotel-area": "centre|west"}, {"hotel-area": "west"}), ({"hotel-area": "none|west"}, {}))["hotel-area"] == "ND"


def test_a_slot_that_the_heads_do_not_know_fails_its_turn_and_stays_out_of_slot_accuracy() -> None:
    found = timeline(track(({"bus-day": "monday"}, {}), ({}, {"bus-day": "monday"})), PICKLISTS)
    assert [(one.joint, one.right, one.slots) for one in found.scores] == [(False, 3, 3), (True, 3, 3)]
    assert found.cells["bus-day", 0].kind == "M" and not found.cells["bus-day", 0].known


def test_a_value_that_no_head_can_pick_is_wrong_even_where_gold_has_it() -> None:
    assert letters(({"hotel-area": "moon"}, {"hotel-area": "moon"})) == {"hotel-area": "W"}


def test_dropped_rightly_is_told_and_what_stood_there_stays_known() -> None:
    found = timeline(track(({"hotel-area": "north"}, {"hotel-area": "north"}), ({}, {})), PICKLISTS)
    cell = found.cells["hotel-area", 2]
    assert (cell.kind, cell.before, cell.value) == ("D", "north", "none") and found.joint_acc == 1


def test_the_gold_track_skips_what_is_not_annotated() -> None:
    turns = [Turn(speaker="user", text="a", state={"hotel-area": "north"}), Turn(speaker="user", text="b"),
             Turn(speaker="user", text="c", state={"hotel-area": "north", "hotel-stars": "4"})]
    own = gold_track(Dialogue(corpus="c", id="i", split="all", turns=tuple(turns)))
    assert own.name == GOLD and own.states[1] is None
    found = timeline(own, PICKLISTS)
    assert [found.cells["hotel-area", turn].kind for turn in (0, 2)] == ["N", "C"] and ("hotel-area", 1) not in found.cells
    assert found.joint_acc is None and found.slot_acc is None


def test_slots_stand_by_domain_in_the_order_of_their_first_value() -> None:
    one = track((None, {"taxi-arriveby": "1"}), (None, {"hotel-stars": "4", "taxi-arriveby": "1"}), ({"taxi-departure": "x"}, {"hotel-area": "west"}))
    assert filled_slots([one]) == ("taxi-arriveby", "taxi-departure", "hotel-stars", "hotel-area")


def test_the_finding_names_the_first_error() -> None:
    right = {"hotel-area": "north"}
    assert finding(timeline(track((right, right), (right, {}), (right, right)), PICKLISTS), "CRM") == (
        "CRM is jointly right after 2 of 3 judged user turns; first error at utterance 3: hotel-area missed.")
    assert finding(timeline(track((right, right)), PICKLISTS), "CRM") == "CRM is jointly right after 1 of 1 judged user turns."
    assert finding(timeline(track((None, right), (None, {})), PICKLISTS), "CRM") == "CRM over 2 user turns: 1 new, 1 dropped."


def test_tracks_come_from_predictions_alone() -> None:
    predictor, dialogue = open_fake(), samples()["weekend trip"]
    found: Sequence[Prediction] = predictor.compare(dialogue, variants=["joint", "crm"], tasks=["intent", "state_tracking"])
    known = tracks(found)
    assert list(known) == ["joint", "crm"] and known["crm"].turns == tuple(range(0, 18, 2))
    assert known["crm"].golds == gold_track(dialogue).states and known["crm"].scores[0]


def test_the_sample_with_gold_shows_every_kind() -> None:
    predictor, dialogue = open_fake(), samples()["weekend trip"]
    assert tuple(predictor.card.picklists) == predictor.card.labels["state_tracking"]
    own = timeline(gold_track(dialogue), predictor.card.picklists)
    assert {cell.kind for cell in own.cells.values()} - {""} == {"N", "C", "X", "D"}
    found = tracks(predictor.compare(dialogue, variants=["crm"], tasks=["state_tracking"]))["crm"]
    assert set(ERRORS) <= {cell.kind for cell in timeline(found, predictor.card.picklists).cells.values()} <= {*KINDS, ""}


def test_gold_of_another_ontology_judges_nobody() -> None:
    turns = (Turn(speaker="user", text="A table at noon.", state={"restaurants_2-time": "noon"}), Turn(speaker="system", text="Where?"),
             Turn(speaker="user", text="In the north.", state={"restaurants_2-time": "noon", "restaurants_2-city": "york"}))
    predictor = open_fake()
    dialogue = Dialogue(corpus="c", id="i", split="all", turns=turns)
    mine = tracks(predictor.compare(dialogue, variants=["crm"], tasks=["state_tracking"]))
    assert foreign(gold_track(dialogue).states, predictor.card.picklists)
    assert timeline(mine["crm"], predictor.card.picklists).joint_acc == 0
    assert timeline(unjudged(mine)["crm"], predictor.card.picklists).joint_acc is None
    native = dialogue.with_turns([*turns[:2], replace(turns[2], state={"restaurant-area": "north", "restaurants_2-time": "noon"})])
    assert not foreign(gold_track(native).states, predictor.card.picklists)
