"""What each objective asks: the right answers are right, the draws are fair, and no torch is needed."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dialogue.model import Dialogue, Turn
from engine.objectives import OBJECTIVES
from engine.objectives.base import Sources
from engine.objectives.crm import RESPONSE_TOKENS
from engine.objectives.dcv import REPLACED, corrupt
from engine.objectives.dur import GROUP, REACH
from engine.objectives.enp import entity_classes
from engine.objectives.mlm import mask
from tests.unit.tiny import FakeForm, FakeTokens, said, toy

SOURCES = Sources(pool=toy(), count=lambda texts: [len(text.split()) for text in texts], entity_classes=4)
SEEDS = st.integers(0, 10_000)
WORDS = st.sampled_from(["yes", "no", "a cheap hotel", "in the north please", "thanks", "what time"])
TURNS = st.builds(Turn, speaker=st.sampled_from(["user", "system"]), text=WORDS)
DIALOGUES = st.lists(TURNS, max_size=12).map(lambda turns: Dialogue(corpus="c", id="d", split="train", turns=tuple(turns)))
QUICK = settings(max_examples=150, deadline=None)


def examples(name: str, dialogue: Dialogue, seed: int = 0) -> list:
    return list(OBJECTIVES[name].examples(dialogue, Random(seed), SOURCES))


def counting(turns: int) -> Dialogue:
    """A dialogue whose texts are all different."""
    return said(*(f"utterance number {n} here" for n in range(turns)))


@pytest.mark.parametrize("name", OBJECTIVES)
@given(dialogue=DIALOGUES, seed=SEEDS)
@QUICK
def test_any_dialogue_gives_at_most_one_question_and_the_seed_decides(name: str, dialogue: Dialogue, seed: int) -> None:
    first, again = examples(name, dialogue, seed), examples(name, dialogue, seed)
    assert first == again and len(first) <= 1
    one, two = FakeForm(), FakeForm()
    assert OBJECTIVES[name].collate(first, one, Random(seed)) == OBJECTIVES[name].collate(again, two, Random(seed))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_no_turns_no_question(name: str) -> None:
    assert examples(name, said()) == []


@pytest.mark.parametrize("name", OBJECTIVES)
def test_places_lie_in_their_sequences(name: str) -> None:
    asked = [example for n, dialogue in enumerate(toy()) for example in examples(name, dialogue, n)]
    batch = OBJECTIVES[name].collate(asked, FakeForm(), Random(0))
    assert asked and batch.targets and all(0 <= place < len(batch.sequences[row]) for row, place in batch.places)


# MLM


def test_mask_shares_over_many_draws() -> None:
    tokens, rng = FakeTokens(), Random(0)
    ids = [2, *range(100, 300), 3]
    fates: Counter[str] = Counter()
    for _ in range(400):
        changed, chosen = mask(ids, tokens, rng)
        assert len(chosen) == 30 and chosen == sorted(set(chosen))
        assert all(changed[place] == ids[place] for place in range(len(ids)) if place not in chosen)
        fates.update("mask" if changed[p] == tokens.mask_id else "same" if changed[p] == ids[p] else "random" for p in chosen)
    total = sum(fates.values())
    assert fates["mask"] / total == pytest.approx(0.8, abs=0.02)
    assert fates["random"] / total == pytest.approx(0.1, abs=0.02) and fates["same"] / total == pytest.approx(0.1, abs=0.02)


@given(ids=st.lists(st.integers(0, 40), max_size=60), seed=SEEDS)
@QUICK
def test_mask_never_chooses_special_tokens_and_always_one_other(ids: list[int], seed: int) -> None:
    changed, chosen = mask(ids, FakeTokens(), Random(seed))
    open_to_choice = [place for place, token in enumerate(ids) if token >= 5]
    assert set(chosen) <= set(open_to_choice) and bool(chosen) == bool(open_to_choice) and len(changed) == len(ids)


def test_every_open_position_can_be_masked_markers_too() -> None:
    ids, tokens = [2, 998, 10, 11, 999, 12, 3], FakeTokens()
    seen = {place for seed in range(200) for place in mask(ids, tokens, Random(seed))[1]}
    assert seen == {1, 2, 3, 4, 5}


@given(dialogue=DIALOGUES.filter(lambda dialogue: dialogue.turns), seed=SEEDS)
@QUICK
def test_mlm_targets_are_the_original_ids_at_the_places(dialogue: Dialogue, seed: int) -> None:
    form = FakeForm()
    asked = examples("mlm", dialogue) + examples("mlm", dialogue)
    batch = OBJECTIVES["mlm"].collate(asked, form, Random(seed))
    ids, _ = form.history(dialogue.turns)
    assert list(batch.targets) == [ids[place] for _, place in batch.places]
    for row, sequence in enumerate(batch.sequences):
        chosen = {place for sequence_row, place in batch.places if sequence_row == row}
        assert all(token == ids[place] for place, token in enumerate(sequence) if place not in chosen)


# DSP and ENP


@pytest.mark.parametrize("name", ["dsp", "enp"])
def test_one_bare_utterance_and_its_class(name: str) -> None:
    form = FakeForm()
    for seed, dialogue in enumerate(toy() * 3):
        (example,) = examples(name, dialogue, seed)
        (turn,) = example.turns
        assert turn in dialogue.turns
        right = ("user", "system").index(turn.speaker) if name == "dsp" else min(len(turn.text.split()), 3)
        batch = OBJECTIVES[name].collate([example], form, Random(0))
        assert list(batch.targets) == [right] and batch.places == [(0, 0)]
        assert batch.sequences == [[2, *form.tokens.texts([turn.text])[0], 3]]
        assert not set(batch.sequences[0]) & {998, 999}


def test_both_speakers_are_drawn_equally_often() -> None:
    drawn = Counter(examples("dsp", counting(6), seed)[0].target for seed in range(1000))
    assert drawn[0] / 1000 == pytest.approx(0.5, abs=0.05)


def test_enp_names_k_classes() -> None:
    assert OBJECTIVES["enp"].head(7).size == 7
    assert {examples("enp", said("a b c d e f g h"))[0].target} == {3}
    assert entity_classes([0] * 200) == 2 and entity_classes([0] * 97 + [1, 2, 3]) == 4


# CRM


@given(dialogue=DIALOGUES, seed=SEEDS)
@QUICK
def test_crm_response_is_a_system_turn_and_follows_its_context(dialogue: Dialogue, seed: int) -> None:
    for example in examples("crm", dialogue, seed):
        cut = len(example.turns)
        assert cut and example.turns == dialogue.turns[:cut] and example.response == dialogue.turns[cut]
        assert example.response.speaker == "system" and example.target is None


def test_crm_every_continuation_is_drawn() -> None:
    assert {len(examples("crm", counting(8), seed)[0].turns) for seed in range(200)} == {1, 3, 5, 7}


def test_crm_blank_responses_are_no_answer() -> None:
    assert examples("crm", said("hello", "  ")) == [] and examples("crm", said("hello")) == []


def test_crm_batch_masks_contexts_but_not_responses() -> None:
    form = FakeForm()
    asked = [example for seed, dialogue in enumerate(toy()) for example in examples("crm", dialogue, seed)]
    batch = OBJECTIVES["crm"].collate(asked, form, Random(1))
    count = len(asked)
    contexts, responses = batch.sequences[:count], batch.sequences[count:]
    assert list(batch.targets) == list(range(count)) and batch.places == [(row, 0) for row in range(2 * count)]
    assert responses == [form.utterance(example.response, RESPONSE_TOKENS) for example in asked if example.response]
    original = [form.history(example.turns)[0] for example in asked]
    changed = sum(a != b for new, old in zip(contexts, original, strict=True) for a, b in zip(new, old, strict=True))
    assert [len(ids) for ids in contexts] == [len(ids) for ids in original]
    assert changed / sum(map(len, original)) == pytest.approx(0.13, abs=0.04)


# DCV


def test_dcv_corrupts_half() -> None:
    classes = Counter(examples("dcv", toy()[seed % 20], seed)[0].target for seed in range(2000))
    assert classes[1] / 2000 == pytest.approx(0.5, abs=0.04)


@given(dialogue=DIALOGUES, seed=SEEDS)
@QUICK
def test_dcv_class_says_whether_anything_changed(dialogue: Dialogue, seed: int) -> None:
    asked = examples("dcv", dialogue, seed)
    assert len(asked) == (len(dialogue.turns) >= 2)
    for example in asked:
        changed = [old.text for old, new in zip(dialogue.turns, example.turns, strict=True) if old.text != new.text]
        assert example.target == bool(changed) and len(changed) <= max(1, round(REPLACED * len(dialogue.turns)))
        assert [turn.speaker for turn in example.turns] == [turn.speaker for turn in dialogue.turns]


def test_dcv_replaces_the_share_by_strangers_of_the_same_role() -> None:
    dialogue = counting(10)
    known = {speaker: {turn.text for other in toy() for turn in other.turns if turn.speaker == speaker} for speaker in ("user", "system")}
    for seed in range(100):
        new = corrupt(dialogue.turns, Random(seed), toy())
        strange = [turn for old, turn in zip(dialogue.turns, new, strict=True) if turn != old]
        assert len(strange) == 3 and all(turn.text in known[turn.speaker] for turn in strange)


def test_dcv_never_replaces_by_the_same_words() -> None:
    pool = [said("Hello", "Bye")]
    assert corrupt(said("hello", "bye").turns, Random(0), pool) == said("hello", "bye").turns
    assert examples("dcv", toy()[0], 0)[0].target in (0, 1)


# DUR


@given(turns=st.integers(0, 14), seed=SEEDS)
@QUICK
def test_dur_target_undoes_the_shuffle(turns: int, seed: int) -> None:
    dialogue = counting(turns)
    asked = examples("dur", dialogue, seed)
    assert len(asked) == (turns >= GROUP)
    for example in asked:
        start, end = example.group[0], len(example.turns)
        assert example.group == tuple(range(start, start + GROUP)) and max(0, end - REACH) <= start <= end - GROUP
        members = [example.turns[place] for place in example.group]
        restored = [turn for _, turn in sorted(zip(example.target, members, strict=True), key=lambda pair: pair[0])]
        assert (*example.turns[:start], *restored, *example.turns[start + GROUP:]) == dialogue.turns[:end]
        assert sorted(example.target) == list(range(GROUP)) and list(example.target) != list(range(GROUP))


def test_dur_all_five_orders_are_equally_likely() -> None:
    orders = Counter(examples("dur", counting(6), seed)[0].target for seed in range(2500))
    assert len(orders) == 5 and all(count / 2500 == pytest.approx(0.2, abs=0.04) for count in orders.values())


@given(seed=SEEDS)
@QUICK
def test_dur_places_point_at_the_markers_of_the_group(seed: int) -> None:
    form = FakeForm()
    asked = examples("dur", counting(9), seed) + examples("dur", said("a b", "c", "d e f"), seed)
    batch = OBJECTIVES["dur"].collate(asked, form, Random(0))
    assert list(batch.targets) == [rank for example in asked for rank in example.target]
    for (row, place), turn in zip(batch.places, (example.turns[i] for example in asked for i in example.group), strict=True):
        words = form.tokens.texts([turn.text])[0]
        assert batch.sequences[row][place:place + 1 + len(words)] == [form.tokens.marker_ids[turn.speaker], *words]


class Cutting(FakeForm):
    """Loses the first turns of every history."""

    def history(self, turns, limit=None):  # type: ignore[no-untyped-def]
        ids, markers = super().history(turns)
        return ids, [None, *markers[1:]]


def test_dur_leaves_out_a_group_that_was_cut() -> None:
    lost = examples("dur", said("a", "b", "c"), 1)[0]
    kept = next(example for seed in range(20) for example in examples("dur", counting(9), seed) if example.group[0] > 0)
    batch = OBJECTIVES["dur"].collate([lost, kept], Cutting(), Random(0))
    assert len(batch.sequences) == 1 and list(batch.targets) == list(kept.target) and {row for row, _ in batch.places} == {0}


# No torch


def test_questions_and_batches_need_no_torch() -> None:
    code = ("import sys; from random import Random; from engine.objectives import OBJECTIVES; from engine.objectives.base import Sources\n"
            "from tests.unit.tiny import FakeForm, toy\n"
            "sources = Sources(pool=toy(), count=lambda texts: [1 for _ in texts], entity_classes=3)\n"
            "for name, objective in OBJECTIVES.items():\n"
            "    asked = [e for d in toy() for e in objective.examples(d, Random(1), sources)]\n"
            "    assert objective.collate(asked, FakeForm(), Random(1)).tokens > 0 and objective.head(3)\n"
            "heavy = {'torch', 'transformers'} & set(sys.modules); assert not heavy, heavy")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
