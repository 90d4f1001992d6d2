"""Versions of a probe's question: what is posed, what changed in words, and the way through a link and back."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dialogue import edits
from engine.dialogue.distractors import distractors, drawn_distractor, said_elsewhere
from engine.dialogue.model import Dialogue, Turn
from engine.dialogue.samples import samples
from engine.dialogue.setup import Distractor, Means, Setup, original, pose, reworded, settled, start, told, with_distractor, without_distractor
from engine.dialogue.setup_code import complete, decode, encode
from engine.errors import InputError

HOTEL = samples()["hotel"]
OTHERS = [other for other in samples().values() if other is not HOTEL]
MEANS = Means(others=OTHERS, count=len, pieces=lambda word: [word.lower()])
OBJECTIVES = ("mlm", "dsp", "crm", "dcv", "enp", "dur")


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("name", samples())
def test_every_sample_begins_with_a_question_whose_answer_is_known(objective: str, name: str) -> None:
    lineage = start(objective, samples()[name].turns, replace(MEANS, others=[other for other in samples().values() if other is not samples()[name]]))
    assert lineage.versions[0].value == original(objective, samples()[name].turns)
    assert all(pose(objective, version.value, MEANS).right for version in lineage.versions)
    assert len(lineage.versions) == (2 if objective in ("dcv", "dur") else 1)


def test_originals_of_dcv_and_dur_are_the_dialogue_itself() -> None:
    assert pose("dcv", original("dcv", HOTEL.turns), MEANS).right == ("coherent",)
    dur = pose("dur", original("dur", HOTEL.turns), MEANS)
    assert dur.right == ("0", "1", "2") and [turn.text for turn in dur.turns] == [turn.text for turn in HOTEL.turns]


def test_of_a_long_dialogue_its_end_is_asked() -> None:
    turns = HOTEL.turns * 20
    assert all(original(objective, turns).at >= len(turns) - 6 for objective in OBJECTIVES)


def test_a_first_group_that_says_the_same_twice_stays_in_order() -> None:
    turns = [Turn(speaker="user", text=text) for text in ("yes", "Yes", "no")]
    assert len(start("dur", turns, MEANS).versions) == 1
    assert len(start("dcv", turns, Means(others=[])).versions) == 1  # nothing to draw from


@pytest.mark.parametrize(("objective", "texts", "words"), [
    ("dur", ["one", "two"], "fewer than 3"), ("crm", ["one"], "fewer than 2"), ("dsp", [], "fewer than 1"), ("mlm", ["...", "?"], "holds no word")])
def test_too_short_a_dialogue_is_told(objective: str, texts: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        start(objective, [Turn(speaker="user", text=text) for text in texts], MEANS)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_flipping_changes_the_right_answer_of_dsp_alone(objective: str) -> None:
    plain = original(objective, HOTEL.turns)
    before, after = pose(objective, plain, MEANS), pose(objective, replace(plain, flipped=True), MEANS)
    assert (before.right == after.right) is (objective != "dsp")
    assert [turn.text for turn in before.turns] == [turn.text for turn in after.turns]
    if objective != "enp":
        assert all(old.speaker != new.speaker for old, new in zip(before.turns, after.turns, strict=True))


def test_one_seed_draws_for_each_utterance_by_itself() -> None:
    plain = original("dcv", HOTEL.turns)
    one = with_distractor(plain, 2, "draw", OTHERS, number=7)
    both = with_distractor(one, 5, "draw", OTHERS, number=7)
    assert both.distractors[0] == one.distractors[0] and [each.index for each in both.distractors] == [2, 5]
    assert len({with_distractor(plain, 2, "draw", OTHERS, number=seed).distractors[0].text for seed in range(1, 30)}) > 5
    posed = pose("dcv", both, MEANS)
    assert posed.right == ("incoherent",) and posed.turns[2].text == both.distractors[0].text
    assert pose("dcv", without_distractor(without_distractor(both, 2), 5), MEANS) == pose("dcv", plain, MEANS)


def test_distractors_are_of_the_same_speaker_and_new_to_the_dialogue() -> None:
    pool = distractors(HOTEL.turns, 1, OTHERS)
    assert pool == said_elsewhere("system", OTHERS, {turn.text for turn in HOTEL.turns}) and len(pool) == len(set(pool)) > 10
    assert drawn_distractor(HOTEL.turns, 1, OTHERS, Random(1)) in pool
    assert with_distractor(original("dcv", HOTEL.turns), 1, "picked", OTHERS, number=3).distractors[0].text == pool[2]
    with pytest.raises(InputError, match=f"{len(pool)} to pick from"):
        with_distractor(original("dcv", HOTEL.turns), 1, "picked", OTHERS, number=len(pool) + 1)
    echo = [Dialogue(corpus="c", id="i", split="all", turns=(Turn(speaker="system", text=f" {HOTEL.turns[3].text.upper()} "),))]
    with pytest.raises(InputError, match="no other dialogue"):
        distractors(HOTEL.turns, 1, echo)


def test_rewriting_drops_what_is_no_longer_there() -> None:
    setup = Setup(turns=HOTEL.turns, at=9, hidden=((0, 5), (9, 0)), distractors=(Distractor(index=9, text="x", way="typed"),))
    cut = settled(replace(setup, turns=HOTEL.turns[:3]))
    assert (cut.at, cut.hidden, cut.distractors) == (2, ((0, 5),), ())
    assert reworded(setup, 0, "Hi there").hidden == ((9, 0),) and settled(setup) == setup


@pytest.mark.parametrize(("change", "words"), [
    ({"at": 3}, "utterance 4 chosen"), ({"order": (2, 0, 1)}, "order 3 1 2"), ({"hidden": ((0, 0),)}, "“Hello” hidden"),
    ({"hidden": ((0, 0), (0, 1), (0, 2))}, "3 words hidden"), ({"draw": 4}, "draw 4"), ({"count": 6}, "6 candidates"), ({"typed": ("a",)}, "1 typed candidate"),
    ({"flipped": True}, "speakers flipped"), ({"turns": HOTEL.turns[:4]}, "dialogue rewritten"), ({}, "nothing changed"),
    ({"distractors": (Distractor(index=2, text="x", way="typed"),)}, "utterance 3 replaced (typed)"),
    ({"turns": (replace(HOTEL.turns[0], text="Hi"), *HOTEL.turns[1:])}, "utterance 1 reworded")])
def test_changes_are_told_and_so_is_taking_them_back(change: dict[str, object], words: str) -> None:
    before = Setup(turns=HOTEL.turns)
    after = replace(before, **change)  # type: ignore[arg-type]
    assert told(before, after) == words
    assert (told(after, before) == words) is (words in ("dialogue rewritten", "utterance 1 reworded", "nothing changed"))


SPOTS = [(index, word) for index, turn in enumerate(HOTEL.turns) for word in range(len(edits.words(turn.text)))]
SETUPS = st.builds(
    lambda at, hidden, order, put, draw, count, flipped: _with(put, replace(
        Setup(turns=original("dcv", HOTEL.turns).turns), at=at, hidden=tuple(sorted(hidden)), order=tuple(order), draw=draw, count=count, flipped=flipped)),
    st.integers(0, 9), st.sets(st.sampled_from(SPOTS), min_size=1, max_size=4), st.permutations(range(3)),
    st.dictionaries(st.integers(0, 9), st.tuples(st.sampled_from(["draw", "picked"]), st.integers(1, 9))), st.integers(1, 999), st.integers(2, 10),
    st.booleans())


def _with(put: dict[int, tuple[str, int]], setup: Setup) -> Setup:
    for index, (way, number) in put.items():
        setup = with_distractor(setup, index, way, OTHERS, number=number)  # type: ignore[arg-type]
    return setup


@given(SETUPS, st.sampled_from(OBJECTIVES))
def test_a_link_restores_a_version_and_holds_no_word(setup: Setup, objective: str) -> None:
    first = original(objective, HOTEL.turns)
    code = encode(first, setup)
    assert decode(code, first, OTHERS) == setup and complete(first, setup)
    assert set(code) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.-") and not any(turn.text[:6].lower() in code for turn in HOTEL.turns)
    assert not complete(first, replace(setup, typed=("a taxi",))) and encode(first, replace(setup, typed=("a taxi",))) == code


@pytest.mark.parametrize("code", ["at0", "at11", "at", "atx", "hide1", "hide0.1", "hide1.99", "hide1.1.1", "order12", "order112", "put1", "put1x2", "put11d1",
                                  "put1p9999", "draw0", "count99", "draw1000", "nonsense", "at1__", "at" + "9" * 300, "order²31", "flipflip", "__at1_zzz"])
def test_a_link_of_nonsense_is_one_sentence(code: str) -> None:
    if code == "at1__":  # empty parts say nothing
        assert decode(code, original("dur", HOTEL.turns), OTHERS).at == 0
        return
    with pytest.raises(InputError) as caught:
        decode(code, original("dur", HOTEL.turns), OTHERS)
    assert "\n" not in caught.value.sentence and caught.value.remedy


@given(st.text(alphabet="athideorputflwcn0123456789.-_dp", max_size=40))
def test_no_link_fails_otherwise(code: str) -> None:
    try:
        setup = decode(code, original("dcv", HOTEL.turns), OTHERS)
    except InputError:
        return
    assert settled(setup) == setup
