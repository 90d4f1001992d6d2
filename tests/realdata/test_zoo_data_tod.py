"""Samples of DST, SIM and TOD on the published files: their numbers follow from the turns that were counted there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import MissingDataError
from engine.zoo.base import Sample
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.knowledge import Description

# DST: user turns with words. SIM: less the first one where the user begins. TOD: system turns behind a user turn.
COUNTS = [
    ("sgd", "sgd", "dst", "dev", 24_363),
    ("sgd", "sgd", "sim", "train", 164_982 - 16_142),
    ("sgd", "sgd", "sim", "dev", 24_363 - 2_482),
    ("sgd", "sgd", "tod", "dev", 24_363),
    # the table: a row is a system utterance (none at first, but in 14 dialogues) and the user's answer
    ("multiwoz21", "multiwoz21", "dst", "train", 54_984),
    ("multiwoz21", "multiwoz21", "sim", "train", 54_984 - (7_904 - 14)),
    ("multiwoz21", "multiwoz21", "tod", "train", 54_984 - 7_904),
    ("multiwoz21", "multiwoz21", "dst", "dev", 14_730 // 2),
    ("multiwoz21", "multiwoz21", "sim", "test", 14_744 // 2 - 1_000),
    ("multiwoz21", "multiwoz21", "tod", "test", 14_744 // 2),
    ("woz", "woz2", "dst", "train", 2_536),
    ("woz", "woz2", "dst", "dev", 830),
    ("woz", "woz2", "dst", "test", 1_646),
    ("woz", "woz2", "sim", "train", 2_536 - 600),
    ("woz", "woz2", "tod", "train", 2_536 - 600),
    ("woz", "woz2", "tod", "test", 1_646 - 400),
    ("dstc2", "dstc2", "dst", "test", 9_890),
    ("dstc2", "dstc2", "sim", "dev", 3_934),
    ("dstc2", "dstc2", "sim", "test", 9_890),
    ("dstc2", "dstc2", "tod", "test", 9_890 - 1_117),
    # 12,732, 1,567 and 1,629 utterances, of which 6,433, 790 and 821 are the driver's; 4, 0 and 1 of these have no words
    ("kvret", "smd_kvret", "dst", "train", 6_433 - 4),
    ("kvret", "smd_kvret", "dst", "dev", 790),
    ("kvret", "smd_kvret", "dst", "test", 821 - 1),
    # rows less those without words
    ("multidogo", "multidogo", "fill", "train", 81_676 - 60),
    ("multidogo", "multidogo", "fill", "dev", 11_585 - 7),
    ("multidogo", "multidogo", "fill", "test", 23_336 - 10),
    ("multidogo", "multidogo", "dst", "dev", 11_585 - 7),
    ("multidogo", "multidogo", "dst", "test", 23_336 - 10),
]


def names(sample: Sample) -> tuple[str, ...]:
    """Of the description that a sample is given."""
    assert isinstance(sample.knowledge, Description)
    return sample.knowledge.names


def kept(samples: Iterator[Sample]) -> Iterator[Sample]:
    """The samples, each looked at: the right speaker is last, and an answer names only slots that are listed."""
    for sample in samples:
        if sample.task in ("dst", "fill"):
            slots = set(sample.answer) if sample.task == "dst" else {slot for slot, _ in sample.answer}
            assert sample.turns[-1].speaker == "user" and slots <= set(names(sample))
        elif sample.task == "tod":
            assert sample.turns[-1].speaker == "user"
        yield sample


@pytest.mark.parametrize(("name", "folder", "task", "split", "count"), COUNTS)
def test_counts_follow_from_the_published_ones(shared_data: Path, name: str, folder: str, task: str, split: str, count: int) -> None:
    ids = [sample.id for sample in kept(ZOO_DATASETS[name].samples(shared_data / folder, split, task))]
    assert (len(ids), len(set(ids))) == (count, count)


@pytest.mark.parametrize(("name", "folder", "task", "split"), [
    ("sgd", "sgd", "dst", "test"), ("multiwoz22", "multiwoz22_text", "dst", "train"), ("multiwoz22", "multiwoz22_text", "tod", "test"),
    ("multidogo", "multidogo", "sim", "train"), ("multidogo", "multidogo", "tod", "test")])
def test_what_the_files_do_not_hold_is_said_to_be_missing(shared_data: Path, name: str, folder: str, task: str, split: str) -> None:
    with pytest.raises(MissingDataError):
        list(ZOO_DATASETS[name].samples(shared_data / folder, split, task))


def test_sgd_users_mostly_want_something(shared_data: Path) -> None:
    samples = list(ZOO_DATASETS["sgd"].samples(shared_data / "sgd", "dev", "sim"))
    assert 0.7 < sum(bool(names(sample)) for sample in samples) / len(samples) < 0.9
    assert samples[0].turns[0].speaker == "user" and len(samples[0].turns) == 2 and samples[0].answer.strip()


def test_first_samples_look_as_they_should(shared_data: Path) -> None:
    first = {name: next(ZOO_DATASETS[name].samples(shared_data / folder, "train", "dst"))
             for name, folder in (("sgd", "sgd"), ("woz", "woz2"), ("multiwoz21", "multiwoz21"), ("kvret", "smd_kvret"), ("multidogo", "multidogo"))}
    assert {name: len(sample.turns) for name, sample in first.items()} == dict.fromkeys(first, 1)
    assert [len(names(first[name])) for name in ("woz", "multiwoz21", "multidogo")] == [3, 30, 16]
    assert isinstance(first["sgd"].knowledge, Description) and all(words for _, words in first["sgd"].knowledge.items_)
