"""Explanations on tiny shipped files: attributions add up, ablation equals asking the changed dialogue, the ruler is what is fed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from engine.dialogue.model import Dialogue
from engine.errors import InputError, UnknownNameError
from engine.serve.answering import reads, responses
from engine.serve.local import SERVED, LocalPredictor
from engine.serve.questions import all_offered
from engine.serve.reasons import Ablation, Attribution, confidence
from tests.unit import tiny, tiny_shipped

VARIANTS = ("bert", "mlm")
DIALOGUE = tiny.said("I need a hotel in the north", "Do you need parking?", "no, a taxi", "Booked.", "thanks a lot", "It is here", "ok then")
LONG = tiny.said("a b c d e f g h", "it is the taxi you h o t e l", "x " * 30, "the hotel", "y " * 30, "z", "a taxi to the hotel " * 3)
PLACES = {"intent": 4, "state_tracking": 4, "dialogue_act": 5, "response_selection": 5}


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPredictor]:
    root = tmp_path_factory.mktemp("why")
    base = tiny.bert(root / "bert")
    with tiny_shipped.home(root / "checkpoints"):
        for seed, name in zip((6, 2), VARIANTS, strict=True):  # seeds under which slots are filled
            tiny_shipped.ship(base, name, tasks=tuple(reversed(SERVED)), seed=seed)
        yield LocalPredictor()


def model(predictor: LocalPredictor, task: str):  # type: ignore[no-untyped-def]
    return predictor._variants["mlm"].task(task)


def explained(predictor: LocalPredictor, task: str, **options) -> Attribution:  # type: ignore[no-untyped-def]
    return predictor.explain(DIALOGUE, variants=["mlm"], task=task, turn=PLACES[task], **options)[0]


# Attribution


@pytest.mark.parametrize("task", SERVED)
@pytest.mark.parametrize("baseline", ["mask", "pad"])
def test_attributions_add_up_and_the_score_is_the_answers_confidence(predictor: LocalPredictor, task: str, baseline: str) -> None:
    found = explained(predictor, task, baseline=baseline)
    said = next(one for one in predictor.compare(DIALOGUE, variants=["mlm"], tasks=[task]) if one.turn == PLACES[task])
    key = found.target.partition("=")[0] if task == "state_tracking" else found.target
    assert found.complete and abs(sum(found.scores) - (found.score - found.baseline_score)) < 0.05
    assert confidence(found.score) == pytest.approx(said.scores[key], abs=1e-4)
    assert abs(found.score - found.baseline_score) > 0.01  # else adding up says nothing


@pytest.mark.parametrize("task", SERVED)
def test_special_tokens_and_markers_are_the_same_on_both_sides(predictor: LocalPredictor, task: str) -> None:
    found = explained(predictor, task)
    still = [score for piece, score in zip(found.pieces, found.scores, strict=True) if piece.kind != "word"]
    assert still and set(still) == {0.0} and any(found.scores)
    assert sum(found.turns.values()) == pytest.approx(sum(found.scores))


def test_the_baseline_score_is_that_of_the_masked_dialogue(predictor: LocalPredictor) -> None:
    found = explained(predictor, "dialogue_act")
    tokens = model(predictor, "dialogue_act").form.tokens
    hidden = [replace(turn, tokens=(tokens.mask_id,) * len(tokens.texts([turn.text])[0])) for turn in DIALOGUE.turns]
    blank = predictor.compare(DIALOGUE.with_turns(hidden), variants=["mlm"], tasks=["dialogue_act"])
    assert confidence(found.baseline_score) == pytest.approx(next(one.scores[found.target] for one in blank if one.turn == 5), abs=1e-4)


def test_steps_are_doubled_until_it_adds_up(predictor: LocalPredictor, monkeypatch: pytest.MonkeyPatch) -> None:
    coarse = explained(predictor, "state_tracking", steps=1)
    assert coarse.complete and coarse.steps > 1
    monkeypatch.setattr("engine.serve.explaining.MOST_STEPS", 2)
    monkeypatch.setattr("engine.serve.reasons.TOLERANCE", 0.0)
    assert not (told := explained(predictor, "state_tracking", steps=1)).complete and told.steps == 2


@pytest.mark.parametrize(("task", "target"), [("intent", "book_taxi"), ("dialogue_act", "bye"), ("response_selection", "Booked."),
                                              ("state_tracking", "hotel-stars=4"), ("state_tracking", "hotel-area=none")])
def test_any_target_can_be_asked_about(predictor: LocalPredictor, task: str, target: str) -> None:
    found = explained(predictor, task, target=target)
    assert found.target == target and found.complete


def test_a_slot_alone_means_the_variants_own_value(predictor: LocalPredictor) -> None:
    found = explained(predictor, "state_tracking", target="hotel-area")
    state = next(one.answer for one in predictor.compare(DIALOGUE, variants=["mlm"], tasks=["state_tracking"]) if one.turn == 4)
    assert isinstance(state, dict) and found.target == f"hotel-area={state.get('hotel-area', 'none')}"


@pytest.mark.parametrize(("task", "target", "error", "words"), [
    ("intent", "book_taxy", UnknownNameError, "did you mean 'book_taxi'"), ("dialogue_act", "sing", UnknownNameError, "unknown label"),
    ("response_selection", "Never said.", InputError, "not among the candidates"), ("state_tracking", "hotel-are", UnknownNameError, "hotel-area"),
    ("state_tracking", "hotel-area=nort", UnknownNameError, "north")])
def test_an_unknown_target_is_one_sentence(predictor: LocalPredictor, task: str, target: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        explained(predictor, task, target=target)


def test_a_question_that_does_not_arise_is_one_sentence(predictor: LocalPredictor) -> None:
    with pytest.raises(InputError, match=r"utterance 2: .*not asked there; choose a user turn"):
        predictor.explain(DIALOGUE, variants=["mlm"], task="intent", turn=1)
    with pytest.raises(InputError, match="only one response"):
        predictor.explain(tiny.said("hello", "hi"), variants=["mlm"], task="response_selection", turn=1)
    with pytest.raises(UnknownNameError, match="unknown variant"):
        predictor.ablate(DIALOGUE, variants=["mlmm"], task="intent", turn=0)


@pytest.mark.parametrize("task", SERVED)
def test_shuffled_weights_give_another_attribution_and_stay_apart(predictor: LocalPredictor, task: str) -> None:
    part = model(predictor, task)
    kept = {name: weight.clone() for name, weight in [*part.encoder.state_dict().items(), *part.head.state_dict().items()]}
    real = explained(predictor, task)
    first, again, other = (explained(predictor, task, target=real.target, shuffled=seed) for seed in (0, 0, 1))
    assert first == again and first.scores != other.scores and first.scores != real.scores
    assert (real.shuffled, first.shuffled) == ("", "top layer" if task == "response_selection" else "head and top layer") and first.complete
    now = dict([*part.encoder.state_dict().items(), *part.head.state_dict().items()])
    assert all(torch.equal(weight, now[name]) for name, weight in kept.items()) and explained(predictor, task) == real


# Ablation


def asked_again(predictor: LocalPredictor, changed: Dialogue, one: Ablation, turn: int) -> tuple[object, float | None]:
    """Answer to a changed dialogue as `compare` gives it, and the target's confidence where it tells that."""
    said = predictor.compare(changed, variants=[one.variant], tasks=[one.task], candidates=all_offered(DIALOGUE, ()))
    found = next(other for other in said if other.turn == turn)
    slot, _, value = one.target.partition("=")
    if not isinstance(found.answer, dict):
        return found.answer, found.scores[one.target]
    return found.answer, found.scores[slot] if found.answer.get(slot) == value else None


