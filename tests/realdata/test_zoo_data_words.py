"""Sets of rewriting, generation and summaries against the published files: samples per split, as counted there."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import MissingDataError
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.knowledge import Description, linear
from engine.zoo.outputs import same

# GECOR: 2,744 utterances and each version with ellipsis or coreference that differs from the original and from one another.
# DialogSum: three summaries for each of the 500 test dialogues.
COUNTS = [
    ("canard", "canard_partial", "dev", 3_430),
    ("gecor", "gecor_task_rewrite", "train", 3_301),
    ("gecor", "gecor_task_rewrite", "test", 853),
    ("e2e_nlg", "e2e_nlg", "train", 42_061),
    ("e2e_nlg", "e2e_nlg", "dev", 4_672),
    ("e2e_nlg", "e2e_nlg", "test", 4_693),
    ("rnnlg_restaurant", "rnnlg", "train", 3_114),
    ("rnnlg_restaurant", "rnnlg", "dev", 1_039),
    ("rnnlg_restaurant", "rnnlg", "test", 1_039),
    ("rnnlg_hotel", "rnnlg", "train", 3_223),
    ("rnnlg_hotel", "rnnlg", "dev", 1_075),
    ("rnnlg_hotel", "rnnlg", "test", 1_075),
    ("rnnlg_laptop", "rnnlg", "train", 7_944),
    ("rnnlg_laptop", "rnnlg", "dev", 2_649),
    ("rnnlg_laptop", "rnnlg", "test", 2_649),
    ("rnnlg_tv", "rnnlg", "train", 4_221),
    ("rnnlg_tv", "rnnlg", "dev", 1_407),
    ("rnnlg_tv", "rnnlg", "test", 1_407),
    ("samsum", "samsum_partial", "dev", 818),
    ("samsum", "samsum_partial", "test", 819),
    ("dialogsum", "dialogsum", "train", 12_460),
    ("dialogsum", "dialogsum", "dev", 500),
    ("dialogsum", "dialogsum", "test", 3 * 500),
]


def read(shared_data: Path, name: str, folder: str, split: str) -> list[Sample]:
    dataset = ZOO_DATASETS[name]
    return list(dataset.samples(shared_data / folder, split, dataset.tasks[0]))


@pytest.mark.parametrize(("name", "folder", "split", "count"), COUNTS)
def test_counts_are_the_published_ones_and_everything_reads_back(shared_data: Path, name: str, folder: str, split: str, count: int) -> None:
    samples = read(shared_data, name, folder, split)
    assert len(samples) == len({sample.id for sample in samples}) == count
    for sample in samples:
        form = ZOO_TASKS[sample.task]
        assert same(form.read(form.target(sample.answer)), sample.answer)
        assert all(turn.text.strip() for turn in sample.turns)
        if isinstance(sample.knowledge, Description):
            assert Description.parse(linear(sample.knowledge)) == sample.knowledge


def test_gecor_holds_every_version_and_half_of_the_utterances_are_complete(shared_data: Path) -> None:
    samples = [sample for split in ("train", "test") for sample in read(shared_data, "gecor", "gecor_task_rewrite", split)]
    assert sum(sample.id.endswith("-original") for sample in samples) == 2_744 and len({sample.group for sample in samples}) == 676
    assert sum(sample.turns[-1].text == sample.answer for sample in samples) == 1_538
    assert all(sample.turns[-1].speaker == "user" and len(sample.turns) % 2 for sample in samples)


def test_mudoco_at_hand_is_the_release_without_rewritten_utterances(shared_data: Path) -> None:
    with pytest.raises(MissingDataError, match=r"mudoco_calling\.json"):
        read(shared_data, "mudoco", "mudoco", "train")


def test_e2e_has_eight_attributes_and_no_meaning_of_test_in_train(shared_data: Path) -> None:
    samples = {split: read(shared_data, "e2e_nlg", "e2e_nlg", split) for split in ("train", "dev", "test")}
    names = {split: {name for sample in found if isinstance(sample.knowledge, Description) for name in sample.knowledge.names}
             for split, found in samples.items()}
    assert len(names["train"]) == 8 and names["train"] == names["dev"] == names["test"]
    assert [len({sample.group for sample in samples[split]}) for split in ("dev", "test")] == [547, 630]
    assert not {sample.group for sample in samples["train"]} & {sample.group for sample in samples["test"]}


def test_rnnlg_acts_are_the_published_ones(shared_data: Path) -> None:
    samples = read(shared_data, "rnnlg_laptop", "rnnlg", "train")
    assert all(isinstance(sample.knowledge, Description) and sample.knowledge.items_ and not sample.turns for sample in samples)
    assert {sample.knowledge.items[0].split()[0] for sample in samples} <= {"inform", "recommend", "compare", "confirm", "select", "request", "reqmore",
                                                                            "suggest", "goodbye"}


@pytest.mark.parametrize(("name", "folder"), [("samsum", "samsum_partial"), ("dialogsum", "dialogsum")])
def test_speakers_of_summarized_dialogues_stand_in_front(shared_data: Path, name: str, folder: str) -> None:
    for sample in read(shared_data, name, folder, "dev"):
        assert len(sample.turns) >= 2 and sample.turns[0].speaker == "user"
        assert all(0 < turn.text.find(":") <= 40 for turn in sample.turns)
