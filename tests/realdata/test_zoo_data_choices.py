"""Sets of COMM and EMO against the published files: every row is a sample, as many as are counted there."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import MissingDataError
from engine.zoo.base import Sample
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.knowledge import linear

# name, folder, split, samples, groups (dialogues, scenes or different contexts; without any, each sample is one), choices
COUNTS = [
    ("commonsenseqa", "csqa_cose", "train", 7_610, 7_610, 3),
    ("commonsenseqa", "csqa_cose", "dev", 950, 950, 3),
    ("commonsenseqa", "csqa_cose", "test", 940, 940, 0),
    ("cosmosqa", "cosmosqa_partial", "dev", 2_985, 2_445, 4),
    ("socialiqa", "socialiqa", "train", 33_410, 33_000, 3),
    ("socialiqa", "socialiqa", "dev", 1_954, 1_930, 3),
    ("meld", "meld", "train", 9_989, 1_038, 7),
    ("meld", "meld", "dev", 1_109, 114, 7),
    ("meld", "meld", "test", 2_610, 280, 7),
    ("emorynlp", "emorynlp_emotion", "train", 7_551, 659, 7),
    ("emorynlp", "emorynlp_emotion", "dev", 954, 89, 7),
    ("emorynlp", "emorynlp_emotion", "test", 984, 79, 7),
]


def read(shared_data: Path, name: str, folder: str, split: str) -> list[Sample]:
    dataset = ZOO_DATASETS[name]
    return list(dataset.samples(shared_data / folder, split, dataset.tasks[0]))


@pytest.mark.parametrize(("name", "folder", "split", "count", "groups", "choices"), COUNTS)
def test_every_row_is_a_sample(shared_data: Path, name: str, folder: str, split: str, count: int, groups: int, choices: int) -> None:
    samples = read(shared_data, name, folder, split)
    assert len(samples) == count == len({sample.id for sample in samples})
    assert len({sample.group for sample in samples}) == groups
    assert {len(sample.choices) for sample in samples} == {choices}
    assert all(sample.turns[0].text.strip() for sample in samples)
    assert all((sample.answer in sample.choices) == bool(choices) for sample in samples)


@pytest.mark.parametrize(("name", "folder"), [("meld", "meld"), ("emorynlp", "emorynlp_emotion")])
def test_each_emotion_is_met(shared_data: Path, name: str, folder: str) -> None:
    samples = read(shared_data, name, folder, "test")
    assert {sample.answer for sample in samples} == set(samples[0].choices)


def test_most_contexts_of_cosmosqa_end_with_none_of_the_above(shared_data: Path) -> None:
    known = [linear(sample.knowledge) for sample in read(shared_data, "cosmosqa", "cosmosqa_partial", "dev")]
    assert sum("None of the above choices ." in text for text in known) == 2_187


@pytest.mark.parametrize("split", ["train", "test"])
def test_absent_parts_of_cosmosqa_are_said_to_be_missing(shared_data: Path, split: str) -> None:
    with pytest.raises(MissingDataError):
        read(shared_data, "cosmosqa", "cosmosqa_partial", split)
