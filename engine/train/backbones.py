"""The text-to-text models that can be trained on DialogZoo, by name; any other name is a hub id or a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain
from pathlib import Path

import torch

from engine.models.seq2seq.model import TextToText, compact, from_hub
from engine.models.seq2seq.small_t5 import small_t5, unigram
from engine.zoo import ZOO_TASKS
from engine.zoo.escape import BRACKETED
from engine.zoo.outputs import write_turns
from engine.zoo.rows import Rows, tasks_of

COMPACT = "compact"
READ_FOR_VOCABULARY = 2000
"""Samples per task that the small T5's vocabulary is trained on."""


def backbone(name: str, data: Path, seed: int, *, frozen_layers: int = 3) -> TextToText:
    """A model before training; what it draws, it draws with the seed.

    Args:
        name: ``compact``, ``compact-no-copy``, ``small-t5``, a hub id such as ``google-t5/t5-base``, or a folder.
        data: The unified dataset, which the small T5's vocabulary is trained on.
        seed: Of random weights.
        frozen_layers: The compact model's layers that are not trained, from the lowest.

    Raises:
        MissingDataError: The hub cannot be reached, or the folder holds no such model.
    """
    known: Mapping[str, Callable[[], TextToText]] = {
        COMPACT: partial(compact, BRACKETED, frozen_layers=frozen_layers, dropout=0.0),
        "compact-no-copy": partial(compact, BRACKETED, frozen_layers=frozen_layers, dropout=0.0, copies=False),
        "small-t5": lambda: small_t5(BRACKETED, unigram(_texts(data))),
    }
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return known[name]() if name in known else from_hub(name, BRACKETED)


def _texts(data: Path) -> chain[str]:
    def of(task: str) -> list[str]:
        rows = Rows(data, "train", task)
        samples = rows.take(range(min(READ_FOR_VOCABULARY, len(rows))))
        return [text for sample in samples for text in (write_turns(sample.turns), " ".join(sample.knowledge.items), ZOO_TASKS[task].target(sample.answer))]
    return chain.from_iterable(of(task) for task in tasks_of(data))
