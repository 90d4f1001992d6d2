"""Every dataset of DialogZoo on the sample that we wrote in its published format, and the list of pairs."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.errors import InputError, MissingDataError
from engine.paths import REPOSITORY
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.outputs import read_turns, same, write_turns
from engine.zoo.pairs import PAIRS, PUBLISHED
from engine.zoo.prompt import TOKENS, prompt

SAMPLES = REPOSITORY / "samples" / "zoo"
TABLE_1 = {"rew": 3, "nlg": 5, "sum": 3, "fill": 7, "intent": 4, "dst": 6, "comm": 5, "emo": 5, "docqa": 7, "dialqa": 6, "chat": 5, "kgdial": 2,
           "txt2sql": 3, "sim": 6, "tod": 6}
"""Datasets of each task in the paper's Table 1: 73."""
each_dataset = pytest.mark.parametrize("name", ZOO_DATASETS)


def folder(name: str) -> Path:
    """Samples of a corpus of the engine lie with that corpus."""
    for place in (SAMPLES / name, *(REPOSITORY / "samples" / entry for entry in ZOO_DATASETS[name].card.folders)):
        if place.is_dir():
            return place
    raise AssertionError(f"no sample of {name}")


def everything(name: str) -> Mapping[str, list[Sample]]:
    """Task to the samples of all splits that the sample folder has files of."""
    dataset = ZOO_DATASETS[name]
    found: dict[str, list[Sample]] = {task: [] for task in dataset.tasks}
    for task in dataset.tasks:
        for split in dataset.card.splits:
            try:
                found[task] += dataset.samples(folder(name), split, task)
            except MissingDataError:
                continue
    return found


def test_the_pairs_are_those_of_the_table() -> None:
    counted = Counter(pair.task for pair in PAIRS if pair.origin in PUBLISHED)
    assert sum(TABLE_1.values()) == 73
    assert counted == TABLE_1 | {"sim": 7, "tod": 7}, "Table 5 names seven for SIM and TOD"
    assert len({pair.name for pair in PAIRS}) == len(PAIRS)
    assert {pair.dataset for pair in PAIRS} == set(ZOO_DATASETS)


@each_dataset
def test_a_dataset_serves_its_pairs(name: str) -> None:
    assert sorted(ZOO_DATASETS[name].tasks) == sorted(pair.task for pair in PAIRS if pair.dataset == name)


@each_dataset
def test_the_card_is_complete(name: str) -> None:
    card = ZOO_DATASETS[name].card
    assert card.name == name and card.source.startswith("http") and card.licence and card.citation and card.splits and card.folders
    assert all(sentence.endswith(".") for sentence in card.changes)
    assert all(item.url.startswith("https://") and (item.sha256 is None or len(item.sha256) == 64) for item in ZOO_DATASETS[name].downloads)


@each_dataset
def test_samples_are_of_their_task_and_read_back(name: str) -> None:
    for task, samples in everything(name).items():
        assert samples, f"no sample of {task}"
        assert len({(sample.split, sample.id) for sample in samples}) == len(samples), "ids are unique"
        for sample in samples:
            form = ZOO_TASKS[task]
            assert (sample.task, sample.dataset) == (task, name)
            assert (len(sample.turns) == 0) == (form.content == "none")
            assert form.content != "single turn" or len(sample.turns) == 1
            assert form.knowledge == "none" or sample.knowledge.kind == form.knowledge or not sample.knowledge.items
            assert form.knowledge != "none" or not sample.knowledge.items
            if not sample.turns or all(turn.text.strip() for turn in sample.turns):
                back = read_turns(write_turns(sample.turns))
                assert not sample.turns or (back is not None and same(back, sample.turns))
            if sample.answer != "":
                assert same(form.read(form.target(sample.answer)), dict(sample.answer) if isinstance(sample.answer, Mapping) else sample.answer)
            if sample.choices and sample.answer != "":
                assert any(same(sample.answer, choice) for choice in sample.choices)
            assert prompt(form, sample, lambda text: len(text.split())).tokens <= TOKENS


@each_dataset
def test_reading_twice_gives_the_same(name: str) -> None:
    assert everything(name) == everything(name)


@each_dataset
def test_an_unknown_task_or_split_is_refused(name: str) -> None:
    dataset = ZOO_DATASETS[name]
    for split, task in ((dataset.card.splits[0], "reo"), ("nowhere", dataset.tasks[0])):
        with pytest.raises(InputError, match="has"):
            list(dataset.samples(folder(name), split, task))


@each_dataset
def test_damage_is_told_in_one_sentence(name: str, tmp_path: Path) -> None:
    """Each file cut in its middle, then emptied: read to its end, or one sentence that names a file of the folder."""
    dataset, told = ZOO_DATASETS[name], 0
    for damaged in sorted(file.relative_to(folder(name)) for file in folder(name).rglob("*") if file.is_file()):
        for keep in (2, 10**9):
            place = tmp_path / f"{keep}" / "_".join(damaged.parts)
            shutil.copytree(folder(name), place)
            whole = (place / damaged).read_bytes()
            (place / damaged).write_bytes(whole[:len(whole) // keep])
            told += sum(_refuses(name, place, split, task) for split in dataset.card.splits for task in dataset.tasks)
    assert told, "no damage was noticed at all"


def _refuses(name: str, place: Path, split: str, task: str) -> bool:
    told = ""
    try:
        list(ZOO_DATASETS[name].samples(place, split, task))
    except MissingDataError:
        return False
    except InputError as error:
        told = str(error)
    assert not told or (str(place) in told and "\n" not in told)
    return bool(told)
