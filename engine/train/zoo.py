"""Training one text-to-text model on all tasks of DialogZoo (paper 2, section 4.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from torch import Tensor, nn

from engine.fingerprint import fingerprint
from engine.models.batch import TextPairs
from engine.models.seq2seq.codec import Codec
from engine.models.seq2seq.model import TextToText
from engine.recipes import PAPER_ZOO_UPDATES, Recipe, settings
from engine.train.learner import Trainee
from engine.train.loop import Step, train
from engine.train.state import RunState
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample
from engine.zoo.prompt import prompt
from engine.zoo.rows import Rows
from engine.zoo.schedule import Mixture, Schedule, Slice, TaskIterative

DEV_SAMPLES = 24
"""Dev samples per task at each look."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is trained on in which order."""

    tasks: tuple[str, ...]
    schedule: str = "iterative"
    """``iterative`` (Algorithm 1), ``proportional``, or ``temperature`` (2)."""
    slice_size: int = 512
    """S of Algorithm 1."""


class ZooLearner(Trainee):
    """A text-to-text model with one loss per task."""

    def __init__(self, model: TextToText) -> None:
        super().__init__()
        self.model = model

    def peaks(self, recipe: Recipe) -> Sequence[tuple[nn.Module, float]]:
        """What was pre-trained learns at the recipe's rate, what begins afresh at the head's."""
        known, fresh = self.model.parts()
        rest = nn.ParameterList([weight for name in ("bias", "follow") if (weight := getattr(self.model.net, name, None)) is not None and fresh])
        return ((nn.ModuleList(known), recipe.learning_rate), (nn.ModuleList([*fresh, rest]), recipe.head_learning_rate or recipe.learning_rate))

    def forward(self, batches: Mapping[str, TextPairs]) -> dict[str, Tensor]:
        """Mean loss per right token, by task."""
        return {name: self.model.losses(batch)[0].mean() for name, batch in batches.items()}


class Feed:
    """Batches by number: the slices of a schedule, each cut into batches of similar length.

    Args:
        rows: Task to its training samples.
        codec: Of the model.
        schedule: Which samples come when.
        recipe: Batch size and longest input; its seed orders the batches of a slice.
    """

    def __init__(self, rows: Mapping[str, Rows], codec: Codec, schedule: Schedule, recipe: Recipe) -> None:
        self.rows, self.codec, self.schedule, self.recipe = rows, codec, schedule, recipe
        self._slices: Iterator[Slice] = iter(())
        self._slice, self._batches = -2, list[Mapping[str, TextPairs]]()

    def __call__(self, number: int) -> Mapping[str, TextPairs]:
        """The batch with this number; going on from one to the next is cheap, a jump begins the schedule anew from there."""
        wanted, place = divmod(number, -(-self.schedule.step // self.recipe.batch_size))
        if wanted != self._slice:
            if wanted != self._slice + 1:
                self._slices = self.schedule.slices(wanted)
            self._batches, self._slice = self._cut(next(self._slices)), wanted
        return self._batches[place]

    def _cut(self, part: Slice) -> list[Mapping[str, TextPairs]]:
        sources, targets = written(self.rows[part.task].take(part.indices), self.codec, self.recipe.max_tokens)
        order = sorted(range(len(sources)), key=lambda place: len(sources[place]) + 2 * len(targets[place]))
        size = self.recipe.batch_size
        batches = [order[start:start + size] for start in range(0, len(order), size)]
        Random(f"{self.recipe.seed}/slice {part.step}").shuffle(batches)
        return [{part.task: TextPairs(sources=[sources[place] for place in batch], targets=[targets[place] for place in batch])} for batch in batches]


def written(samples: Sequence[Sample], codec: Codec, limit: int) -> tuple[list[list[int]], list[list[int]]]:
    """Ids of inputs and of answers, each at most ``limit``."""
    prompts = [prompt(ZOO_TASKS[sample.task], sample, codec.count, limit - 1).text for sample in samples]
    answers = [ZOO_TASKS[sample.task].target(sample.answer) for sample in samples]
    return [[*ids, codec.last_id] for ids in codec.encode(prompts)], [ids[:limit - 1] for ids in codec.encode(answers)]


def schedule_of(plan: Plan, sizes: Mapping[str, int], seed: int) -> Schedule:
    """The schedule of a plan over tasks of these sizes."""
    if plan.schedule == "iterative":
        return TaskIterative(sizes, step=plan.slice_size)
    return Mixture(sizes, temperature=2.0 if plan.schedule == "temperature" else 1.0, step=plan.slice_size, seed=seed)


def run_name(backbone: str, plan: Plan, recipe: Recipe) -> str:
    """Names the folder of a run by what changes its weights."""
    return f"zoo-{fingerprint([backbone, plan.tasks, plan.schedule, plan.slice_size, settings(recipe)])}"


def train_zoo(model: TextToText, plan: Plan, recipe: Recipe, data: Path, folder: Path, name: str) -> Iterator[tuple[Step, dict[str, float]]]:
    """Train in ``folder``, resuming what it holds; the model is whole after the last step.

    Yields:
        Each step, with the dev losses of all tasks where it looked at them.
    """
    learner = ZooLearner(model)
    rows = {task: Rows(data, "train", task) for task in plan.tasks}
    feed = Feed(rows, model.codec, schedule_of(plan, {task: len(found) for task, found in rows.items()}, recipe.seed), recipe)
    looked = dev_batches(plan, data, model.codec, recipe)
    seen: dict[str, float] = {}

    def held_out(given: ZooLearner) -> float:
        seen.update(dev_losses(given.model, looked))
        return sum(seen.values()) / max(len(seen), 1)

    steps = None if recipe.token_budget else PAPER_ZOO_UPDATES
    for step in train(learner, feed, recipe, steps=steps, state=RunState(folder, name), held_out=held_out, look_last=True):
        yield step, dict(seen) if step.held_out is not None else {}


def dev_batches(plan: Plan, data: Path, codec: Codec, recipe: Recipe, count: int = DEV_SAMPLES) -> dict[str, TextPairs]:
    """The first dev samples of each task that has any."""
    found = {}
    for task in plan.tasks:
        if (data / "dev" / f"{task}.parquet").is_file():
            rows = Rows(data, "dev", task)
            sources, targets = written(rows.take(range(min(count, len(rows)))), codec, recipe.max_tokens)
            found[task] = TextPairs(sources=sources, targets=targets)
    return found


@torch.no_grad()
def dev_losses(model: TextToText, batches: Mapping[str, TextPairs]) -> dict[str, float]:
    """Mean loss per right token on dev samples, by task."""
    model.eval()
    with torch.autocast(model.device.type, dtype=torch.bfloat16):
        return {task: float(model.losses(batch)[0].mean()) for task, batch in batches.items()}
