"""Task structures against batches, targets and answers worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dialogue.model import Turn
from engine.recipes import CPU_HEADS, PAPER_HEADS, HeadOptions
from engine.tasks import TASKS
from engine.tasks.base import Example, Labels
from engine.tasks.structures import IGNORED, best, choose, collate, decode, head_spec, response_sequence, sequence, softmax, target
from tests.unit import tiny

INTENTS = Labels(names=("book", "oos", "weather"))
ACTS = Labels(names=("bye", "inform", "request"))
SLOTS = Labels(names=("hotel-area", "hotel-stars"), values={"hotel-area": ("none", "dontcare", "north", "south"), "hotel-stars": ("none", "dontcare", "4")})
CARDS = {name: TASKS[name].card for name in TASKS}
TURNS = tiny.said("one two", "three", "four five").turns
SURE = 9.0


def example(turns: tuple[Turn, ...] = TURNS, target: Any = None, response: str = "") -> Example:
    return Example(id="d#1", corpus="c", turns=turns, target=target, response=response)


def hot(size: int, *places: int) -> np.ndarray:
    row = np.full(size, -SURE, dtype=np.float32)
    row[list(places)] = SURE
    return row


# What the encoder reads


def test_intent_reads_the_last_utterance_without_a_marker() -> None:
    form = tiny.FakeForm()
    assert sequence(CARDS["intent"], example(), form) == [2, *form.tokens.texts(["four five"])[0], 3]


@pytest.mark.parametrize("task", ["dialogue_act", "response_selection", "state_tracking"])
def test_the_others_read_the_history_with_markers(task: str) -> None:
    form = tiny.FakeForm()
    one, two, three = form.tokens.texts(["one two", "three", "four five"])
    assert sequence(CARDS[task], example(), form) == [2, 998, *one, 999, *two, 998, *three, 3]


def test_batches_pair_contexts_with_their_responses() -> None:
    form = tiny.FakeForm()
    rows = [example(TURNS[:1], "three", "three"), example(TURNS, "bye now", "bye now")]
    batch = collate(CARDS["response_selection"], rows, Labels(names=()), form, 9)
    assert batch.sequences[2:] == [response_sequence("three", form, 9), response_sequence("bye now", form, 9)]
    assert batch.sequences[:2] == [sequence(CARDS["response_selection"], row, form) for row in rows]
    assert batch.places == [(0, 0), (1, 0), (2, 0), (3, 0)] and batch.targets == [0, 1]


@pytest.mark.parametrize(("task", "labels", "answers", "targets"), [
    ("intent", INTENTS, ["weather", "book"], [2, 0]),
    ("dialogue_act", ACTS, [("bye", "request"), ()], [[0, 2], []]),
    ("state_tracking", SLOTS, [{"hotel-area": "south"}, {"hotel-stars": "dontcare"}], [(3, 0), (0, 1)]),
])
def test_batches_of_the_others_have_a_row_per_example(task: str, labels: Labels, answers: list[Any], targets: list[Any]) -> None:
    form = tiny.FakeForm()
    batch = collate(CARDS[task], [example(target=answer) for answer in answers], labels, form, 9)
    assert batch.targets == targets and batch.places == [(0, 0), (1, 0)]
    assert batch.sequences == 2 * [sequence(CARDS[task], example(), form)] and batch.tokens == 2 * len(batch.sequences[0])


# Targets


@pytest.mark.parametrize(("value", "id"), [("north", 2), ("centre|south", 3), ("north|south", 2), ("centre", IGNORED), ("dontcare", 1), ("none", 0)])
def test_a_value_that_cannot_be_picked_is_left_out_of_the_loss(value: str, id: int) -> None:
    assert target(CARDS["state_tracking"], {"hotel-area": value}, 0, SLOTS) == (id, 0)


def test_what_training_does_not_know_is_left_out_of_the_loss() -> None:
    assert target(CARDS["intent"], "fly", 0, INTENTS) == IGNORED == -100
    assert target(CARDS["dialogue_act"], ("bye", "sing"), 0, ACTS) == [0]


def test_an_ignored_target_has_no_loss() -> None:
    import torch

    from engine.models.heads import Classifier

    head, logits = Classifier(2, 3), torch.tensor([[1.0, 0.0, 0.0], [0.0, 5.0, 0.0]])
    assert head.loss(logits, [0, IGNORED]) == head.loss(logits[:1], [0])


# Answers


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(INTENTS.names))
def test_decode_undoes_target_of_intents(name: str) -> None:
    answer, scores = decode(CARDS["intent"], hot(3, target(CARDS["intent"], name, 0, INTENTS)), INTENTS)
    assert answer == name == next(iter(scores)) and sum(scores.values()) == pytest.approx(1)


@settings(max_examples=30, deadline=None)
@given(st.sets(st.sampled_from(ACTS.names)))
def test_decode_undoes_target_of_acts(acts: set[str]) -> None:
    right = tuple(sorted(acts))
    answer, scores = decode(CARDS["dialogue_act"], hot(3, *target(CARDS["dialogue_act"], right, 0, ACTS)), ACTS)
    assert answer == right and set(scores) == set(ACTS.names) and list(scores)[:len(acts)] == list(right)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(SLOTS.values["hotel-area"]), st.sampled_from(SLOTS.values["hotel-stars"]))
def test_decode_undoes_target_of_states(area: str, stars: str) -> None:
    state = {slot: value for slot, value in (("hotel-area", area), ("hotel-stars", stars)) if value != "none"}
    first, second = target(CARDS["state_tracking"], state, 0, SLOTS)
    answer, scores = decode(CARDS["state_tracking"], np.concatenate([hot(4, first), hot(3, second)]), SLOTS)
    assert answer == state and scores.keys() == state.keys() and all(share > 0.99 for share in scores.values())


def test_an_act_needs_more_than_half() -> None:
    answer, scores = decode(CARDS["dialogue_act"], np.array([0.0, 1e-3, -1e-3]), ACTS)
    assert answer == ("inform",) and scores["bye"] == 0.5 and scores["inform"] > 0.5 > scores["request"]


def test_choose_takes_the_best_candidate_and_shows_ten() -> None:
    said = [f"r{n}" for n in range(12)]
    answer, scores = choose(np.arange(12.0), said)
    assert answer == "r11" and list(scores) == said[:1:-1] and scores["r11"] == pytest.approx(softmax(np.arange(12.0))[-1])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=9))
def test_softmax_is_a_distribution_in_the_same_order(logits: list[float]) -> None:
    shares = softmax(np.array(logits))
    assert shares.sum() == pytest.approx(1) and np.isfinite(shares).all() and shares[int(np.argmax(logits))] == shares.max()


def test_softmax_by_hand() -> None:
    assert softmax(np.array([0.0, np.log(3.0)], dtype=np.float32)).tolist() == pytest.approx([0.25, 0.75])


def test_best_keeps_the_order_of_ties() -> None:
    assert list(best({"b": 0.2, "a": 0.2, "c": 0.6})) == ["c", "b", "a"]
    assert list(best({"b": 0.2, "c": 0.6}, limit=1)) == ["c"] and len(best({str(n): 0.0 for n in range(20)}, limit=None)) == 20


# Heads


@pytest.mark.parametrize(("task", "labels", "kind", "size"), [
    ("intent", INTENTS, "classifier", 3), ("dialogue_act", ACTS, "multi_label", 3), ("state_tracking", SLOTS, "slots", 2)])
def test_heads_have_an_output_per_label(task: str, labels: Labels, kind: str, size: int) -> None:
    spec = head_spec(CARDS[task], labels, PAPER_HEADS)
    assert (spec.kind, spec.size) == (kind, size)


def test_head_options_reach_the_heads() -> None:
    assert head_spec(CARDS["state_tracking"], SLOTS, CPU_HEADS).options == {"rank": 16, "scorer": "cosine"}
    assert head_spec(CARDS["response_selection"], ACTS, PAPER_HEADS).options == {"similarity": "cosine", "scale": 20.0, "pooled": False}
    assert head_spec(CARDS["response_selection"], ACTS, HeadOptions(similarity="dot")).options == {"similarity": "dot", "scale": 1.0, "pooled": True}
