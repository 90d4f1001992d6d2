"""The fake predictor keeps the contract, and the shipped samples can be asked everything."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from engine.dialogue import edits
from engine.dialogue.edits import Posed
from engine.dialogue.model import Dialogue
from engine.dialogue.samples import samples
from engine.errors import InputError, UnknownNameError
from engine.serve import PREDICTORS
from engine.serve.base import Predictor, ProbeQuestion
from engine.serve.questions import AFTER_USER
from engine.serve.verdicts import question_of

FAKE: Predictor = PREDICTORS["fake"]()
NAMES = [card.name for card in FAKE.card.variants]
EMPTY = Dialogue(corpus="c", id="i", split="all", turns=())


def posed(dialogue: Dialogue) -> list[Posed]:
    turns, others = dialogue.turns, [other for other in samples().values() if other is not dialogue]
    return [edits.mask_words(turns, [(0, 0), (2, 1)]), edits.speaker_of(turns, 1),
            edits.offer_candidates(turns, 3, others, count=4, rng=Random(1)), edits.replace_utterances(turns, [1], others, Random(1)),
            edits.count_entities(turns, 0, len), edits.shuffle_group(turns, 2, [1, 2, 0])]


def test_nine_variants_all_called_fake() -> None:
    assert NAMES == ["bert", "mlm", "dsp", "crm", "dcv", "enp", "dur", "joint", "enp_no_mlm"]
    assert all("fake" in card.title and "Fake" in card.note for card in FAKE.card.variants)
    assert all(set(card.heads) == set(FAKE.card.objectives) for card in FAKE.card.variants)


@pytest.mark.parametrize("name", samples())
def test_every_question_is_answered_once_per_variant(name: str) -> None:
    dialogue = samples()[name]
    found = FAKE.compare(dialogue, variants=NAMES, tasks=FAKE.card.tasks, candidates=["Never said."])
    asked = [(one.variant, one.turn, one.task) for one in found]
    turns = [(index, task) for index, turn in enumerate(dialogue.turns) for task in FAKE.card.tasks
             if (turn.speaker == "user") == (task in AFTER_USER) and (turn.speaker == "user" or index)]
    assert len(set(asked)) == len(asked) == len(turns) * len(NAMES)
    for one in found:
        assert list(one.scores.values()) == sorted(one.scores.values(), reverse=True) or one.task == "state_tracking"
        assert set([one.answer] if isinstance(one.answer, str) else one.answer) <= set(one.scores)
    assert found == FAKE.compare(dialogue, variants=NAMES, tasks=FAKE.card.tasks, candidates=["Never said."])


def test_gold_comes_from_the_annotation_alone() -> None:
    found = FAKE.compare(samples()["thai restaurant"], variants=["crm"], tasks=FAKE.card.tasks)
    gold = {(one.turn, one.task): one.gold for one in found}
    assert gold[2, "state_tracking"] == {"restaurant-food": "thai", "restaurant-area": "north"}
    assert gold[3, "dialogue_act"] == ("inform", "select") and gold[2, "intent"] is None
    plain = FAKE.compare(samples()["taxi"], variants=["crm"], tasks=("intent", "dialogue_act", "state_tracking"))
    assert {one.gold for one in plain} == {None}


@pytest.mark.parametrize("place", range(6))
def test_probe_answers_have_the_shape_of_the_right_answer(place: int) -> None:
    asked = posed(samples()["hotel"])[place]
    question = ProbeQuestion(objective=asked.objective, turns=asked.turns, candidates=asked.candidates, group=asked.group)
    for answer in FAKE.probe(question, variants=NAMES):
        assert len(answer.guess) == len(asked.right) == len(answer.scores)
        assert all(guess == next(iter(scores)) and 0.99 < sum(scores.values()) < 1.01
                   for guess, scores in zip(answer.guess, answer.scores, strict=True))
        assert asked.objective != "dur" or sorted(answer.guess) == ["0", "1", "2"]
        assert asked.objective != "crm" or answer.guess[0] in asked.candidates


@pytest.mark.parametrize("place", range(6))
def test_the_chance_of_the_right_answer_is_told_where_it_is_asked(place: int) -> None:
    asked = posed(samples()["hotel"])[place]
    question = question_of(asked)
    for answer in FAKE.probe(question, variants=NAMES):
        assert len(answer.chances) == (len(asked.right) if asked.objective == "mlm" else 1) and all(0 < chance < 1 for chance in answer.chances)
        if asked.objective != "dur" and all(map(edits.agrees, asked.right, answer.guess)):
            assert list(answer.chances) == [scores[guess] for scores, guess in zip(answer.scores, answer.guess, strict=True)]
    assert all(answer.chances == () for answer in FAKE.probe(replace(question, right=()), variants=NAMES))


def test_many_questions_are_answered_as_one_by_one() -> None:
    questions, told = [question_of(asked) for asked in posed(samples()["hotel"])], []
    found = FAKE.probe_all(questions, variants=["crm", "dur"], progress=lambda share, note: told.append(share))
    assert found == [FAKE.probe(question, variants=["crm", "dur"]) for question in questions] and told[-1] == 1.0
    assert FAKE.probe_all([], variants=["crm"]) == []


def test_pieces_of_words_join_to_the_words() -> None:
    assert FAKE.pieces(["Thai", "guesthouses"]) == [("thai",), ("guest", "##houses")]


def test_variants_differ_and_progress_ends_at_one() -> None:
    told: list[float] = []
    found = FAKE.compare(samples()["train and hotel"], variants=NAMES, tasks=["intent"], progress=lambda share, note: told.append(share))
    assert len({one.answer for one in found if one.turn == 0}) > 1
    assert told == sorted(told) and told[-1] == 1.0


def test_wrong_names_and_empty_dialogues_are_told() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'crm'"):
        FAKE.compare(samples()["taxi"], variants=["crn"], tasks=["intent"])
    with pytest.raises(UnknownNameError, match="unknown task"):
        FAKE.compare(samples()["taxi"], variants=["crm"], tasks=["sing"])
    with pytest.raises(InputError, match="no turns"):
        FAKE.compare(EMPTY, variants=["crm"], tasks=["intent"])
    with pytest.raises(UnknownNameError, match="unknown objective"):
        FAKE.probe(ProbeQuestion(objective="nsp", turns=samples()["taxi"].turns), variants=["crm"])


def test_one_sample_has_twelve_turns_and_all_are_ours() -> None:
    assert 6 <= len(samples()) <= 8 and 12 in {len(sample.turns) for sample in samples().values()}
