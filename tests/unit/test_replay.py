"""Replaying from an edited state: nothing edited is nothing changed, an edit lives until its slot is overwritten, gold is known only where it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dialogue.model import Dialogue, Turn
from engine.dialogue.samples import samples
from engine.errors import InputError
from engine.serve.replay import EVERYBODY, VALUE, VERDICT, Edit, Scenario, after, agrees, differing, outside, replayed, written_state
from engine.serve.timeline import GOLD, Track, gold_track, timeline
from tests.unit.test_timeline import PICKLISTS, track

STATES = st.dictionaries(st.sampled_from(list(PICKLISTS)), st.sampled_from(["north", "yes", "4", "dontcare"]), max_size=3)
WHERE = "hotel-area"
RIGHT = {WHERE: "north"}


@st.composite
def places(draw: st.DrawFn) -> tuple[list[dict[str, str]], int, dict[str, str]]:
    states = draw(st.lists(STATES, min_size=1, max_size=6))
    return states, draw(st.integers(0, len(states) - 1)), draw(STATES)


@given(drawn=places())
def test_an_edit_that_equals_the_state_changes_nothing(drawn: tuple[list[dict[str, str]], int, dict[str, str]]) -> None:
    states, place, _ = drawn
    assert replayed(states, place, states[place]) == tuple(states)
    own: dict[str, Track] = {"crm": track(*[(state, state) for state in states])}
    assert after(own, [Edit(turn=2 * place, state=states[place], whose=EVERYBODY)]) == own
    assert after(own, []) == own


@given(drawn=places())
def test_what_is_not_touched_again_stays_as_edited(drawn: tuple[list[dict[str, str]], int, dict[str, str]]) -> None:
    states, place, edited = drawn
    made = replayed(states, place, edited)
    assert made[:place] == tuple(states[:place]) and made[place] == edited
    for slot in PICKLISTS:
        touched = False
        for index in range(place + 1, len(states)):
            touched |= states[index].get(slot) != states[index - 1].get(slot)
            state = made[index] or {}
            assert state.get(slot) == (states[index] if touched else edited).get(slot)


def test_an_overwritten_edit_ends_there() -> None:
    own: tuple[dict[str, str], ...] = ({WHERE: "north"}, {WHERE: "north"}, {WHERE: "centre"}, {})
    assert replayed(own, 0, {WHERE: "west", "hotel-stars": "4"}) == (
        {WHERE: "west", "hotel-stars": "4"}, {WHERE: "west", "hotel-stars": "4"}, {WHERE: "centre", "hotel-stars": "4"}, {"hotel-stars": "4"})


def test_unknown_states_end_an_edit() -> None:
    assert replayed((RIGHT, None, RIGHT), 0, {}) == ({}, None, RIGHT)
    assert replayed((None, None), 0, RIGHT) == (RIGHT, None)


def two() -> dict[str, Track]:
    """Two variants that miss the area, and gold that has it throughout."""
    rows = [(RIGHT, {"hotel-stars": "4"})] * 3
    return {"bert": track(*rows, name="bert"), "crm": track(*rows), GOLD: Track(
        name=GOLD, turns=(0, 2, 4), states=(RIGHT,) * 3, golds=(None,) * 3, scores=({},) * 3)}


def test_a_repair_is_judged_on_and_another_belief_is_not() -> None:
    repaired = after(two(), [Edit(turn=2, state=RIGHT, whose="crm")])
    assert [score.joint for score in timeline(repaired["crm"], PICKLISTS).scores] == [False, True, True]
    assert repaired["bert"] == two()["bert"] and repaired[GOLD] == two()[GOLD]
    supposed = after(two(), [Edit(turn=2, state={WHERE: "west"}, whose=EVERYBODY)])
    assert agrees({"bus-day": "moon"}, {"bus-day": "moon"}) and not agrees({}, RIGHT) and agrees({}, {WHERE: "none|west"})
    assert all(supposed[name].golds == (RIGHT, None, None) for name in ("bert", "crm")) and supposed[GOLD] == two()[GOLD]


def test_edited_gold_judges_everybody_from_there_on() -> None:
    found = after(two(), [Edit(turn=2, state={"hotel-stars": "4"}, whose=GOLD)])
    assert [score.joint for score in timeline(found["bert"], PICKLISTS).scores] == [False, True, True]
    assert [score.joint for score in timeline(after(found, [Edit(turn=4, state={}, whose=GOLD)])["crm"], PICKLISTS).scores] == [False, True, False]


def test_gold_can_be_written_where_there_was_none() -> None:
    bare = Dialogue(corpus="c", id="i", split="all", turns=tuple(Turn(speaker="user", text=text) for text in "ab"))
    own = {"crm": Track(name="crm", turns=(0, 1), states=(RIGHT, RIGHT), golds=(None, None), scores=({}, {})), GOLD: gold_track(bare)}
    found = after(own, [Edit(turn=0, state=RIGHT, whose=GOLD)])
    assert [score.joint for score in timeline(found["crm"], PICKLISTS).scores] == [True, None]


def test_edits_follow_one_another() -> None:
    first, second = Edit(turn=0, state=RIGHT, whose="crm"), Edit(turn=2, state={WHERE: "west"}, whose="crm")
    assert after(two(), [first, second])["crm"].states == (RIGHT, {WHERE: "west"}, {WHERE: "west"})
    assert after(two(), [second, first])["crm"].states == (RIGHT, {WHERE: "west"}, {WHERE: "west"})


def test_a_confidence_goes_with_its_value() -> None:
    sure = Track(name="crm", turns=(0, 2), states=(RIGHT, RIGHT), golds=(None, None), scores=({WHERE: 0.9}, {WHERE: 0.8}))
    found = after({"crm": sure}, [Edit(turn=2, state={WHERE: "west"}, whose="crm")])["crm"]
    assert found.scores == ({WHERE: 0.9}, {})


def test_only_what_differs_differs() -> None:
    own = two()["crm"]
    before = timeline(own, PICKLISTS)
    now = timeline(after({"crm": own}, [Edit(turn=4, state=RIGHT, whose="crm")])["crm"], PICKLISTS)
    assert differing(before, before) == {} and differing(before, now) == {(WHERE, 4): VALUE, ("hotel-stars", 4): VALUE}
    unjudged = timeline(replace(own, golds=(None,) * 3), PICKLISTS)
    assert differing(before, unjudged) == {(slot, turn): VERDICT for slot in (WHERE, "hotel-stars") for turn in own.turns}


def test_other_words_leave_gold_unknown_from_there_on() -> None:
    whole = Scenario(dialogue=samples()["weekend trip"])
    changed = whole.reworded(8, "My friend would prefer Thai.")
    known = gold_track(changed.dialogue).states
    assert known[:4] == gold_track(whole.dialogue).states[:4] and set(known[4:]) == {None}
    assert changed.dialogue.turns[8].text == "My friend would prefer Thai." and changed.dialogue.turns[9:] != whole.dialogue.turns[9:]
    assert [turn.text for turn in changed.dialogue.turns[9:]] == [turn.text for turn in whole.dialogue.turns[9:]]
    for text in (" ", whole.dialogue.turns[8].text):
        with pytest.raises(InputError, match=r"no words|same as before"):
            whole.reworded(8, text)


def test_a_visitor_s_rows_become_a_state() -> None:
    rows = [("Hotel-Area", " North"), ("hotel-parking", "free"), ("hotel-stars", ""), (None, None), ("hotel-stars", "not mentioned")]
    assert written_state(rows, PICKLISTS) == {WHERE: "north", "hotel-parking": "yes"}
    assert written_state([("hotel-area", "none|west|north")], PICKLISTS, belief=True) == {}
    assert written_state([("hotel-area", "west|north")], PICKLISTS, belief=True) == {WHERE: "west"}
    for wrong, said in ([("", "north")], "has no slot"), ([("bus-day", "x")], "nobody knows"), ([(WHERE, "a"), (WHERE, "b")], "twice"):
        with pytest.raises(InputError, match=said):
            written_state(wrong, PICKLISTS)
    assert outside({WHERE: "moon|north", "hotel-stars": "nine"}, PICKLISTS) == ["hotel-stars"]
