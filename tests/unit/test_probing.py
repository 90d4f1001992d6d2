"""Probing: questions by hand, controls at chance, transferability scores against closed forms and brute force."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal, ortho_group

from engine.corpora import CORPORA
from engine.dialogue.model import Act, Dialogue, Span, Turn
from engine.probing import PROBES, SCORES
from engine.probing.base import Question, draw, evenly, texts
from engine.probing.linear import control, interval, measure
from engine.probing.scores import cka, h_score, linear_probe, logme
from engine.results.profiles import ABILITIES
from tests.unit import tiny


def told(*turns: Turn, id: str = "d") -> Dialogue:
    return Dialogue(corpus="c", id=id, split="train", turns=turns)


def user(text: str, **more: object) -> Turn:
    return Turn(speaker="user", text=text, **more)  # type: ignore[arg-type]


def system(text: str) -> Turn:
    return Turn(speaker="system", text=text)


def labels(name: str, dialogue: Dialogue) -> list[str]:
    return [question.label for question in PROBES[name].questions([dialogue], Random(0))]


def test_every_ability_has_two_probes_that_never_read_test_rows() -> None:
    cards = [PROBES[name].card for name in PROBES]
    assert [card.name for card in cards] == list(PROBES)
    assert {ability: [card.ability for card in cards].count(ability) for ability in ABILITIES} == dict.fromkeys(ABILITIES, 2)
    for card in cards:
        assert {card.training, card.held_out} <= set(CORPORA[card.corpus].card.splits)
        assert card.training.endswith("train") and card.held_out.endswith("dev")


def test_single_turn_questions_by_hand() -> None:
    food = Act(name="inform", slot="food"), Act(name="inform", slot="type")
    acts = told(user("hi", acts=(Act(name="hello"),)), system("welcome"), user("a thai place", acts=food),
                user("yes and what time", acts=(Act(name="affirm"), Act(name="request"))))
    assert labels("user_act", acts) == ["hello", "inform"]
    states = told(user("a hotel", state={"hotel-area": "north"}), system("ok"), user("thanks", state={"hotel-area": "north"}),
                  user("a taxi", state={"hotel-area": "north", "taxi-leaveat": "9"}), user("both", state={"hotel-area": "south", "taxi-leaveat": "8"}))
    assert labels("utterance_domain", states) == ["hotel", "taxi"]


def test_multi_turn_questions_ask_about_earlier_turns() -> None:
    state = [{"r-food": "thai"}, {"r-food": "thai", "r-area": "north"}, {"r-area": "south"}, {}]
    turns = [turn for number, known in enumerate(state) for turn in (user(f"u{number}", state=known), system(f"s{number}"))]
    assert labels("slots_before", told(*turns)) == ["food", "area+food"]
    asked = list(PROBES["slots_before"].questions([told(*turns)], Random(0)))
    assert [len(question.turns) for question in asked] == [5, 7]
    domains = told(user("a", state={"hotel-x": "1"}), user("b", state={"hotel-x": "2"}), user("c", state={"hotel-x": "2", "taxi-y": "1"}),
                   user("d", state={"hotel-x": "2", "taxi-y": "2"}), user("e", state={"hotel-x": "3", "taxi-y": "2"}))
    assert labels("domain_before", domains) == ["hotel", "hotel", "taxi"]


def test_coherence_questions_stay_within_their_dialogue() -> None:
    dialogue = tiny.said(*(f"utterance {number}" for number in range(10)))
    said = {turn.text for turn in dialogue.turns}
    for seed in range(20):
        for question in PROBES["next_turn"].questions([dialogue], Random(seed)):
            place = len(question.turns) - 1
            assert question.turns[:place] == dialogue.turns[:place]
            assert question.turns[place].speaker == dialogue.turns[place].speaker
            assert (question.turns[place] == dialogue.turns[place]) == (question.label == "fits")
            assert question.turns[place].text in said
        (swapped,) = PROBES["exchange_order"].questions([dialogue], Random(seed))
        assert [turn.speaker for turn in swapped.turns] == [turn.speaker for turn in dialogue.turns[:len(swapped.turns)]]
        assert (swapped.turns == dialogue.turns[:len(swapped.turns)]) == (swapped.label == "in order")


def test_entity_questions_by_hand() -> None:
    turn = user("two tickets at 6 pm", spans=(Span(start=0, end=3, label="number"), Span(start=15, end=19, label="time")))
    assert labels("slot_words", told(turn)) == ["number", "no value", "no value", "time", "time"]
    assert labels("slot_kind", told(turn)) == []
    assert labels("slot_kind", told(user("at 6 pm", spans=(Span(start=3, end=7, label="time"),)))) == ["time"]


def question(label: str, text: str, dialogue: str = "d", type: str = "") -> Question:
    return Question(dialogue=dialogue, turns=(user(text),), label=label, type=type)


def test_a_draw_is_even_and_never_repeats_a_text() -> None:
    training = [question("ab"[number % 5 == 0], f"text {number}") for number in range(200)]
    new = [question("ab"[number % 2], f"new {number}") for number in range(100)]
    held = [*training[:50], *new, *(question("rare", f"rare {number}") for number in range(5))]
    fitted, scored = draw(training, held, 60, Random(0))
    assert len(fitted) == 60 and len(scored) == 30
    assert [one.label for one in fitted].count("a") == 30
    assert not {texts(one) for one in fitted} & {texts(one) for one in scored}
    assert draw(training, held, 60, Random(0)) == (fitted, scored)
    assert len(evenly([question("a", "same"), question("a", "SAME")], 9, Random(0))) == 1


def asked(count: int, seed: int) -> tuple[list[Question], np.ndarray]:
    """Four labels that two features tell, three questions a dialogue."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, 8))
    names = ["abcd"[int(x > 0) * 2 + int(y > 0)] for x, y in features[:, :2]]
    return [question(name, f"{seed}/{number}", f"d{number // 3}") for number, name in enumerate(names)], features


