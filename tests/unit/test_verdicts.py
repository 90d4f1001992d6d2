"""Answers judged: right or wrong, the score of the right answer, the tally, and the probability of an order."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dialogue.edits import Posed
from engine.serve.base import ProbeAnswer
from engine.serve.ordering import orders, place_shares
from engine.serve.verdicts import Share, in_words, judge, moved, place_of_right, question_of, right_in_words, tally

SHARES = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(lambda some: [one / sum(some) for one in some])


def answer(*guess: str, chances: tuple[float, ...] = (), scores: dict[str, float] | None = None) -> ProbeAnswer:
    return ProbeAnswer(variant="crm", head="trained", guess=guess, scores=(scores or dict.fromkeys(guess, 1.0),), chances=chances)


def posed(objective: str, *right: str, candidates: tuple[str, ...] = ()) -> Posed:
    return Posed(objective=objective, turns=(), right=right, candidates=candidates)


@given(SHARES)
def test_orders_share_one_and_the_likeliest_is_the_rising_one(shares: list[float]) -> None:
    known = orders(shares)
    assert len(known) == 6 and sum(known.values()) == pytest.approx(1)
    rising = tuple(sorted(range(3), key=shares.__getitem__).index(member) for member in range(3))
    assert known[rising] == pytest.approx(max(known.values()))
    for member in range(3):  # the share that the head gives is that of being last
        assert sum(chance for ranks, chance in known.items() if ranks[member] == 2) == pytest.approx(shares[member])


@given(SHARES)
def test_places_add_up(shares: list[float]) -> None:
    for member in range(3):
        assert sum(place_shares(shares, [place] * 3)[member] for place in range(3)) == pytest.approx(1)


def test_an_order_by_hand() -> None:
    known = orders([0.2, 0.5, 0.3])
    assert known[0, 2, 1] == pytest.approx(0.5 * 0.3 / 0.5) and set(known) == set(permutations(range(3)))


def test_no_share_left_is_chance() -> None:
    assert sum(orders([0.0, 0.0, 1.0]).values()) == pytest.approx(1)


@pytest.mark.parametrize(("asked", "said", "right"), [
    (posed("mlm", "train", "london"), answer("train", "paris", chances=(0.9, 0.3)), False),
    (posed("mlm", "train", "london"), answer("train", "London", chances=(0.9, 0.3)), True),
    (posed("mlm", "train", "london"), answer("train", chances=(0.9, 0.3)), False),
    (posed("enp", "8"), answer("6 or more", chances=(0.6,)), True), (posed("enp"), answer("2", chances=()), None)])
def test_all_that_was_asked_must_be_right(asked: Posed, said: ProbeAnswer, right: bool | None) -> None:
    verdict = judge(asked, said)
    assert verdict.right is right and (verdict.variant, verdict.head) == ("crm", "trained")
    assert verdict.score == (pytest.approx(0.6) if said.chances else None)


def test_the_question_tells_the_right_answer_to_look_up() -> None:
    assert question_of(posed("crm", "b", candidates=("a", "b"))).right == ("b",)


def test_words_of_answers() -> None:
    crm = posed("crm", "a long " + "word " * 30, candidates=("x", "a long " + "word " * 30))
    assert in_words(crm, crm.right).startswith("2: a long word") and in_words(crm, crm.right).endswith(" …") and len(in_words(crm, crm.right)) < 60
    assert in_words(posed("dur"), ("2", "0", "1")) == "order 3 1 2" and in_words(posed("mlm"), ("a", "b")) == "a, b"
    assert right_in_words(posed("enp")) == "not known" and right_in_words(crm) == crm.right[0]


def test_the_place_of_the_true_response() -> None:
    crm = posed("crm", "b", candidates=("a", "b", "c"))
    assert place_of_right(crm, answer("c", scores={"c": 0.5, "b": 0.3, "a": 0.2})) == 2
    assert place_of_right(posed("crm", "z"), answer("c")) is None


def test_scores_move_with_an_arrow_and_say_no_more_than_is_printed() -> None:
    assert moved(0.0744, 0.0961) == "7.4 → 9.6 % ▲ 2.2" and moved(0.9, None) == "not known" and moved(0.9999, 0.00001) == ">99.9 → <0.1 % ▼ 100.0"


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_arrow_points_where_the_score_went(before: float, now: float) -> None:
    sign = moved(before, now).split("% ")[1][0]
    assert sign == "=" or (sign == "▲") == (now > before)


def test_the_tally_counts_versions_per_variant() -> None:
    assert tally([{"crm": True, "dsp": False}, {"crm": False}, {"crm": True}]) == {"crm": Share(right=2, tried=3), "dsp": Share(right=0, tried=1)}
    assert tally([]) == {}
