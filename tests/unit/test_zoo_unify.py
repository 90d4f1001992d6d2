"""One sample before and after unification: every pair without any data, the published file where it is, and what is cut."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.dialogue.model import Turn
from engine.entities import EXTRACTORS
from engine.errors import InputError, MissingDataError
from engine.paths import REPOSITORY
from engine.serve.zoo import sets, unify
from engine.zoo.base import Sample
from engine.zoo.knowledge import Database, Description, Document, Triples
from engine.zoo.prompt import TOKENS
from ui.datasets_reader import cuts, length


@pytest.mark.parametrize("pair", sets.pair_names())
def test_every_pair_has_a_sample_without_any_data(pair: str) -> None:
    task, _, dataset = pair.partition("/")
    splits = unify.splits_of(task, dataset, "ours")
    assert splits
    for split, count in splits.items():
        found = unify.unified(unify.read(task, dataset, "ours", split, count), unify.words)
        assert found.prompt.text.startswith(f"[{task}] ") and " [EK] " in found.prompt.text and " [C] " in found.prompt.text
        assert not found.target or found.target.startswith(f"[{task}] ")
        with pytest.raises(InputError, match=f"has {count:,} samples"):
            unify.read(task, dataset, "ours", split, count + 1)


@pytest.mark.parametrize("pair", ["reo/metalwoz", "clo/sgd"])
def test_what_is_made_from_dialogues_is_read_too(pair: str) -> None:
    task, _, dataset = pair.partition("/")
    assert pair in sets.made_names()
    splits = unify.splits_of(task, dataset, "ours", EXTRACTORS["shipped"])
    assert splits["train"] > 1
    found = unify.unified(unify.read(task, dataset, "ours", "train", splits["train"], EXTRACTORS["shipped"]), unify.words)
    assert found.prompt.text.startswith(f"[{task}] [") and found.target.startswith(f"[{task}] [")
    assert found.answer.columns == ("speaker", "utterance") and len(found.answer.rows) == len(found.turns) >= 3
    assert bool(found.knowledge.rows) == (task == "clo")
    if task == "reo":
        assert sorted(found.answer.rows) == sorted((turn.speaker, turn.text) for turn in found.turns)
    told = sets.about(sets.pairs_table(None), pair)
    assert "made from the dialogues" in told["Set"] and ("TOD" if dataset == "sgd" else "CHAT") in told["Made from"]


def test_the_published_file_is_read_by_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALATLAS_DATA", str(tmp_path / "sets"))
    with pytest.raises(MissingDataError, match="data fetch canard"):
        unify.read("rew", "canard", "published", "train", 1)
    assert unify.splits_of("rew", "canard", "published") == {}
    shutil.copytree(REPOSITORY / "samples" / "zoo" / "canard", tmp_path / "sets" / "canard")
    (tmp_path / "sets" / "canard" / "test.json").unlink()
    assert unify.splits_of("rew", "canard", "published") == dict.fromkeys(("train", "dev", "test"), unify.MOST)
    second = unify.read("rew", "canard", "published", "train", 2)
    assert second == unify.read("rew", "canard", "ours", "train", 2) != unify.read("rew", "canard", "ours", "train", 1)
    with pytest.raises(MissingDataError, match=r"none of test\.json"):
        unify.read("rew", "canard", "published", "test", 1)


def sample(task: str = "docqa", **parts: object) -> Sample:
    return Sample(task=task, dataset="made_up", id="1/2", split="train", **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(("known", "columns", "first"), [
    (Document("a text [EK] of marks"), ("text",), ("a text [EK] of marks",)),
    (Description((("area", "part of town"),), "the 1 slot"), ("name", "what is said of it"), ("area", "part of town")),
    (Triples((("a", "b", "c"),)), ("subject", "relation", "object"), ("a", "b", "c")),
    (Database((("singer", ("name", "age")),)), ("table", "columns"), ("singer", "name, age")),
])
def test_knowledge_is_shown_as_the_file_has_it(known: object, columns: tuple[str, ...], first: tuple[str, ...]) -> None:
    found = unify.unified(sample(turns=(Turn(speaker="user", text="who?"),), knowledge=known, answer="x"), unify.words)
    assert (found.knowledge.columns, found.knowledge.rows[0]) == (columns, first)


def test_what_is_cut_is_told_and_marked() -> None:
    turns = tuple(Turn(speaker="user", text=f"turn {number} " + "word " * 28) for number in range(1, 21))
    found = unify.unified(sample(turns=turns, knowledge=Document("fact " * 500), answer="yes"), unify.words)
    assert found.prompt.tokens < TOKENS < found.whole_tokens
    marks = cuts(found)
    assert list(marks) == list(range(found.prompt.turns_cut))
    assert set(list(marks.values())[:-1]) == {"cut off"}
    assert [f"turn {number + 1} " in found.prompt.text for number in range(20)] == [number not in marks for number in range(20)]
    told = length(found, "words")
    assert f"{found.prompt.turns_cut} of 20 turns" in told and f"{found.prompt.items_cut} of 500 items" in told
    assert "Nothing was cut" in length(unify.unified(sample(turns=turns[:1], answer="yes"), unify.words), "words")


def test_a_turn_that_lost_its_beginning_is_marked_so() -> None:
    found = unify.unified(sample(task="rew", turns=(Turn(speaker="user", text="word " * 600),), answer="yes"), unify.words)
    assert cuts(found) == {0: "its beginning is cut off"}


def test_an_answer_without_words_has_no_target() -> None:
    found = unify.unified(sample(turns=(Turn(speaker="user", text="who?"),), answer=""), unify.words)
    assert (found.target, found.target_tokens) == ("", 0)
    state = unify.unified(sample(task="dst", turns=(Turn(speaker="user", text="north"),), answer={"area": "north"}), unify.words)
    assert (state.answer.columns, state.answer.rows, state.target) == (("slot", "value"), (("area", "north"),), "[dst] area = north")


def test_a_target_that_is_too_long_is_told() -> None:
    found = unify.unified(sample(turns=(Turn(speaker="user", text="who?"),), answer="word " * 400), unify.words)
    assert "loses its end" in length(found, "words")


def test_wordpieces_are_those_of_the_shipped_model() -> None:
    count = unify.wordpieces()
    assert count("[rew] hello") == 2, "a mark is one"
    assert count("unbelievability") > 1
