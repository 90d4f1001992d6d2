"""Samples of DST, SIM and TOD: what the user wants, what is known so far, and the quirks of the sets that have them."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import pytest

from engine.dialogue.model import Act, Dialogue, Turn
from engine.errors import InputError, MissingDataError
from engine.paths import REPOSITORY
from engine.zoo.base import Sample
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.datasets.from_corpus import SGD
from engine.zoo.datasets.goals import Story, goal_samples
from engine.zoo.datasets.multidogo import SLOTS
from engine.zoo.datasets.multiwoz22 import TRACKED
from engine.zoo.datasets.tables import table
from engine.zoo.datasets.taskmaster2 import FILES, split_of
from engine.zoo.knowledge import Description

SAMPLES = REPOSITORY / "samples"
MULTIDOGO = SAMPLES / "zoo" / "multidogo"
SLOT_LIST = Description((("place food", ""),), "the slots of test")


def user(text: str, *, food: str | None = None, acts: tuple[Act, ...] | None = None, intent: str | None = None) -> Turn:
    """A user turn; without food, acts or intent it is not annotated."""
    state = None if food is None and intent is None else {"place-food": food} if food else {}
    return Turn(speaker="user", text=text, state=state, acts=acts, intent=intent)


def system(text: str) -> Turn:
    """A system turn."""
    return Turn(speaker="system", text=text)


def made(task: str, *turns: Turn, asked: dict[int, tuple[str, ...]] | None = None) -> list[Sample]:
    """The samples of a dialogue of these turns."""
    story = Story(dialogue=Dialogue(corpus="test", id="d", split="dev", turns=turns), slots=SLOT_LIST, asked=asked or {})
    return list(goal_samples(story, "test", task))


def of(name: str, split: str, task: str, folder: Path | None = None) -> list[Sample]:
    """The samples of our own files."""
    return list(ZOO_DATASETS[name].samples(folder or SAMPLES / "zoo" / name, split, task))


def pairs(sample: Sample) -> tuple[tuple[str, str], ...]:
    """The description that a sample is given."""
    assert isinstance(sample.knowledge, Description)
    return sample.knowledge.items_


def test_dst_is_asked_after_user_turns_with_words_and_state() -> None:
    found = made("dst", user("thai", food="thai|Thai food"), system("ok"), user("hm"), user(" ", food="thai"), user("no, greek", food="greek"))
    assert [(sample.id, len(sample.turns), sample.answer) for sample in found] == [("d/0", 1, {"place food": "thai"}), ("d/4", 5, {"place food": "greek"})]
    assert all(sample.knowledge == SLOT_LIST and sample.turns[-1].speaker == "user" for sample in found)


def test_sim_is_given_acts_or_else_what_the_state_gains() -> None:
    inform = Act(name="inform", domain="place", slot="food", value="thai")
    found = made("sim", user("hello", intent="NONE"), system("hi"), user("thai", food="thai", intent="FindPlace"), system("yes"),
                 user("thai, where", food="thai", acts=(inform, Act(name="request", domain="place", slot="addr"))),
                 user("greek", food="greek", acts=(), intent="FindPlace"), system("fine"), user("not annotated"), asked={5: ("place-phone_number",)})
    assert [(sample.answer, pairs(sample)) for sample in found] == [
        ("thai", (("intent", "find place"), ("place food", "thai"))),
        ("thai, where", (("inform place food", "thai"), ("request place addr", ""))),
        ("greek", (("intent", "find place"), ("place food", "greek"), ("request place phone number", "")))]
    assert all(len(sample.turns) == int(sample.id.rpartition("/")[2]) for sample in found)


def test_tod_follows_a_user_turn_and_knows_the_state_so_far() -> None:
    found = made("tod", system("hi"), user("thai", food="thai"), system("one moment"), system("found"), user("thanks"), system(""))
    assert [(sample.id, sample.answer, pairs(sample)) for sample in found] == [
        ("d/2", "one moment", (("place food", "thai"),)), ("d/5", "", (("place food", "thai"),))]
    assert not made("tod", user("hi"), system("hello")), "no state at all"


def test_sgd_describes_the_slots_of_the_dialogue_that_an_intent_takes() -> None:
    first = of("sgd", "train", "dst", SAMPLES / "sgd")[0]
    assert pairs(first) == (("restaurants 1 city", "Town of the place"), ("restaurants 1 cuisine", "Kind of food"), ("restaurants 1 time", "When to eat"))
    assert set(first.answer) <= {name for name, _ in pairs(first)}
    assert ("request hotels 2 phone number", "") in [pair for sample in of("sgd", "train", "sim", SAMPLES / "sgd") for pair in pairs(sample)]


def test_a_split_with_withheld_states_is_said_to_be_missing(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "sgd", tmp_path / "sgd")
    path = tmp_path / "sgd" / "test" / "dialogues_001.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"GetWeather"', '""').replace('"NONE"', '""'), encoding="utf-8")
    with pytest.raises(MissingDataError, match="no user turn of the split test has a state or acts"):
        list(SGD.samples(tmp_path / "sgd", "test", "dst"))


def test_multiwoz22_lists_the_35_slots_of_states_and_refuses_texts_alone(tmp_path: Path) -> None:
    assert len(TRACKED) == 35
    assert "hotel phone" not in [name for name, _ in pairs(of("multiwoz22", "train", "dst", SAMPLES / "multiwoz22")[0])]
    shutil.copytree(SAMPLES / "multiwoz22" / "english", tmp_path / "english")
    for task in ("dst", "sim", "tod"):
        with pytest.raises(MissingDataError, match="dialogues_"):
            of("multiwoz22", "train", task, tmp_path)


def test_multidogo_fills_slots_with_neighbouring_words() -> None:
    answers = [sample.answer for sample in of("multidogo", "train", "fill")]
    assert (("start date", "3 may"), ("number of passengers", "two")) in answers
    # labels count blanks alone, so words on both sides of a line end share one
    assert (("quantity", "one"), ("size", "large"), ("food item", "tomato soup and"), ("drink item", "lemonade")) in answers
    assert () in answers and len(SLOTS) == 6


def test_multidogo_joins_conversations_with_agents() -> None:
    assert [turn.speaker for turn in of("multidogo", "test", "dst")[2].turns] == ["user"] * 3
    first, *_ = of("multidogo", "test", "sim")
    assert pairs(first) == (("openinggreeting", ""), ("bookflight", ""), ("inform airline departure city", "brno"), ("inform airline arrival city", "graz"))
    assert first.turns[0].speaker == "system" and first.answer.startswith("Hi, I want")
    replies = of("multidogo", "test", "tod")
    assert all(sample.turns[-1].speaker == "user" for sample in replies)
    assert len({sample.group for sample in of("multidogo", "train", "dst")}) == 1 + len({sample.group for sample in of("multidogo", "train", "tod")})


def test_multidogo_without_the_agents_says_so(tmp_path: Path) -> None:
    shutil.copytree(MULTIDOGO / "paper_splits", tmp_path / "paper_splits")
    assert of("multidogo", "dev", "fill", tmp_path) and of("multidogo", "dev", "dst", tmp_path)
    for task in ("sim", "tod"):
        with pytest.raises(MissingDataError, match=r"unannotated/airline\.tsv"):
            of("multidogo", "dev", task, tmp_path)


@pytest.mark.parametrize("body", ['a\tb\n"never closed\tx\n', ""])
def test_a_damaged_table_is_told_in_one_sentence(tmp_path: Path, body: str) -> None:
    (tmp_path / "t.tsv").write_text(body, encoding="utf-8")
    with pytest.raises(InputError, match=r"t\.tsv"):
        list(table(tmp_path / "t.tsv", "\t"))


def test_taskmaster2_is_split_by_id_and_gathers_segments() -> None:
    assert len(FILES) == 7
    for split in ("train", "dev", "test"):
        assert all(split_of(sample.group) == split for sample in of("taskmaster2", split, "sim"))
    shares = [split_of(f"dlg-{number}") for number in range(2_000)]
    assert 0.07 < shares.count("dev") / len(shares) < 0.13 and 0.07 < shares.count("test") / len(shares) < 0.13
    reply = of("taskmaster2", "dev", "tod")[0]
    assert pairs(reply) == (("flight search destination1", "to Oslo"), ("flight search destination1 other", "to Oslo"))
    assert reply.id.endswith("/3") and reply.answer == "Let me see."


def test_dstc3_reads_archives_as_it_reads_the_tree(tmp_path: Path) -> None:
    tree = SAMPLES / "zoo" / "dstc3"
    for part, split in (("seed", "train"), ("test", "test")):
        calls = (tree / "scripts" / "config" / f"dstc3_{part}.flist").read_text(encoding="utf-8").split()
        with tarfile.open(tmp_path / f"dstc3_{part}.tar.gz", "w:gz") as archive:
            for name in [f"{call}/{half}" for call in calls for half in ("label.json", "log.json")]:
                whole = (tree / "data" / name).read_bytes()
                member = tarfile.TarInfo(f"data/{name}")
                member.size = len(whole)
                archive.addfile(member, io.BytesIO(whole))
        for task in ("sim", "tod"):
            assert of("dstc3", split, task, tmp_path) == of("dstc3", split, task) != []


def test_dstc3_has_venues_and_silent_callers() -> None:
    test = of("dstc3", "test", "sim")
    assert pairs(test[2]) == () and test[2].answer == "", test[2].id
    assert ("inform venue near", "the river") in [pair for sample in test for pair in pairs(sample)]
