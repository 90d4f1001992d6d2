"""Examples of a downstream task, read once and shared by every variant that is trained on them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from random import Random

from torch import Tensor

from engine.corpora import CORPORA
from engine.corpora.locate import corpus_folder
from engine.errors import InputError
from engine.models.store import frozen_base
from engine.models.values import value_vectors
from engine.recipes import Recipe
from engine.tasks import TASKS
from engine.tasks.base import DownstreamTask, Example, Labels, load
from engine.tasks.state_tracking import read_ontology


@dataclass(frozen=True, kw_only=True)
class TaskData:
    """What fine-tuning and evaluation need of one task on one corpus."""

    task: DownstreamTask
    corpus: str
    protocol: str
    labels: Labels
    training: list[Example]
    dev: list[Example]

    def head_extras(self, base: str) -> dict[str, list[Tensor]]:
        """Value vectors for a slot head, by the frozen base."""
        return {"values": value_vectors(frozen_base(base), self.labels.values)} if self.labels.values else {}


def task_data(name: str, corpus: str, data_root: Path, protocol: str = "") -> TaskData:
    """Training and dev examples with the labels that training may know.

    Raises:
        UnknownNameError: Task, corpus or protocol.
        InputError: The task is not defined on the corpus, or there is nothing to train on.
    """
    task = TASKS[name]
    if corpus not in task.card.corpora:
        raise InputError(f"{name} is not defined on {corpus}", where="CORPUS", remedy=f"choose one of {', '.join(task.card.corpora)}")
    chosen = protocol or task.card.protocols[0]
    folder = corpus_folder(CORPORA[corpus], data_root)
    parts = {split: list(load(task, CORPORA[corpus], folder, split, chosen)) for split in {"train", "dev", *task.label_splits(chosen)}}
    if not parts["train"]:
        raise InputError("no annotated example to train on", where=f"{corpus} train", remedy=f"check it with `python -m engine data check {corpus}`")
    ontology = read_ontology(folder) if task.card.structure == "slot_classifier" and corpus.startswith("multiwoz") else None
    labels = task.labels(chain.from_iterable(parts[split] for split in task.label_splits(chosen)), ontology)
    return TaskData(task=task, corpus=corpus, protocol=chosen, labels=labels, training=parts["train"], dev=parts["dev"])


def drawn(examples: list[Example], recipe: Recipe) -> list[Example]:
    """The examples that a recipe trains on."""
    return some(examples, recipe.examples if recipe.share is None else max(1, round(recipe.share * len(examples))), recipe.seed)


def some(examples: list[Example], count: int | None, seed: int) -> list[Example]:
    """At most ``count`` examples, drawn with the seed."""
    return examples if count is None or count >= len(examples) else Random(f"examples/{seed}").sample(examples, count)
