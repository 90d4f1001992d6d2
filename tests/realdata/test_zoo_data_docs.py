"""Sets of questions on documents and dialogues against the published files: samples per split, and the shape of the first one."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from engine.zoo.base import Sample
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.knowledge import linear

# RECCON: every utterance that is not neutral. CMU_DoG: messages (107,792, 7,030, 19,375) less empty ones, those that go on after a message of
# the same person, the first of each conversation, and those of people who did not see the article; 12, 3 and 4 conversations have no other.
COUNTS = [
    ("coqa", "coqa_partial", "dev", 7_983, 500),
    ("cmudog", "cmudog", "train", 54_585, 3_361),
    ("cmudog", "cmudog", "dev", 3_743, 226),
    ("cmudog", "cmudog", "test", 9_787, 615),
    ("dialogre", "dialogre", "train", 5_997, 1_073),
    ("dialogre", "dialogre", "dev", 1_914, 358),
    ("dialogre", "dialogre", "test", 1_862, 357),
    ("mutual", "mutual", "train", 7_088, 7_088),
    ("mutual", "mutual", "dev", 886, 886),
    ("mutual", "mutual", "test", 886, 886),
    ("friendsqa", "friendsqa_partial", "dev", 1_182, 136),
    ("friendsqa", "friendsqa_partial", "test", 1_201, 113),
    ("molweni", "molweni_partial", "test", 2_871, 100),
    ("reccon", "reccon", "train", 8_206 - 3_644, 834),
    ("reccon", "reccon", "dev", 493 - 293, 47),
    ("reccon", "reccon", "test", 2_405 - 1_306, 225),
]


def first(shared_data: Path, name: str, folder: str, split: str, count: int = 1) -> list[Sample]:
    dataset = ZOO_DATASETS[name]
    return list(islice(dataset.samples(shared_data / folder, split, dataset.tasks[0]), count))


@pytest.mark.parametrize(("name", "folder", "split", "samples", "groups"), COUNTS)
def test_counts_are_the_published_ones(shared_data: Path, name: str, folder: str, split: str, samples: int, groups: int) -> None:
    dataset, ids, found = ZOO_DATASETS[name], set(), set()
    for sample in dataset.samples(shared_data / folder, split, dataset.tasks[0]):
        assert sample.turns and all(turn.text.strip() for turn in sample.turns) and linear(sample.knowledge) != "none"
        assert bool(sample.answer) != (name == "mutual" and split == "test")
        ids.add(sample.id)
        found.add(sample.group)
    assert len(ids) == samples
    assert len(found) == groups


def test_coqa_begins_with_a_story_and_twelve_questions(shared_data: Path) -> None:
    samples = first(shared_data, "coqa", "coqa_partial", "dev", 12)
    assert [len(sample.turns) for sample in samples] == list(range(1, 24, 2)) and len({sample.group for sample in samples}) == 1
    assert len(linear(samples[0].knowledge).split()) > 100 and samples[0].turns[0].text.endswith("?")


def test_cmudog_answers_from_the_section_on_the_screen(shared_data: Path) -> None:
    for split in ("train", "dev", "test"):
        samples = first(shared_data, "cmudog", "cmudog", split, 60)
        assert any(linear(sample.knowledge).startswith("movie name: ") for sample in samples)
        assert all(len(linear(sample.knowledge).split()) > 30 and "\n" not in sample.answer for sample in samples)
        assert all(one.speaker != next_.speaker for sample in samples for one, next_ in zip(sample.turns, sample.turns[1:], strict=False))
        assert all(sample.turns[-1].speaker == "user" for sample in samples)


def test_dialogre_answers_with_relations(shared_data: Path) -> None:
    dataset = ZOO_DATASETS["dialogre"]
    relations = {word for sample in dataset.samples(shared_data / "dialogre", "train", "dialqa") for word in sample.answer.split(" and ")}
    assert len(relations) == 35 and {"unanswerable", "girl boyfriend", "residents of place"} <= relations
    assert not any(":" in relation for relation in relations)


def test_mutual_offers_four_replies(shared_data: Path) -> None:
    for sample in ZOO_DATASETS["mutual"].samples(shared_data / "mutual", "dev", "dialqa"):
        assert len(sample.choices) == 4 and sample.answer in sample.choices
        assert all(turn.text.startswith(("m : ", "f : ", "m ; f : ")) for turn in sample.turns)


def test_friendsqa_answers_stand_in_the_scene(shared_data: Path) -> None:
    for split in ("dev", "test"):
        for sample in ZOO_DATASETS["friendsqa"].samples(shared_data / "friendsqa_partial", split, "dialqa"):
            assert sample.answer.lower() in " ".join(turn.text for turn in sample.turns).lower()


def test_molweni_has_311_questions_without_an_answer_and_one_answered_so(shared_data: Path) -> None:
    samples = list(ZOO_DATASETS["molweni"].samples(shared_data / "molweni_partial", "test", "dialqa"))
    assert sum(sample.answer == "unknown" for sample in samples) == 311 + 1


def test_reccon_answers_stand_in_the_dialogue_or_are_unknown(shared_data: Path) -> None:
    for split in ("train", "dev", "test"):
        for sample in ZOO_DATASETS["reccon"].samples(shared_data / "reccon", split, "dialqa"):
            said = " ".join(turn.text for turn in sample.turns)
            assert sample.answer == "unknown" or all(words in said for words in sample.answer.split(" ; "))
            assert linear(sample.knowledge).startswith("Which words caused the ")


def test_reccon_tests_on_dialogues_of_dailydialogs_training_set(shared_data: Path) -> None:
    groups = {sample.group for sample in ZOO_DATASETS["reccon"].samples(shared_data / "reccon", "test", "dialqa")}
    assert sum(group.startswith("tr_") for group in groups) == 121, "what the builder must find as duplicates"