@pytest.mark.parametrize("task", SERVED)
def test_leaving_a_turn_out_equals_asking_the_shorter_dialogue(predictor: LocalPredictor, task: str) -> None:
    found = predictor.ablate(DIALOGUE, variants=VARIANTS, task=task, turn=PLACES[task])
    expected = [] if task == "intent" else list(range(4 if task == "state_tracking" else 5))
    assert [(one.variant, one.dropped) for one in found] == [(name, turn) for name in VARIANTS for turn in expected]
    for one in found:
        turns = DIALOGUE.turns[:one.dropped] + DIALOGUE.turns[one.dropped + 1:]
        answer, share = asked_again(predictor, DIALOGUE.with_turns(turns), one, PLACES[task] - 1)
        assert one.answer_after == answer and (share is None or confidence(one.after) == pytest.approx(share, abs=1e-4))
        answer, share = asked_again(predictor, DIALOGUE, one, PLACES[task])
        assert one.answer_before == answer and confidence(one.before) == pytest.approx(share, abs=1e-4)
    assert task == "intent" or len({round(one.effect, 6) for one in found}) > 2


@pytest.mark.parametrize("task", SERVED)
def test_blanking_a_turn_keeps_the_length_and_may_hit_any_turn(predictor: LocalPredictor, task: str) -> None:
    tokens = model(predictor, task).form.tokens
    found = predictor.ablate(DIALOGUE, variants=["mlm"], task=task, turn=PLACES[task], blank=True)
    assert [one.dropped for one in found] == ([4] if task == "intent" else list(range(5)))
    for one in found:
        masks = (tokens.mask_id,) * len(tokens.texts([DIALOGUE.turns[one.dropped].text])[0])
        turns = [replace(turn, tokens=masks) if place == one.dropped else turn for place, turn in enumerate(DIALOGUE.turns)]
        answer, _ = asked_again(predictor, DIALOGUE.with_turns(turns), one, PLACES[task])
        assert one.blank and one.answer_after == answer


