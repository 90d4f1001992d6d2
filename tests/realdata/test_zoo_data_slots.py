"""Readers of slot and intent sets against the published files: samples per split as counted there, and what a first sample looks like."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.zoo.base import Sample
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.datasets.top import TOP

# DSTC8 has four domains, MIT Movie two parts; CLINC150 counts what is within and without scope.
COUNTS = [
    ("restaurant8k", "fill", "train", 8_198, 5), ("restaurant8k", "fill", "test", 3_731, 5),
    ("dstc8_slots", "fill", "train", 1_133 + 1_498 + 2_064 + 874, 13), ("dstc8_slots", "fill", "test", 377 + 521 + 587 + 328, 13),
    ("snips", "fill", "train", 13_084, 39), ("snips", "fill", "dev", 700, 39), ("snips", "fill", "test", 700, 39),
    ("snips", "intent", "train", 13_084, 7), ("snips", "intent", "dev", 700, 7), ("snips", "intent", "test", 700, 7),
    ("atis", "fill", "train", 4_478, 83), ("atis", "fill", "dev", 500, 83), ("atis", "fill", "test", 893, 83),
    ("mit_movie", "fill", "train", 9_775 + 7_816, 12), ("mit_movie", "fill", "test", 2_443 + 1_953, 12),
    ("top", "fill", "train", 31_279, 28), ("top", "fill", "dev", 4_462, 28), ("top", "fill", "test", 9_042, 28),
    ("top", "intent", "train", 31_279, 19), ("top", "intent", "dev", 4_462, 19), ("top", "intent", "test", 9_042, 19),
    ("banking77", "intent", "train", 10_003, 77), ("banking77", "intent", "test", 3_080, 77),
    ("clinc150", "intent", "train", 15_000 + 100, 151), ("clinc150", "intent", "dev", 3_000 + 100, 151), ("clinc150", "intent", "test", 4_500 + 1_000, 151),
]


def read(shared_data: Path, name: str, split: str, task: str) -> list[Sample]:
    dataset = ZOO_DATASETS[name]
    folder = next(shared_data / place for place in dataset.card.folders if (shared_data / place).is_dir())
    return list(dataset.samples(folder, split, task))


@pytest.mark.parametrize(("name", "task", "split", "count", "labels"), COUNTS)
def test_counts_are_the_published_ones(shared_data: Path, name: str, task: str, split: str, count: int, labels: int) -> None:
    samples = read(shared_data, name, split, task)
    assert len(samples) == len({sample.id for sample in samples}) == count
    known = {id(knowledge): set(knowledge.items) for knowledge in {id(sample.knowledge): sample.knowledge for sample in samples}.values()}
    assert {len(names) for names in known.values()} == {labels} and len(known) <= 2, "samples share what is known"
    for sample in samples:
        text = " ".join(sample.turns[0].text.split())
        assert text and len(sample.turns) == 1
        if task == "intent":
            assert sample.answer in sample.choices
        else:
            assert all(slot in known[id(sample.knowledge)] and value and value in text for slot, value in sample.answer)


@pytest.mark.parametrize(("name", "task", "answer"), [
    ("restaurant8k", "fill", ["people"]), ("dstc8_slots", "fill", []), ("snips", "fill", ["artist", "album", "service"]), ("mit_movie", "fill", ["actor"]),
    ("atis", "fill", ["fromloc city name", "toloc city name", "round trip"]), ("top", "fill", ["method travel", "source", "destination"]),
    ("snips", "intent", "play music"), ("top", "intent", "get estimated duration"), ("banking77", "intent", "card arrival"),
    ("clinc150", "intent", "translate")])
def test_the_first_sample_is_labelled_as_in_the_file(shared_data: Path, name: str, task: str, answer: list[str] | str) -> None:
    first = read(shared_data, name, "train", task)[0]
    assert first.turns[0].speaker == "user" and (first.answer if task == "intent" else [slot for slot, _ in first.answer]) == answer


def test_banking_has_texts_over_lines_and_every_intent_has_a_name_of_its_own(shared_data: Path) -> None:
    samples = read(shared_data, "banking77", "train", "intent")
    assert sum("\n" in sample.turns[0].text for sample in samples) == 10
    assert len({sample.answer for sample in samples}) == 77


def test_out_of_scope_is_counted(shared_data: Path) -> None:
    found = [sum(sample.answer == "out of scope" for sample in read(shared_data, "clinc150", split, "intent")) for split in ("train", "dev", "test")]
    assert found == [100, 100, 1_000]


def test_slots_of_mit_movie_are_of_their_part(shared_data: Path) -> None:
    parts = {(sample.id.partition("-")[0], id(sample.knowledge)) for sample in read(shared_data, "mit_movie", "test", "fill")}
    assert len(parts) == 2 and {part for part, _ in parts} == {"eng", "trivia10k13"}


def test_a_dialogue_of_dstc8_is_in_one_split(shared_data: Path) -> None:
    train, test = ({sample.group for sample in read(shared_data, "dstc8_slots", split, "fill")} for split in ("train", "test"))
    assert (len(train), len(test)) == (739, 237) and not train & test


def test_top_keeps_the_tags_that_dialoglue_scores(shared_data: Path) -> None:
    tags = {tag for split in TOP.card.splits for _, row in TOP.rows(shared_data / "top", split) for tag in row.tags}
    listed = set((shared_data / "top" / "vocab.slot").read_text().split())
    assert len(tags) == 653 and tags == listed
