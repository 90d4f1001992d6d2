"""The one training loop: draws a step's batches, trains, yields a `Step`; saves, resumes and stops early.

Device placement, mixed precision and data parallelism come from Accelerate.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TypeVar

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from engine.models.adapters import trainable
from engine.models.batch import Fed
from engine.recipes import Recipe
from engine.train.learner import Trainee, optimizer_for
from engine.train.state import Progress, RunState

Draw = Callable[[int], Mapping[str, Fed]]
"""Number of a draw (from 0) to its batches: a function of the seed, so that a resumed run sees the same data. Each process of a
parallel run takes every so-many-th draw."""
T = TypeVar("T", bound=Trainee)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one step did."""

    number: int
    """Steps done so far."""
    losses: Mapping[str, float]
    """Loss per head."""
    tokens: int
    """Encoder tokens so far."""
    share: float
    """How much of the training is done, 0 to 1."""
    seconds: float
    """Spent on training so far, resumed parts included."""
    held_out: float | None = None

    @property
    def tokens_per_second(self) -> float:
        """Over the whole run."""
        return self.tokens / max(self.seconds, 1e-6)

    @property
    def seconds_left(self) -> float:
        """By the pace so far."""
        return self.seconds * (1 - self.share) / max(self.share, 1e-6)


def train(learner: T, draw: Draw, recipe: Recipe, *, steps: int | None, weights: Mapping[str, float] | None = None,
          held_out: Callable[[T], float] | None = None, look_last: bool = False, state: RunState | None = None) -> Iterator[Step]:
    """Train until ``recipe.token_budget`` or ``steps`` is reached, or the held-out loss stops falling.

    Args:
        learner: Encoder and heads; changed in place. With ``held_out`` and ``state``, it ends with the best weights seen.
        draw: The batches of a step.
        recipe: Optimizer, schedule, precision, when to look and save.
        steps: How many draws where the recipe has no token budget.
        weights: Weight of each head's loss in the sum (1 where absent).
        held_out: Measures the held-out loss.
        look_last: Whether to look after the last step in any case.
        state: Where to save and resume from.

    Yields:
        A `Step` after each step; for a run that was finished before, one with its last counters and no losses.
    """
    AcceleratorState._reset_state()  # it would refuse a second recipe of another precision in one process
    accelerator = Accelerator(mixed_precision=recipe.precision, cpu=not torch.cuda.is_available())
    optimizer = optimizer_for(learner, recipe)
    learner.to(accelerator.device)
    progress = state.load(learner, optimizer) if state else Progress()
    model, optimizer = accelerator.prepare(learner, optimizer)
    processes = accelerator.num_processes
    if finished(progress, recipe):
        yield Step(number=progress.step, losses={}, tokens=progress.tokens, share=1.0, seconds=progress.seconds)
    while not finished(progress, recipe):
        before = time.perf_counter()
        first = progress.step * recipe.accumulate
        parts = [draw((first + part) * processes + accelerator.process_index) for part in range(recipe.accumulate)]
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * pace(recipe, progress.share)
        losses = _one_step(accelerator, model, optimizer, parts, recipe, weights or {}, progress.step)
        tokens = torch.tensor(sum(batch.tokens for batches in parts for batch in batches.values()), device=accelerator.device)
        progress.count(int(accelerator.reduce(tokens, "sum")), recipe.token_budget, (steps or 1) / processes)
        progress.seconds += time.perf_counter() - before
        looked = None
        if held_out and (progress.step % recipe.evaluate_every == 0 or (look_last and progress.share >= 1)):
            looked = held_out(learner)
            if progress.look(looked) and state:
                state.keep_best(learner)
        if state and accelerator.is_main_process and (progress.step % recipe.save_every == 0 or progress.share >= 1):
            state.save(learner, optimizer, progress)
        yield Step(number=progress.step, losses=losses, tokens=progress.tokens, share=progress.share, seconds=progress.seconds, held_out=looked)
    if held_out and state:
        state.restore_best(learner)


def finished(progress: Progress, recipe: Recipe) -> bool:
    """Whether a run is at its end, or has stopped early."""
    return progress.share >= 1 or progress.bad_looks >= recipe.patience


def pace(recipe: Recipe, share: float) -> float:
    """The learning rate's factor: linear warm-up and decay, or constant.

    >>> pace(Recipe(warmup=0.5), 0.75)
    0.5
    """
    if recipe.schedule == "constant":
        return 1.0
    if share < recipe.warmup:
        return min(1.0, max(share, 1e-3) / recipe.warmup)
    return (1 - share) / (1 - recipe.warmup)


def _one_step(accelerator: Accelerator, model: torch.nn.Module, optimizer: torch.optim.Optimizer, parts: Sequence[Mapping[str, Fed]],
              recipe: Recipe, weights: Mapping[str, float], step: int) -> dict[str, float]:
    """One update from the mean gradient of all ``parts``; losses are means over the parts that have them."""
    model.train()
    told: dict[str, list[float]] = {}
    for place, batches in enumerate(parts):
        last = place == len(parts) - 1
        with nullcontext() if last else accelerator.no_sync(model), torch.random.fork_rng(enabled=True):
            torch.manual_seed((recipe.seed * 1_000_003 + step) + place * 7_919)  # dropout: a resumed run draws the same masks
            with accelerator.autocast():
                losses = model({name: batch for name, batch in batches.items() if batch.targets})
                total = torch.stack([loss * weights.get(name, 1.0) for name, loss in losses.items()]).sum() / len(parts)
            accelerator.backward(total)
        for name, loss in losses.items():
            told.setdefault(name, []).append(float(loss.detach()))
    accelerator.clip_grad_norm_(trainable(model), recipe.clip)
    optimizer.step()
    optimizer.zero_grad()
    return {name: sum(values) / len(values) for name, values in told.items()}
