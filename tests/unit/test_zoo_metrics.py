"""DialogZoo's metrics: examples worked out by hand, agreement with the libraries, and what holds for any text."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import corpus_bleu
from seqeval.metrics import f1_score
from sklearn.metrics import f1_score as label_f1

from engine.dialogue.model import Turn
from engine.errors import InputError, UnknownNameError
from engine.paths import REPOSITORY
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample
from engine.zoo.baselines import baseline
from engine.zoo.knowledge import NOTHING, Database, Description, Document, Knowledge, Triples
from engine.zoo.metrics import BESIDE, METRICS
from engine.zoo.metrics.answers import normalised, token_f1
from engine.zoo.metrics.slots import conll_f1, dialoglue_f1, tags_match
from engine.zoo.metrics.texts import rouge_l
from engine.zoo.scores import Scores, score

USER = (Turn(speaker="user", text="a cheap thai place please"),)
WORDS = st.text("abc ", min_size=1, max_size=12).filter(str.strip)
SLOTS = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(["a", "b", "c d"])), max_size=4).map(tuple)
near = pytest.approx


def sample(task: str, answer: Any, knowledge: Knowledge = NOTHING, choices: Sequence[str] = (), id: str = "1", dataset: str = "d") -> Sample:
    return Sample(task=task, dataset=dataset, id=id, split="test", turns=USER if ZOO_TASKS[task].content != "none" else (), knowledge=knowledge,
                  answer=answer, choices=tuple(choices))


def measured(metric: str, golds: Sequence[Any], guesses: Sequence[Any], task: str = "rew", **more: Any) -> float:
    return METRICS[metric](golds, guesses, [sample(task, gold, **more) for gold in golds])


def scored(task: str, golds: Sequence[Any], texts: Sequence[str], **more: Any) -> Scores:
    return score(ZOO_TASKS[task], [sample(task, gold, id=f"{place}", **more) for place, gold in enumerate(golds)], texts)


# ---- the registry

def test_every_task_has_its_metric() -> None:
    assert {task.metric for task in ZOO_TASKS.values()} <= set(METRICS)
    assert set(BESIDE) | {name for names in BESIDE.values() for name in names} == set(METRICS)
    assert all(METRICS.note(name).endswith(".") and METRICS[name] for name in METRICS)
    with pytest.raises(UnknownNameError, match="did you mean 'rouge_l'"):
        METRICS["rouge"]


@pytest.mark.parametrize("metric", METRICS)
def test_nothing_to_score_is_refused(metric: str) -> None:
    with pytest.raises(InputError, match="no sample to score"):
        METRICS[metric]([], [], [])
    with pytest.raises(InputError, match="1 samples have 1 gold answers and 2 guesses"):
        METRICS[metric](["a"], ["a", "b"], [sample("rew", "a")])


# ---- words

def test_bleu_is_that_of_sacrebleu() -> None:
    golds = ["the cat sat on the mat", "it is a dog .", "I'd like two."]
    guesses = ["the cat sat on a mat", "it's a dog .", "I'd like two."]
    assert measured("bleu4", golds, guesses) == near(corpus_bleu(guesses, [golds]).score)
    # 1-4-grams in common: 5, 3, 2, 1 of 6, 5, 4, 3
    assert measured("bleu4", golds[:1], guesses[:1]) == near(100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)
    assert measured("bleu4", golds, [None] * 3) == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4))
def test_bleu_is_that_of_sacrebleu_on_anything(pairs: list[tuple[str, str]]) -> None:
    golds, guesses = map(list, zip(*pairs, strict=True))
    assert measured("bleu4", golds, guesses) == near(corpus_bleu(guesses, [golds]).score)


def test_rouge_is_that_of_the_paper_and_the_library() -> None:
    # Lin 2004, section 3: "police killed the gunman" against "police kill the gunman" and "the gunman kill police"
    assert rouge_l("police killed the gunman", "police kill the gunman") == 0.75
    assert rouge_l("police killed the gunman", "the gunman kill police") == 0.5
    found = RougeScorer(["rougeL"]).score("Ann will call Bob at noon.", "Ann calls Bob")["rougeL"].fmeasure
    assert measured("rouge_l", ["Ann will call Bob at noon."], ["Ann calls Bob"]) == near(100 * found)
    assert rouge_l("?!", "?!") == 1 and rouge_l("?!", "!") == 0


# ---- answers

@pytest.mark.parametrize(("gold", "guess", "exact", "f1"), [
    ("the Eiffel Tower", "Eiffel tower.", True, 1), ("a black dog", "the dog", False, 2 / 3), ("yes", "no", False, 0), ("The", "the", True, 1),
    ("two dogs", "two dogs and two cats", False, 2 * 2 / (2 + 5)), ("U.S.", "us", True, 1), ("the", "a", False, 1)])
def test_free_answers_are_normalised_as_in_squad(gold: str, guess: str, exact: bool, f1: float) -> None:
    assert measured("accuracy", [gold], [guess], "docqa") == 100 * exact
    assert token_f1(gold, guess) == near(f1)


def test_normalisation_keeps_words_that_begin_like_articles() -> None:
    assert normalised("An  Anthem, a theatre; THE end!") == "anthem theatre end"


def test_choices_differ_in_articles() -> None:
    assert measured("accuracy", ["a dog", "A  dog"], ["the dog", "a dog"], "comm", choices=["a dog", "the dog"]) == 50


def test_macro_f1_is_the_mean_over_gold_labels() -> None:
    golds, guesses = list("aaabbc"), list("aabbax")
    found = measured("macro_f1", golds, guesses, "intent", choices="abcx")
    assert found == near(100 * label_f1(golds, guesses, labels=list("abc"), average="macro", zero_division=0))
    assert found == near(100 * (4 / 6 + 2 / 4 + 0) / 3)


def test_turns_count_where_they_stand() -> None:
    one, two, three = (Turn(speaker="user", text=text) for text in ("hi", "bye", "ok"))
    assert measured("exact_match", [(one, two)], [(one, two)], "reo") == 100
    assert measured("turn_accuracy", [(one, two), (one, two, three)], [(one, two, three), (two, one, three)], "reo") == near(100 * (2 + 1) / 6)
    assert measured("turn_accuracy", [(one, two)], [None], "reo") == 0


# ---- slots

def test_slot_f1_by_hand() -> None:
    golds = [(("food", "thai"), ("area", "north")), (), (("food", "thai"), ("food", "indian"))]
    guesses = [(("area", "North"), ("food", "greek")), (("food", "x"),), (("food", "indian"), ("food", "thai"))]
    assert measured("slot_f1", golds, guesses, "fill") == near(100 * 2 * 3 / (4 + 5))
    # food: right nowhere (2 sentences have it, 3 are given it), since the order of the two dishes counts; area: 1, 1, 1
    assert measured("dialoglue_f1", golds, guesses, "fill") == near(50)
    assert measured("dialoglue_f1", golds, [*guesses[:2], golds[2]], "fill") == near(100 * (2 / 5 + 1) / 2)
    assert measured("slot_f1", [()], [()], "fill") == 100 and measured("slot_f1", [()], [None], "fill") == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(SLOTS, SLOTS), min_size=1, max_size=5))
def test_the_two_definitions_of_dialoglue_f1_agree(pairs: list[tuple[Any, Any]]) -> None:
    golds, guesses = zip(*pairs, strict=True)
    assert measured("dialoglue_f1", golds, guesses, "fill") == near(dialoglue_f1(golds, guesses))


def test_the_released_dialoglue_f1_counts_names_inside_names() -> None:
    gold = [[("time", "0-1")], [("arrival_time", "2-3")]]
    guess = [[("time", "0-1")], [("arrival_time", "2-4")]]
    assert dialoglue_f1(gold, guess) == near(50)  # time is right, arrival_time wrong
    assert dialoglue_f1(gold, guess, released=True) == near(100 * (2 / 4 + 0) / 2, abs=1e-2)  # time has arrival_time's error as well
    assert dialoglue_f1(gold, gold, released=True) == near(100, abs=1e-2) and dialoglue_f1([[]], [[]]) == 100


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["O", "B-x", "I-x", "B-y", "I-y"]), min_size=1, max_size=6), min_size=1, max_size=4), st.randoms())
def test_conll_f1_is_that_of_seqeval(gold: list[list[str]], rng: Any) -> None:
    guess = [rng.sample(tags, len(tags)) for tags in gold]
    spans = any(tag != "O" for tags in gold for tag in tags)
    assert conll_f1(gold, guess) == near(100 * f1_score(gold, guess, zero_division=0) if spans else 100)
    assert conll_f1(gold, gold) == near(100)


def test_slot_f1_of_words_is_conll_f1_of_tags() -> None:
    tags = [["B-food", "I-food", "O", "B-area"], ["O", "B-area"]], [["B-food", "O", "O", "B-area"], ["B-food", "B-area"]]
    golds = [(("food", "a b"), ("area", "d")), (("area", "f"),)]
    guesses = [(("food", "a"), ("area", "d")), (("food", "e"), ("area", "f"))]
    assert measured("slot_f1", golds, guesses, "fill") == near(conll_f1(*tags)) == near(100 * 4 / 7)


def test_top_needs_intent_and_all_tags() -> None:
    gold = [("IN_GET", ["O", "B-x"]), ("IN_GET", ["O"]), ("IN_SET", ["B-x"])]
    assert tags_match(gold, [("IN_GET", ["O", "B-x"]), ("IN_SET", ["O"]), ("IN_SET", ["O"])]) == near(100 / 3)


def test_states_are_right_as_a_whole() -> None:
    golds = [{"food": "thai", "area": "north"}, {}]
    guesses = [{"area": "North", "food": "thai"}, {"food": "thai"}]
    known = Description((("food", ""), ("area", ""), ("stars", "")))
    assert measured("joint_accuracy", golds, guesses, "dst") == 50
    assert measured("slot_accuracy", golds, guesses, "dst", knowledge=known) == near(100 * 5 / 6)
    assert measured("slot_f1", golds, guesses, "dst") == near(100 * 4 / 5)
    assert measured("joint_accuracy", golds, [golds[0], None], "dst") == 50
    assert measured("slot_accuracy", golds, [golds[0], None], "dst", knowledge=known) == 50


# ---- scores

def test_scores_say_everything() -> None:
    labels = Description((("yes please", ""), ("no", "")))
    found = scored("intent", ["yes please", "no", "no"], ["[intent] yes please", "no way", ""], knowledge=labels, choices=["yes please", "no"])
    assert (found.metric, found.n, found.correct) == ("accuracy", 3, {"accuracy": (True, False, False)})
    assert found.headline == near(100 / 3) and found.valid == near(100 / 3) and found.readable == near(200 / 3)
    assert set(found.metrics) == set(found.intervals) == {"accuracy", "macro_f1"}
    assert all(low <= found.metrics[name] <= high for name, (low, high) in found.intervals.items())
    assert scored("docqa", ["a dog"], ["dog"]).metrics == {"accuracy": 100, "token_f1": 100}


def test_generated_top_is_right_where_intent_and_slots_are() -> None:
    intents = scored("intent", ["get", "get", "set"], ["get", "get", "get"]).correct["accuracy"]
    slots = scored("fill", [(("x", "a"),), (("x", "b"),), ()], ["x = a", "none", "none"]).correct["exact_match"]
    assert (intents, slots) == ((True, True, False), (True, False, True))


def test_scores_bring_no_torch() -> None:
    code = ("import sys, engine.zoo.scores, engine.zoo.baselines; from engine.zoo.metrics import METRICS; list(METRICS.values()); "
            "assert 'torch' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True, timeout=120)


def test_intervals_draw_whole_dialogues() -> None:
    golds, texts = ["a"] * 40, ["a"] * 20 + ["b"] * 20
    alone = score(ZOO_TASKS["docqa"], [sample("docqa", gold, id=f"{place}/0") for place, gold in enumerate(golds)], texts)
    together = score(ZOO_TASKS["docqa"], [sample("docqa", gold, id=f"{place // 10}/{place}") for place, gold in enumerate(golds)], texts)
    one = score(ZOO_TASKS["docqa"], [sample("docqa", gold, id=f"0/{place}") for place, gold in enumerate(golds)], texts)
    widths = [high - low for low, high in (scores.intervals["accuracy"] for scores in (alone, together, one))]
    assert 20 < widths[0] < 40 < widths[1] and widths[2] == 0  # 1.96 * 2 * sqrt(.25 / 40) = 31 points for forty that stand alone


@pytest.mark.parametrize(("task", "text", "valid"), [
    ("fill", "food = thai", True), ("fill", "stars = five", False), ("fill", "none", True), ("fill", "food thai", False), ("dst", "Food = x", True),
    ("txt2sql", "select name from dogs", True), ("txt2sql", "select name from cats", False), ("txt2sql", "select size from dogs", False),
    ("txt2sql", "select from", False), ("txt2sql", "name of dogs", False), ("rew", "anything", True), ("rew", "a [EK] b", False)])
def test_valid_answers_name_what_the_sample_knows(task: str, text: str, valid: bool) -> None:
    known: dict[str, Knowledge] = {"txt2sql": Database((("dogs", ("name", "age")),)), "rew": NOTHING}
    gold: Any = {"fill": (), "dst": {}}.get(task, "x")
    assert scored(task, [gold], [text], knowledge=known.get(task, Description((("food", ""),)))).valid == 100 * valid


def answers_of(task: str) -> st.SearchStrategy[Any]:
    turns = st.lists(st.builds(Turn, speaker=st.sampled_from(["user", "system"]), text=WORDS), min_size=1, max_size=3).map(tuple)
    kinds: dict[str, st.SearchStrategy[Any]] = {"fill": SLOTS, "dst": SLOTS.map(dict), "reo": turns, "clo": turns, "txt2sql": st.sampled_from(
        ["select a from t", "select count(*) from t where b = 'x' order by c desc limit 1"])}
    return kinds.get(task, WORDS)


@pytest.mark.parametrize("name", ZOO_TASKS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_right_answers_score_100_in_any_order(name: str, data: st.DataObject) -> None:
    task, golds = ZOO_TASKS[name], data.draw(st.lists(answers_of(name), min_size=1, max_size=4))
    found = scored(name, golds, [task.target(gold) for gold in golds])
    four_words = any(len(gold.split()) >= 4 for gold in golds if isinstance(gold, str))
    assert {metric: value for metric, value in found.metrics.items() if value != near(100) and (metric != "bleu4" or four_words)} == {}
    assert found.readable == found.valid == 100 and all(map(all, found.correct.values()))


@pytest.mark.parametrize("name", ZOO_TASKS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_any_text_is_scored_and_the_order_of_samples_does_not_count(name: str, data: st.DataObject) -> None:
    any_text = st.one_of(st.text(max_size=30), WORDS, st.sampled_from(["select (", "select 'a", "x = y ; z =", "[USR] hi [SYS]", "[EK]", "none", "((("]))
    pairs = data.draw(st.lists(st.tuples(answers_of(name), any_text), min_size=1, max_size=4))
    found, other = (scored(name, *zip(*rows, strict=True)) for rows in (pairs, pairs[::-1]))
    assert found.metrics == near(other.metrics) and found.valid == near(other.valid) and found.valid <= found.readable
    assert all(0 <= value <= 100 for value in found.metrics.values())
    assert all(0 <= low <= high <= 100 for low, high in found.intervals.values())


# ---- baselines

def test_baselines_by_hand() -> None:
    training = [sample("emo", "joy", dataset="d"), sample("emo", "joy", dataset="d"), sample("emo", "anger", dataset="e"), sample("emo", "", dataset="e")]
    asked = [sample("emo", "joy", Description((("anger", ""), ("joy", "")))), sample("emo", "joy", dataset="e"), sample("emo", "joy", dataset="f")]
    found = baseline(ZOO_TASKS["emo"], training, asked)
    assert found["majority"] == ["[emo] joy", "[emo] anger", "[emo] joy"]
    assert found["copy"] == ["[emo] a cheap thai place please"] * 3
    assert found["knowledge"] == ["[emo] anger", "", ""] and found["all_knowledge"] == ["[emo] anger joy", "", ""]


def test_position_is_the_place_that_is_most_often_right() -> None:
    training = [sample("comm", right, choices=["a", "b", "c"]) for right in "abbc"]
    asked = [sample("comm", "z", choices=["x", "y", "z"]), sample("comm", "x", choices=["x"])]
    found = baseline(ZOO_TASKS["comm"], training, asked)
    assert found["position"] == ["[comm] y", "[comm] x"] and found["majority"] == ["[comm] b"] * 2


@pytest.mark.parametrize(("task", "knowledge", "said"), [
    ("docqa", Document("It rained. Ann left."), "It rained."), ("kgdial", Triples((("Ann", "plays", "chess"),)), "Ann plays chess"),
    ("txt2sql", Database((("dogs", ("name",)),)), "select * from dogs"), ("nlg", Description((("inform name", "Blue Spice"),)), "inform name Blue Spice")])
def test_knowledge_is_copied_from_its_beginning(task: str, knowledge: Knowledge, said: str) -> None:
    assert baseline(ZOO_TASKS[task], [], [sample(task, "x", knowledge)])["knowledge"] == [f"[{task}] {said}"]


@pytest.mark.parametrize("name", ZOO_TASKS)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_every_task_has_baselines_that_can_be_scored(name: str, data: st.DataObject) -> None:
    golds = data.draw(st.lists(answers_of(name), min_size=1, max_size=4))
    samples = [sample(name, gold, id=f"{place}") for place, gold in enumerate(golds)]
    for training in ([], samples):
        found = baseline(ZOO_TASKS[name], training, samples)
        assert len(found) >= 2 and found == baseline(ZOO_TASKS[name], training, samples)
        for texts in found.values():
            score(ZOO_TASKS[name], samples, texts)
    majority = baseline(ZOO_TASKS[name], samples[:1], samples[:1])["majority"]
    assert ZOO_TASKS[name].metric == "bleu4" or score(ZOO_TASKS[name], samples[:1], majority).headline == near(100)


def test_empty_is_a_baseline_of_structures() -> None:
    assert baseline(ZOO_TASKS["dst"], [], [sample("dst", {})])["empty"] == ["[dst] none"]
    assert set(baseline(ZOO_TASKS["fill"], [], [sample("fill", ())])) == {"majority", "empty"}
    turns = (Turn(speaker="user", text="hi"), Turn(speaker="system", text="hello"))
    mixed = Sample(task="reo", dataset="d", id="1", split="test", turns=turns, answer=turns[::-1])
    assert baseline(ZOO_TASKS["reo"], [], [mixed])["copy"] == ["[reo] [USR] hi [SYS] hello"]