def test_the_only_turn_is_not_left_out(predictor: LocalPredictor) -> None:
    assert predictor.ablate(tiny.said("hello", "hi", "bye"), variants=["mlm"], task="dialogue_act", turn=1) == []
    assert len(predictor.ablate(tiny.said("hello", "hi", "bye"), variants=["mlm"], task="state_tracking", turn=2)) == 2


def test_a_turn_that_was_cut_away_is_passed_over(predictor: LocalPredictor) -> None:
    seen = predictor.seen(LONG, variant="mlm", task="state_tracking", turn=6)
    found = predictor.ablate(LONG, variants=["mlm"], task="state_tracking", turn=6)
    assert [one.dropped for one in found] == [turn for turn, fate in seen.fates.items() if fate != "cut" and turn != 6] != []
    assert "cut" in seen.fates.values()


# What was read


@pytest.mark.parametrize("dialogue", [DIALOGUE, LONG, tiny.said("", "", "", "hi", "", "", "")], ids=["short", "long", "empty"])
@pytest.mark.parametrize("task", SERVED)
def test_the_ruler_is_exactly_what_is_fed(predictor: LocalPredictor, task: str, dialogue: Dialogue) -> None:
    part = model(predictor, task)
    for turn in (index for index, one in enumerate(dialogue.turns) if index and (one.speaker == "user") == (task in ("intent", "state_tracking"))):
        seen = predictor.seen(dialogue, variant="mlm", task=task, turn=turn, candidates=("Which area?", "word " * 80))
        assert seen.ids == reads(part, dialogue, turn) and len(seen.ids) <= seen.limit == 64
        offered = all_offered(dialogue, ("Which area?", "word " * 80)) if task == "response_selection" else ()
        assert [[piece.id for piece in one] for one in seen.responses] == responses(part, offered)
        kinds = [piece.kind for piece in seen.pieces if piece.kept]
        assert kinds[0] == kinds[-1] == "special" and "special" not in kinds[1:-1]


def test_the_beginning_of_a_long_history_is_cut(predictor: LocalPredictor) -> None:
    seen = predictor.seen(LONG, variant="mlm", task="state_tracking", turn=6)
    assert seen.fates == {0: "cut", 1: "cut", 2: "part", **dict.fromkeys(range(3, 7), "whole")}
    assert len(seen.ids) == 64 and seen.cut == len(seen.pieces) - 64
    body = seen.pieces[1:-1]
    assert [piece.kept for piece in body] == sorted(piece.kept for piece in body)  # all that is cut comes first
    assert [piece.turn for piece in body] == sorted(piece.turn or 0 for piece in body)
    assert [piece.text for piece in body if piece.kind == "marker"] == ["[USR]", "[SYS]"] * 3 + ["[USR]"]


def test_the_end_of_a_long_utterance_is_cut_and_nothing_else_is_read(predictor: LocalPredictor) -> None:
    seen = predictor.seen(tiny.said("hello", "hi", "y " * 100), variant="mlm", task="intent", turn=2)
    assert seen.reads == (2,) and seen.fates == {2: "part"} and seen.cut == 100 - 62
    assert [piece.kept for piece in seen.pieces] == [True] * 63 + [False] * 38 + [True]
    assert {piece.kind for piece in seen.pieces} == {"special", "word"}


def test_explaining_only_speaks_of_what_was_read(predictor: LocalPredictor) -> None:
    found = predictor.explain(LONG, variants=["mlm"], task="state_tracking", turn=6)[0]
    assert [piece.id for piece in found.pieces] == predictor.seen(LONG, variant="mlm", task="state_tracking", turn=6).ids
    assert set(found.turns) == {2, 3, 4, 5, 6}
