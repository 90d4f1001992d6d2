"""Scoring exactly the shipped files on a split (paper 1, section 4): answers, metrics, a result row with its predictions."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from engine import provenance
from engine.corpora import CORPORA
from engine.corpora.locate import corpus_folder
from engine.models.answer import Trunks, shared_cls_states
from engine.recipes import Recipe
from engine.results import predictions, store
from engine.results.store import Result
from engine.shipped import ShippedTask
from engine.tasks import TASKS
from engine.tasks.base import Example, load
from engine.train.finetune import recipe_name
from engine.train.taskdata import some


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A result row with what it was counted from."""

    row: Result
    predictions: pd.DataFrame
    """Of `engine.results.predictions`: a row per example."""


def record(scored: Scored) -> None:
    """Keep both; the predictions first, so that a row implies them."""
    predictions.write(scored.row, scored.predictions)
    store.append(scored.row)


def examples_of(task: str, corpus: str, data_root: Path, split: str, protocol: str, limit: int | None = None) -> list[Example]:
    """The examples of a split, or a fixed draw of ``limit`` of them."""
    folder = corpus_folder(CORPORA[corpus], data_root)
    return some(list(load(TASKS[task], CORPORA[corpus], folder, split, protocol)), limit, 0)


def evaluate(models: Sequence[ShippedTask], examples: Sequence[Sequence[Example]], *, split: str = "test", fast: bool = False,
             progress: Callable[[float], None] = lambda _: None, trunks: Trunks | None = None) -> list[Scored]:
    """Score shipped models of one variant; what several of them read passes the layers that they share once.

    Args:
        models: Of one variant, put on one encoder.
        examples: The rows of each model, from `examples_of`.
        split: What the results say.
        fast: bf16 autocast instead of float32.
        progress: Is told the share of the reading that is done.
        trunks: What the layers that models share gave before, and are to give later.

    Returns:
        A result per model with its predictions; the time is that of the whole call, shared out by wordpieces read.

    Raises:
        InputError: There is nothing to score.
    """
    started = time.perf_counter()
    names = [str(number) for number in range(len(models))]
    wanted = {name: model.reads(rows) for name, model, rows in zip(names, models, examples, strict=True)}
    with torch.autocast("cpu", dtype=torch.bfloat16) if fast else nullcontext():
        states = shared_cls_states({name: model.encoder for name, model in zip(names, models, strict=True)}, wanted,
                                   min((model.shared for model in models), default=0), progress, trunks)
        answers = [model.answers(rows, states[name]) for name, model, rows in zip(names, models, examples, strict=True)]
    scores = [model.task.score([example.target for example in rows], given, model.labels)
              for model, rows, given in zip(models, examples, answers, strict=True)]
    seconds, read = time.perf_counter() - started, {name: sum(map(len, sequences)) for name, sequences in wanted.items()}
    return [Scored(row=_result(model.card, split, metrics, len(rows), seconds * read[name] / sum(read.values())), predictions=_predictions(model, rows, given))
            for name, model, rows, given, metrics in zip(names, models, examples, answers, scores, strict=True)]


def _predictions(model: ShippedTask, examples: Sequence[Example], answers: Sequence[Any]) -> pd.DataFrame:
    outcomes = model.task.outcomes([example.target for example in examples], answers, model.labels)
    return predictions.frame([example.id for example in examples], model.task.per_example(answers), outcomes)


def _result(card: Mapping[str, Any], split: str, metrics: Mapping[str, float], examples: int, seconds: float) -> Result:
    return Result(variant=card["variant"], fingerprint=card["variant_fingerprint"], task=card["task"], corpus=card["corpus"], protocol=card["protocol"],
                  seed=card["recipe"]["seed"], split=split, metrics=metrics, examples=examples, seconds=seconds,
                  hardware=provenance.hardware(), tokens_seen=card["tokens_seen"], trained_examples=card["trained_examples"],
                  available_examples=card["available_examples"], finetuning=card["finetuning"],
                  trained_on=card["training_set"]["split"], tested_on=TASKS[card["task"]].described(card["corpus"], split.partition("[")[0], card["protocol"]),
                  recipe=recipe_name(Recipe(**card["recipe"])),
                  commit=provenance.commit(), command=provenance.command(), versions=provenance.versions(),
                  created=datetime.now(UTC).isoformat(timespec="seconds"))
