"""Scoring exactly the shipped files on a split (paper 1, section 4): answers, metrics, a result row."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import torch

from engine import provenance
from engine.corpora import CORPORA
from engine.corpora.locate import corpus_folder
from engine.models.encoder import Encoder
from engine.results.store import Result
from engine.shipped import ShippedTask
from engine.tasks import TASKS
from engine.tasks.base import Example, load
from engine.train.taskdata import some


def examples_of(task: str, corpus: str, data_root: Path, split: str, protocol: str, limit: int | None = None) -> list[Example]:
    """The examples of a split, or a fixed draw of ``limit`` of them."""
    folder = corpus_folder(CORPORA[corpus], data_root)
    return some(list(load(TASKS[task], CORPORA[corpus], folder, split, protocol)), limit, 0)


def evaluate(variant: str, task: str, corpus: str, examples: Sequence[Example], *, split: str = "test", protocol: str = "", fast: bool = False,
             encoder: Encoder | None = None) -> Result:
    """Score one shipped model.

    Args:
        variant: Name of the variant.
        task: Name of the task.
        corpus: Name of the corpus.
        examples: From `examples_of`.
        split: What the row says.
        protocol: Of the model, where it is not the task's first.
        fast: bf16 autocast instead of float32.
        encoder: The variant's encoder, where it is loaded already.

    Raises:
        CheckpointError: A weight file is missing or damaged.
        InputError: There is nothing to score.
    """
    started = time.perf_counter()
    shipped = ShippedTask(variant, task, corpus, encoder, protocol=protocol)
    with torch.autocast("cpu", dtype=torch.bfloat16) if fast else nullcontext():
        answers = shipped.answers(examples)
    metrics = shipped.task.score([example.target for example in examples], answers, shipped.labels)
    card = shipped.card
    return Result(variant=variant, fingerprint=card["variant_fingerprint"], task=task, corpus=corpus, protocol=card["protocol"],
                  seed=card["recipe"]["seed"], split=split, metrics=metrics, examples=len(examples), seconds=time.perf_counter() - started,
                  hardware=provenance.hardware(), tokens_seen=card["tokens_seen"], trained_examples=card["trained_examples"],
                  commit=provenance.commit(), command=provenance.command(), versions=provenance.versions(),
                  created=datetime.now(UTC).isoformat(timespec="seconds"))
