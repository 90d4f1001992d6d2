"""Answers that need no training: what a model must beat to have learned anything."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from engine.zoo.base import Sample, ZooTask
from engine.zoo.escape import tidy
from engine.zoo.knowledge import Database, Description, Document, Triples
from engine.zoo.outputs import CONVERSATION, EMPTY, SLOT_VALUES, SQL, STATE, Words, same

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_NOTHING = ""
"""The text of a baseline that has no answer: of no task's form."""


def baseline(task: ZooTask, training: Iterable[Sample], samples: Sequence[Sample]) -> Mapping[str, list[str]]:
    """Name of each baseline that the task has to its text for every sample, as a model would have generated it.

    ``majority``: the answer that most training samples of the dataset have (of all datasets, where it has none; the first one of equals).
    ``position``: the choice at the place where the right one stands most often in training (where samples have choices of their own).
    ``copy``: the last utterance; of a conversation to restore, the conversation as it is.
    ``knowledge``: the first sentence, item, fact or table. ``all_knowledge``: all items of a description, e.g. the acts to express.
    ``empty``: no slot.
    """
    answers, places = _answers(task, training)
    found: dict[str, Callable[[Sample], str]] = {"majority": lambda sample: _most(answers, sample.dataset)}
    if any(sample.choices for sample in samples):
        found["position"] = lambda sample: _choice(task, sample, places)
    if task.output in (SLOT_VALUES, STATE):
        found["empty"] = lambda sample: f"{task.token} {EMPTY}"
    elif task.output is CONVERSATION:
        found["copy"] = lambda sample: task.target(sample.turns)
    elif isinstance(task.output, Words):
        if task.content != "none":
            found["copy"] = lambda sample: _said(task, sample.turns[-1].text if sample.turns else "")
        if task.knowledge != "none":
            found["knowledge"] = lambda sample: _said(task, _first(task, sample))
        if task.knowledge == "semi-structured description":
            found["all_knowledge"] = lambda sample: _said(task, _whole(sample))
    return {name: [answer(sample) for sample in samples] for name, answer in found.items()}


def _answers(task: ZooTask, training: Iterable[Sample]) -> tuple[dict[str, Counter[str]], dict[str, Counter[int]]]:
    """How often each target, and each place among the choices, is right: by dataset, and over all under the empty name."""
    targets: dict[str, Counter[str]] = {"": Counter()}
    places: dict[str, Counter[int]] = {"": Counter()}
    for sample in training:
        if sample.answer == "":
            continue
        for dataset in ("", sample.dataset):
            targets.setdefault(dataset, Counter())[task.target(sample.answer)] += 1
            places.setdefault(dataset, Counter()).update([place for place, choice in enumerate(sample.choices) if same(choice, sample.answer)][:1])
    return targets, places


def _most(counted: Mapping[str, Counter[str]], dataset: str) -> str:
    common = (counted.get(dataset) or counted[""]).most_common(1)
    return common[0][0] if common else _NOTHING


def _choice(task: ZooTask, sample: Sample, places: Mapping[str, Counter[int]]) -> str:
    common = (places.get(sample.dataset) or places[""]).most_common(1)
    place = common[0][0] if common else 0
    return _said(task, sample.choices[min(place, len(sample.choices) - 1)]) if sample.choices else _NOTHING


def _said(task: ZooTask, text: str) -> str:
    return task.target(text) if tidy(text) else _NOTHING


def _first(task: ZooTask, sample: Sample) -> str:
    known = sample.knowledge
    if isinstance(known, Document):
        return _SENTENCE.split(known.text.strip(), maxsplit=1)[0]
    if isinstance(known, Triples):
        return " ".join(known.facts[0]) if known.facts else ""
    if isinstance(known, Database) and task.output is SQL:
        return f"select * from {known.tables[0][0]}" if known.tables else ""
    if isinstance(known, Description) and known.items_:
        return known.items_[0][0] if sample.choices else " ".join(known.items_[0])
    return ""


def _whole(sample: Sample) -> str:
    return " ".join(part for item in sample.knowledge.items_ for part in item) if isinstance(sample.knowledge, Description) else ""
