"""One sample of a pair before and after unification: what the reader found in the file, and what a model is given (no torch unless asked)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from engine.corpora.locate import corpus_folder
from engine.dialogue.model import Turn
from engine.entities import default_extractor
from engine.entities.base import Extractor
from engine.errors import InputError, MissingDataError
from engine.paths import REPOSITORY, data_root
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.knowledge import Database, Description, Knowledge, Triples
from engine.zoo.prompt import TOKENS, Prompt, prompt
from engine.zoo.selfsupervised import dialogue_task, made

PLACES = {"ours": "Our sample", "published": "Published file"}
"""Where a sample may be read from: a few records that we wrote in the published format, or the set itself."""
MOST = 10_000
"""Furthest sample of a published file that is looked for: files are read from their beginning."""
LIMIT = TOKENS
"""Longest input and output, the end mark included."""
Count = Callable[[str], int]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A small table of foreign words."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Unified:
    """One sample, before and after."""

    id: str
    split: str
    turns: tuple[Turn, ...]
    knowledge_kind: str
    """As in the paper's Table 1."""
    knowledge_title: str
    """What a description is called; empty for others."""
    knowledge: Rows
    answer: Rows
    choices: tuple[str, ...]
    prompt: Prompt
    target: str
    """``[TI] answer``; empty where the file leaves the answer empty, and the build leaves the sample out."""
    target_tokens: int
    whole_tokens: int
    """Of the prompt if nothing were cut."""


def folder_of(dataset: str, place: str) -> Path | None:
    """Where the files of a set lie; None where they are not on this machine.

    Args:
        dataset: Registry name.
        place: A key of `PLACES`.
    """
    if place == "published":
        try:
            return corpus_folder(ZOO_DATASETS[dataset], data_root())
        except MissingDataError:
            return None
    known = ZOO_DATASETS[dataset].card.folders  # sets that are corpora of the engine have their sample there
    return next((folder for name in (f"zoo/{dataset}", *known) if (folder := REPOSITORY / "samples" / name).is_dir()), None)


def splits_of(task: str, dataset: str, place: str, extractor: Callable[[], Extractor] = default_extractor) -> dict[str, int]:
    """Split to how many samples can be chosen: all of our sample; of a published file, which is not opened here, as many as are looked for.

    Args:
        task: Of the pair.
        dataset: Of the pair.
        place: A key of `PLACES`.
        extractor: Opens what finds CLO's entities.
    """
    folder = folder_of(dataset, place)
    if folder is None:
        return {}
    if place == "published":
        return dict.fromkeys(ZOO_DATASETS[dataset].card.splits, MOST)
    found = {split: _length(task, dataset, folder, split, extractor) for split in ZOO_DATASETS[dataset].card.splits}
    return {split: count for split, count in found.items() if count}


def _length(task: str, dataset: str, folder: Path, split: str, extractor: Callable[[], Extractor]) -> int:
    try:
        return sum(1 for _ in _samples(task, dataset, folder, split, extractor))
    except MissingDataError:
        return 0


def _samples(task: str, dataset: str, folder: Path, split: str, extractor: Callable[[], Extractor]) -> Iterator[Sample]:
    if ZOO_TASKS[task].supervised:
        return ZOO_DATASETS[dataset].samples(folder, split, task)
    base = dialogue_task(dataset)
    assert base is not None, "a set without dialogues"
    return made(task, dataset, split, ZOO_DATASETS[dataset].samples(folder, split, base), extractor)


def read(task: str, dataset: str, place: str, split: str, number: int, extractor: Callable[[], Extractor] = default_extractor) -> Sample:
    """The sample with this number, counted from 1 in the file's order; ``extractor`` opens what finds CLO's entities.

    Raises:
        InputError: There are fewer samples, or the file is damaged.
        MissingDataError: The set or the split is not on this machine.
    """
    folder = folder_of(dataset, place)
    if folder is None:
        raise MissingDataError(f"{dataset} is not on this machine", remedy=f"run `python -m engine data fetch {dataset}`")
    count = 0
    for count, sample in enumerate(islice(_samples(task, dataset, folder, split, extractor), number), start=1):
        if count == number:
            return sample
    raise InputError(f"the {split} split has {count:,} samples", where=f"{task}/{dataset}", remedy=f"choose a number from 1 to {count:,}")


def unified(sample: Sample, count: Count) -> Unified:
    """A sample before and after.

    Args:
        sample: As a reader gives it.
        count: How many tokens a text has.

    Raises:
        InputError: The task's definition leaves no room.
    """
    task = ZOO_TASKS[sample.task]
    target = task.target(sample.answer) if sample.answer not in ("", None) else ""
    known = sample.knowledge
    return Unified(id=sample.id, split=sample.split, turns=sample.turns, knowledge_kind=known.kind if known.items else "none",
                   knowledge_title=known.title if isinstance(known, Description) else "", knowledge=_knowledge(known), answer=_answer(sample.answer),
                   choices=sample.choices, prompt=prompt(task, sample, count, TOKENS - 1), target=target, target_tokens=count(target),
                   whole_tokens=prompt(task, sample, count, 10 ** 9).tokens)


def words(text: str) -> int:
    """Words between spaces.

    >>> words("[rew] [USR] and there?")
    4
    """
    return len(text.split())


def wordpieces() -> Count:
    """How the shipped model counts; the first call brings torch."""
    from engine.models.seq2seq.codec import Codec
    from engine.recipes import PACKAGED
    from engine.zoo.escape import BRACKETED

    return Codec(PACKAGED, BRACKETED).count


def _knowledge(known: Knowledge) -> Rows:
    match known:
        case Description():
            return Rows(columns=("name", "what is said of it"), rows=known.items_)
        case Triples():
            return Rows(columns=("subject", "relation", "object"), rows=known.facts)
        case Database():
            return Rows(columns=("table", "columns"), rows=tuple((table, ", ".join(columns)) for table, columns in known.tables))
    text = getattr(known, "text", "")
    return Rows(columns=("text",), rows=((text,),) if text else ())


def _answer(answer: Any) -> Rows:
    if isinstance(answer, str):
        return Rows(columns=("text",), rows=((answer,),))
    if isinstance(answer, tuple) and answer and isinstance(answer[0], Turn):
        return Rows(columns=("speaker", "utterance"), rows=tuple((turn.speaker, turn.text) for turn in answer))
    pairs = answer.items() if isinstance(answer, Mapping) else answer or ()
    return Rows(columns=("slot", "value"), rows=tuple((str(slot), str(value)) for slot, value in pairs))