def test_a_probe_finds_what_is_there_and_its_control_stays_at_chance() -> None:
    (fitted, states), (held, held_states) = asked(600, 1), asked(300, 2)
    found = measure(fitted, states, held, held_states)
    assert found["accuracy"] > 0.9
    assert found["control_low"] - 0.03 < 0.25 < found["control_high"] + 0.03
    assert found["selectivity"] == pytest.approx(found["accuracy"] - found["control"])
    assert found["selectivity_low"] < found["selectivity"] < found["selectivity_high"]


def test_permuted_labels_give_chance() -> None:
    (fitted, states), (held, held_states) = asked(600, 1), asked(300, 2)
    found = measure(fitted, np.random.default_rng(0).permutation(states), held, held_states)
    assert abs(found["accuracy"] - 0.25) < 0.1
    assert found["selectivity_low"] < 0 < found["selectivity_high"]


def test_a_word_has_one_control_label_and_a_text_of_its_own_too() -> None:
    words = [question("ab"[number % 2], f"text {number}", type=f"word {number % 4}") for number in range(40)]
    given = control(words, ["a", "b"], "0/0")
    assert all(given[number] == given[number % 4] for number in range(40))
    assert given == control(words, ["a", "b"], "0/0") != control(words, ["a", "b"], "0/7")
    shares = control([question("a", f"text {number}") for number in range(2_000)], ["a", "a", "a", "b"], "0/0")
    assert shares.count("b") / 2_000 == pytest.approx(0.25, abs=0.03)


