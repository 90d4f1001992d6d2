"""Sets of COMM and EMO: what is particular to each, on the samples that we wrote and on small files with a fault."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.paths import REPOSITORY
from engine.zoo.base import Sample
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.datasets.tables import table
from engine.zoo.knowledge import linear

COMM = ("alphanli", "commonsenseqa", "commonsenseqa2", "cosmosqa", "socialiqa")
EMO = {"iemocap": 10, "meld": 7, "emorynlp": 7, "goemotions": 28}


def read(name: str, split: str, folder: Path | None = None) -> list[Sample]:
    dataset = ZOO_DATASETS[name]
    return list(dataset.samples(folder or REPOSITORY / "samples" / "zoo" / name, split, dataset.tasks[0]))


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a copy of a set's sample that a test may spoil."""
    return lambda name: Path(shutil.copytree(REPOSITORY / "samples" / "zoo" / name, tmp_path / name))


@pytest.mark.parametrize("name", COMM)
def test_every_choice_stands_in_the_knowledge(name: str) -> None:
    for sample in read(name, "train"):
        assert sample.answer in sample.choices
        assert all(f"({letter}) {choice}" in linear(sample.knowledge) for letter, choice in zip("abcde", sample.choices, strict=False))


@pytest.mark.parametrize("name", ["commonsenseqa", "commonsenseqa2", "cosmosqa"])
def test_secret_answers_stay_empty(name: str) -> None:
    for sample in read(name, "test"):
        assert (sample.answer, sample.choices) == ("", ())
        assert "choices: (a)" in linear(sample.knowledge), "the question is still asked"


def test_a_story_of_alphanli_is_one_group() -> None:
    first, second, third = read("alphanli", "train")
    assert first.group == second.group != third.group
    assert (first.answer, third.answer) == (first.choices[0], third.choices[1])
    assert linear(first.knowledge).startswith("Mira put the bread into the oven. The kitchen was full of smoke. choices: (a) Mira fell")


def test_both_releases_of_commonsenseqa_are_read(copied: Callable[[str], Path]) -> None:
    folder = copied("commonsenseqa")
    (folder / "v1.0").mkdir()
    (folder / "train_rand_split.jsonl").rename(folder / "v1.0" / "train_rand_split.jsonl")
    assert [sample.answer for sample in read("commonsenseqa", "train", folder)] == ["on the porch", "flour", "rest"]


def test_one_context_is_one_group() -> None:
    for name in ("cosmosqa", "socialiqa"):
        assert [sample.id for sample in read(name, "train")] == ["1/1", "1/2", "3/3"]


def test_quoted_line_breaks_and_quotation_marks_are_text() -> None:
    assert 'harbour . It was cold , but the stars were " amazing " .' in linear(read("cosmosqa", "train")[0].knowledge)
    assert read("goemotions", "train")[-1].turns[0].text == 'He wrote "soon" and meant "never".'


@pytest.mark.parametrize(("name", "count"), EMO.items())
def test_emotions_are_all_listed_and_named(name: str, count: int) -> None:
    dataset = ZOO_DATASETS[name]
    for sample in read(name, dataset.card.splits[-1]):
        assert len(sample.knowledge.items) == count == len(sample.choices)
        assert getattr(sample.knowledge, "title", "") == f"the {count} emotions of {dataset.card.title}"


def test_comments_with_several_emotions_are_left_out() -> None:
    assert [sample.id for sample in read("goemotions", "train")] == ["own0001", "own0002", "own0004"]


def test_scenes_of_emorynlp_are_told_apart_by_episode() -> None:
    assert [sample.id for sample in read("emorynlp", "train")] == ["1_2_1/1", "1_2_1/2", "1_3_1/1"]


def test_session_five_is_the_test_and_untold_emotions_are_empty() -> None:
    train, test = read("iemocap", "train"), read("iemocap", "test")
    assert {sample.id[:5] for sample in train} == {"Ses01", "Ses02", "Ses03", "Ses04"}
    assert {sample.id[:5] for sample in test} == {"Ses05"}
    assert [(sample.answer, bool(sample.choices)) for sample in train[:3]] == [("neutral", True), ("frustration", True), ("", False)]
    assert train[2].turns[0].text == "Oh. [LAUGHTER] I see."
    assert train[3].turns[0].text == "You sold the boat: without a word!"


def test_iemocap_is_found_below_the_folder_of_its_archive(copied: Callable[[str], Path], tmp_path: Path) -> None:
    shutil.copytree(copied("iemocap"), tmp_path / "packed" / "IEMOCAP_full_release")
    assert read("iemocap", "test", tmp_path / "packed") == read("iemocap", "test")


@pytest.mark.parametrize(("file", "was", "becomes", "complaint"), [
    ("transcriptions", "Ses01F_impro01_M001", "Ses01F_impro01_M009", "turn Ses01F_impro01_M001 is not transcribed"),
    ("EmoEvaluation", "\tfru\t", "\tfuz\t", "'fuz' is none of ang"),
])
def test_damage_of_iemocap(copied: Callable[[str], Path], file: str, was: str, becomes: str, complaint: str) -> None:
    """The two files of a dialogue have the same name."""
    folder = copied("iemocap")
    spoil(folder / "Session1" / "dialog" / file / "Ses01F_impro01.txt", was, becomes)
    with pytest.raises(InputError, match=complaint):
        read("iemocap", "train", folder)


@pytest.mark.parametrize(("name", "file", "was", "becomes", "complaint"), [
    ("alphanli", "anli/train-labels.lst", "2\n", "", "train-labels.lst: it has fewer lines than train.jsonl"),
    ("alphanli", "anli/train-labels.lst", "2\n", "2\n2\n", "train.jsonl: it has fewer lines than train-labels.lst"),
    ("alphanli", "anli/train-labels.lst", "2\n", "0\n", "line 3: .*'0' is none of 1, 2"),
    ("cosmosqa", "train.csv", ",3\n", ",4\n", "line 6: .*'4' is none of 0, 1, 2, 3"),
    ("cosmosqa", "train.csv", ",3\n", ",3,\n", "line 6: 9 fields where the header has 8"),
    ("meld", "train_sent_emo.csv", ",joy,", ",glee,", "line 5: .*'glee' is none of anger"),
    ("goemotions", "train.tsv", "\t27\t", "\t28\t", "line 2: .*'28' is none of 0"),
    ("goemotions", "train.tsv", '""never""."', '""never"".', "line 4: .*another shape"),
])
def test_a_fault_is_told_with_its_place(copied: Callable[[str], Path], name: str, file: str, was: str, becomes: str, complaint: str) -> None:
    folder = copied(name)
    spoil(folder / file, was, becomes)
    with pytest.raises(InputError, match=complaint):
        read(name, "train", folder)


def test_a_field_that_is_never_closed_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('one,two\n\nx,"y\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 3: not a valid table"):
        list(table(tmp_path / "a.csv"))


def spoil(path: Path, was: str, becomes: str) -> None:
    before = path.read_bytes()
    assert was.encode() in before
    path.write_bytes(before.replace(was.encode(), becomes.encode()))
