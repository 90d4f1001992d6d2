"""The text-to-text models that can be trained on DialogZoo, by name; any other name is a hub id or a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import torch

from engine.models.seq2seq.model import TextToText, compact, from_hub
from engine.models.seq2seq.small_t5 import small_t5, unigram
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample
from engine.zoo.escape import BRACKETED
from engine.zoo.outputs import write_turns
from engine.zoo.rows import Rows, tasks_of

COMPACT: Mapping[str, Mapping[str, Any]] = {
    "compact": {"frozen_layers": 3, "dropout": 0.0},
    "compact-no-copy": {"frozen_layers": 3, "dropout": 0.0, "copies": False},
}
"""Keyword arguments of `engine.models.seq2seq.model.compact`, which a card repeats."""
READ_FIRST = 2000
"""Samples per task that are read before training: for a compact model's word frequencies, or the small T5's vocabulary."""
UNSEEN = 1e-6
"""Share of a word that no answer among them has."""


def backbone(name: str, data: Path, seed: int) -> TextToText:
    """A model before training; what it draws, it draws with the seed.

    Args:
        name: ``compact``, ``compact-no-copy``, ``small-t5``, a hub id such as ``google-t5/t5-base``, or a folder.
        data: The unified dataset; its first training samples give word frequencies or a vocabulary.
        seed: Of random weights.

    Raises:
        MissingDataError: The hub cannot be reached, or the folder holds no such model.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if name in COMPACT:
            return _with_frequencies(compact(BRACKETED, **COMPACT[name]), data)
        return small_t5(BRACKETED, unigram(_texts(data))) if name == "small-t5" else from_hub(name, BRACKETED)


def _with_frequencies(model: TextToText, data: Path) -> TextToText:
    """Start the scores of words at the logarithm of their share of all answers, each task's answers weighing the same."""
    share = torch.full_like(model.net.bias.data, UNSEEN)
    tasks = tasks_of(data)
    for task in tasks:
        ids = [number for row in model.codec.encode([ZOO_TASKS[task].target(sample.answer) for sample in _first(data, task)])
               for number in (*row, model.codec.last_id)]
        share += torch.bincount(torch.tensor(ids), minlength=len(share)) / len(ids) / len(tasks)
    model.net.bias.data.copy_((share / share.sum()).log())
    return model


def _texts(data: Path) -> chain[str]:
    def of(task: str) -> list[str]:
        return [text for sample in _first(data, task)
                for text in (write_turns(sample.turns), " ".join(sample.knowledge.items), ZOO_TASKS[task].target(sample.answer))]
    return chain.from_iterable(of(task) for task in tasks_of(data))


def _first(data: Path, task: str) -> Sequence[Sample]:
    rows = Rows(data, "train", task)
    return rows.take(range(min(READ_FIRST, len(rows))))