def test_a_bootstrap_of_dialogues_is_wider_than_one_of_rows() -> None:
    values = np.repeat(np.random.default_rng(0).integers(2, size=40), 10).astype(float)
    by_row, by_dialogue = interval(values, [str(number) for number in range(400)]), interval(values, [str(number // 10) for number in range(400)])
    assert by_dialogue[1] - by_dialogue[0] > 2.5 * (by_row[1] - by_row[0])


@pytest.mark.parametrize(("count", "dim"), [(12, 3), (8, 20)])
def test_logme_is_the_largest_evidence(count: int, dim: int) -> None:
    """Brute force: the targets' normal density N(0, I / beta + F F' / alpha), maximised by scipy."""
    rng = np.random.default_rng(count)
    features = rng.normal(size=(count, dim))
    target = (features[:, 0] + 0.5 * rng.normal(size=count) > 0).astype(int)

    def negative(logs: np.ndarray) -> float:
        alpha, beta = np.exp(logs)
        return -float(multivariate_normal.logpdf(target, np.zeros(count), np.eye(count) / beta + features @ features.T / alpha))

    exact = {"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4_000}
    best = min(minimize(negative, start, method="Nelder-Mead", options=exact).fun for start in ([0.0, 0.0], [2.0, 2.0]))
    assert logme(features, target[:, None]) == pytest.approx(-best / count, abs=1e-4)


def test_logme_takes_labels_column_by_column_and_prefers_features_that_tell() -> None:
    rng = np.random.default_rng(0)
    features, columns = rng.normal(size=(200, 10)), rng.integers(2, size=(200, 3))
    telling = features + 3 * np.pad(columns, ((0, 0), (0, 7)))
    assert logme(features, columns) == pytest.approx(np.mean([logme(features, columns[:, [one]]) for one in range(3)]))
    assert logme(telling, columns) > logme(features, columns) + 0.1


def test_h_score_by_explicit_matrices() -> None:
    """In one dimension: the share of variance between classes; in several: the trace, with the shrunk covariance written out."""
    classes = np.repeat(np.eye(2, dtype=int), 500, axis=0)
    line = np.concatenate([np.tile([0.0, 2.0], 250), np.tile([3.0, 5.0], 250)])[:, None]
    assert h_score(line, classes) == pytest.approx(1.5**2 / (1.5**2 + 1.0), abs=1e-2)

    from sklearn.covariance import LedoitWolf

    rng = np.random.default_rng(0)
    features = rng.normal(size=(300, 5)) + 2 * classes[::-1][:300, [0, 1, 0, 1, 0]] * rng.normal(size=5)
    names = rng.integers(3, size=300)
    shrunk = LedoitWolf().fit(features)
    means = np.stack([features[names == name].mean(axis=0) for name in names])
    expected = (1 - shrunk.shrinkage_) * np.trace(np.linalg.inv(shrunk.covariance_) @ np.cov(means.T, bias=True))
    assert h_score(features, np.eye(3, dtype=int)[names]) == pytest.approx(expected)


def test_h_score_of_many_labels_is_the_mean_of_its_columns() -> None:
    rng = np.random.default_rng(0)
    features, columns = rng.normal(size=(200, 4)), rng.integers(2, size=(200, 3))
    pairs = [h_score(features, np.stack([column, 1 - column], axis=1)) for column in columns.T]
    assert h_score(features, columns) == pytest.approx(np.mean(pairs))


def test_the_linear_probe_is_scored_on_other_dialogues() -> None:
    """Features that name the dialogue tell nothing of a new dialogue, although every row of one dialogue has the same label."""
    rng = np.random.default_rng(0)
    dialogues = np.repeat(np.arange(50), 10)
    names = rng.integers(2, size=50)[dialogues]
    identity = rng.normal(size=(50, 30))[dialogues] + 0.01 * rng.normal(size=(500, 30))
    groups = [str(number) for number in dialogues]
    assert linear_probe(identity, np.eye(2, dtype=int)[names], groups) < 0.7
    assert linear_probe(identity + 3 * names[:, None], np.eye(2, dtype=int)[names], groups) > 0.95
    many = np.stack([names, 1 - names, names], axis=1)
    assert linear_probe(identity + 3 * names[:, None], many, groups) > 0.95


@pytest.mark.parametrize("name", list(SCORES))
def test_every_score_tells_good_features_from_noise(name: str) -> None:
    rng = np.random.default_rng(0)
    classes = rng.integers(3, size=240)
    noise, groups = rng.normal(size=(240, 6)), [str(number // 2) for number in range(240)]
    one_hot = np.eye(3, dtype=int)[classes]
    assert SCORES[name](noise + 2 * np.pad(one_hot, ((0, 0), (0, 3))), one_hot, groups) > SCORES[name](noise, one_hot, groups)


def test_cka_knows_rotation_scale_and_strangers() -> None:
    rng = np.random.default_rng(0)
    states = rng.normal(size=(2_000, 6))
    assert cka(states, 3 * states @ ortho_group.rvs(6, random_state=0) + 5) == pytest.approx(1)
    assert cka(states, rng.normal(size=(2_000, 6))) < 0.02
    both = np.concatenate([states[:, :3], rng.normal(size=(2_000, 3))], axis=1)
    assert cka(states, both) == pytest.approx(0.5, abs=0.05)
