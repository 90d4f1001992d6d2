"""Fine-tuning a variant on one downstream task (paper 1, section 3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import TypeVar

import torch

from engine.fingerprint import fingerprint
from engine.models import checkpoint
from engine.models.batch import Batch
from engine.models.heads import build_head
from engine.models.store import encoder_file, variant_encoder
from engine.models.tokens import TextForm
from engine.recipes import HeadOptions, Recipe, settings
from engine.tasks.structures import collate, head_spec
from engine.train.learner import Learner, prepare
from engine.train.loop import Step, train
from engine.train.state import RunState
from engine.train.taskdata import TaskData, drawn, some
from engine.variants import Variant

HEAD = "task"
T = TypeVar("T")
LOOKED_AT = 512
"""Dev examples per look at the held-out loss."""


def finetune(variant: Variant, data: TaskData, recipe: Recipe, options: HeadOptions, folder: Path) -> Iterator[tuple[Step, Learner]]:
    """Train one task on one variant, resuming what ``folder`` holds; the learner is whole after the last step."""
    encoder = variant_encoder(variant.name, dropout=recipe.dropout)
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        head = build_head(head_spec(data.task.card, data.labels, options), encoder, **data.head_extras(encoder.base))
        prepare(encoder, recipe, markers=False)
    learner = Learner(encoder, {HEAD: head})
    form = TextForm(encoder.tokens, recipe.max_tokens)
    training = drawn(data.training, recipe)

    def draw(step: int) -> dict[str, Batch]:
        return {HEAD: collate(data.task.card, rows_of_step(training, recipe, step), data.labels, form, recipe.max_response_tokens)}

    steps = max(1, round(recipe.epochs * len(training) / recipe.batch_size))
    state = RunState(folder, run_fingerprint(variant.name, data.task.card.name, data.corpus, data.protocol, recipe, options))
    for step in train(learner, draw, recipe, steps=steps, state=state, held_out=lambda learner: dev_loss(learner, data, form, recipe)):
        yield step, learner


def rows_of_step(examples: Sequence[T], recipe: Recipe, step: int) -> list[T]:
    """The examples of one step: each epoch is another shuffle by the seed."""
    per_epoch = max(1, len(examples) // recipe.batch_size)
    order = list(range(len(examples)))
    Random(f"{recipe.seed}/epoch {step // per_epoch}").shuffle(order)
    start = (step % per_epoch) * recipe.batch_size
    return [examples[index] for index in order[start:start + recipe.batch_size]]


@torch.no_grad()
def dev_loss(learner: Learner, data: TaskData, form: TextForm, recipe: Recipe) -> float:
    """Mean loss over the first dev examples of a fixed shuffle."""
    learner.eval()
    rows = iter(some(data.dev, LOOKED_AT, 0))
    losses = []
    while chunk := list(islice(rows, recipe.batch_size)):
        batch = collate(data.task.card, chunk, data.labels, form, recipe.max_response_tokens)
        losses.append(float(learner({HEAD: batch})[HEAD]))
    return sum(losses) / len(losses)


def run_fingerprint(variant: str, task: str, corpus: str, protocol: str, recipe: Recipe, options: HeadOptions) -> str:
    """Names one fine-tuning run by the encoder that is there, which may be of another recipe than the registry's."""
    known = checkpoint.read_card(encoder_file(variant))["variant_fingerprint"]
    return fingerprint([known, task, corpus, protocol, settings(recipe), str(options)])


def recipe_name(recipe: Recipe) -> str:
    """A fingerprint of how is trained, whatever the seed and the examples: rows of different names are not compared."""
    return fingerprint({name: value for name, value in settings(recipe).items() if name not in ("seed", "share", "examples")})
