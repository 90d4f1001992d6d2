"""The one training loop: draws a step's batches, trains, yields a `Step`; saves, resumes and stops early.

Device placement, mixed precision and data parallelism come from Accelerate.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from engine.models.adapters import trainable
from engine.models.batch import Batch
from engine.recipes import Recipe
from engine.train.learner import Learner, optimizer_for
from engine.train.state import Progress, RunState

Draw = Callable[[int], Mapping[str, Batch]]
"""Step number (from 0) to the batches of that step: a function of the seed, so that a resumed run sees the same data."""
HeldOut = Callable[[Learner], float]


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
    """Since this process began training."""
    tokens_per_second: float
    held_out: float | None = None

    @property
    def seconds_left(self) -> float:
        """By the pace so far."""
        return self.seconds * (1 - self.share) / max(self.share, 1e-6)


def train(learner: Learner, draw: Draw, recipe: Recipe, *, steps: int | None, weights: Mapping[str, float] | None = None,
          held_out: HeldOut | None = None, state: RunState | None = None) -> Iterator[Step]:
    """Train until ``recipe.token_budget`` or ``steps`` is reached, or the held-out loss stops falling.

    Args:
        learner: Encoder and heads; changed in place. With ``held_out`` and ``state``, it ends with the best weights seen.
        draw: The batches of a step.
        recipe: Optimizer, schedule, precision, when to look and save.
        steps: How many steps where the recipe has no token budget.
        weights: Weight of each head's loss in the sum (1 where absent).
        held_out: Measures the held-out loss.
        state: Where to save and resume from.
    """
    AcceleratorState._reset_state()  # it would refuse a second recipe of another precision in one process
    accelerator = Accelerator(mixed_precision=recipe.precision, cpu=not torch.cuda.is_available())
    optimizer = optimizer_for(learner, recipe)
    learner.to(accelerator.device)
    progress = state.load(learner, optimizer) if state else Progress()
    model, optimizer = accelerator.prepare(learner, optimizer)
    started, tokens_before = time.perf_counter(), progress.tokens
    while progress.share < 1 and progress.bad_looks < recipe.patience:
        batches = draw(progress.step)
        rate = recipe.learning_rate * pace(recipe, progress.share)
        for group in optimizer.param_groups:
            group["lr"] = rate
        losses = _one_step(accelerator, model, optimizer, batches, recipe, weights or {}, progress.step)
        progress.count(sum(batch.tokens for batch in batches.values()) * accelerator.num_processes, recipe.token_budget, steps)
        looked = None
        if held_out and progress.step % recipe.evaluate_every == 0:
            looked = held_out(learner)
            if progress.look(looked) and state:
                state.keep_best(learner)
        if state and accelerator.is_main_process and (progress.step % recipe.save_every == 0 or progress.share >= 1):
            state.save(learner, optimizer, progress)
        seconds = time.perf_counter() - started
        yield Step(number=progress.step, losses=losses, tokens=progress.tokens, share=progress.share, seconds=seconds,
                   tokens_per_second=(progress.tokens - tokens_before) / seconds, held_out=looked)
    if held_out and state:
        state.restore_best(learner)


def pace(recipe: Recipe, share: float) -> float:
    """The learning rate's factor: linear warm-up and decay, or constant.

    >>> pace(Recipe(warmup=0.1), 0.55)
    0.5
    """
    if recipe.schedule == "constant":
        return 1.0
    if share < recipe.warmup:
        return min(1.0, max(share, 1e-3) / recipe.warmup)
    return (1 - share) / (1 - recipe.warmup)


def _one_step(accelerator: Accelerator, model: torch.nn.Module, optimizer: torch.optim.Optimizer, batches: Mapping[str, Batch],
              recipe: Recipe, weights: Mapping[str, float], step: int) -> dict[str, float]:
    model.train()
    with torch.random.fork_rng(enabled=True), accelerator.autocast():
        torch.manual_seed(recipe.seed * 1_000_003 + step)  # dropout: a resumed run draws the same masks
        losses = model({name: batch for name, batch in batches.items() if batch.targets})
        total = torch.stack([loss * weights.get(name, 1.0) for name, loss in losses.items()]).sum()
    accelerator.backward(total)
    accelerator.clip_grad_norm_(trainable(model), recipe.clip)
    optimizer.step()
    optimizer.zero_grad()
    return {name: float(loss.detach()) for name, loss in losses.items()}
