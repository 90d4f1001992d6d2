"""Shipped files of random weights on a tiny base: what the predictor and the command line read, made without any training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.recipes import FINETUNE, HEADS, HeadOptions, Recipe
from engine.tasks import TASKS
from engine.tasks.base import Labels
from engine.variants import Variant, variant

CORPUS = {"intent": "oos", "dialogue_act": "multiwoz21", "response_selection": "multiwoz21", "state_tracking": "multiwoz21"}
LABELS = {
    "intent": Labels(names=("book_taxi", "find_hotel", "oos")),
    "dialogue_act": Labels(names=("bye", "inform", "request")),
    "response_selection": Labels(names=()),
    "state_tracking": Labels(names=("hotel-area", "hotel-stars"),
                             values={"hotel-area": ("none", "dontcare", "north", "south"), "hotel-stars": ("none", "dontcare", "4")}),
}
RECIPE = Recipe(tuning="lora", rank=4, max_tokens=96, batch_size=4, precision="no", dropout=0.0)
CLASSES = 4
"""Of entity number prediction."""


@contextmanager
def home(folder: Path) -> Iterator[None]:
    """Shipped files go to ``folder``; their cards need no git."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALATLAS_CHECKPOINTS", str(folder))
        patch.setattr("engine.provenance.commit", lambda: "test")
        yield


def recipe_of(task: str, **changes: Any) -> Recipe:
    """The CPU recipe on the upper of two layers."""
    return replace(FINETUNE["cpu"][task], **{"max_tokens": 64, "rank": 4, "top_layers": 1, **changes})


def tiny_variant(base: str, name: str) -> Variant:
    """A variant of the registry on a tiny base."""
    return replace(variant(name), base=base, recipe=RECIPE)


def ship(base: str, name: str, tasks: Sequence[str] = tuple(CORPUS), seed: int = 0) -> Variant:
    """Write a variant's encoder, objective heads and task models with random weights."""
    import torch

    from engine.models.encoder import Encoder
    from engine.models.heads import build_head
    from engine.models.store import variant_encoder
    from engine.objectives import OBJECTIVES
    from engine.shipped import objective_spec
    from engine.train.learner import prepare
    from engine.train.ship import ship_encoder, ship_objective

    made = tiny_variant(base, name)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        encoder = Encoder(base)
        prepare(encoder, RECIPE, markers=True)
        shaken(encoder)
        ship_encoder(made, encoder, layers=[0, 1], step=None, held_out={})
        for objective in OBJECTIVES:
            kind = "trained" if objective in made.objectives else "linear probe"
            head = shaken(build_head(objective_spec(objective, CLASSES, probe=kind != "trained"), variant_encoder(name)))
            ship_objective(made, objective, head, kind, {"accuracy": 0.5, "loss": 1.0, "n": 2}, CLASSES)
        for task in tasks:
            ship_one_task(made, task, recipe_of(task), HEADS["cpu"])
    return made


def ship_one_task(made: Variant, task: str, recipe: Recipe, options: HeadOptions) -> Any:
    """Write one task's model with random weights; the learner that was written."""
    from engine.models.heads import build_head
    from engine.models.store import variant_encoder
    from engine.tasks.structures import head_spec
    from engine.train.finetune import HEAD
    from engine.train.learner import Learner, adapted_layers, prepare
    from engine.train.loop import Step
    from engine.train.ship import ship_task
    from engine.train.taskdata import TaskData

    data = TaskData(task=TASKS[task], corpus=CORPUS[task], protocol=TASKS[task].card.protocols[0], labels=LABELS[task], training=[], dev=[])
    encoder = variant_encoder(made.name)
    head = build_head(head_spec(data.task.card, data.labels, options), encoder, **data.head_extras(encoder.base))
    prepare(encoder, recipe, markers=False)
    learner = Learner(shaken(encoder), {HEAD: shaken(head)}).eval()
    step = Step(number=3, losses={}, tokens=10, share=1.0, seconds=1.0)
    ship_task(made, data, recipe, options, learner, step, adapted_layers(encoder, recipe))
    return learner


def shaken(module: Any, size: float = 0.2) -> Any:
    """Weights away from where they start, so that a part that is not loaded shows."""
    import torch

    with torch.no_grad():
        for weight in module.parameters():
            if weight.requires_grad:
                weight += size * torch.randn_like(weight)
    return module


def questions(model: Any) -> list[Any]:
    """Every turn of the toy dialogues that a task could ask about, with a right answer that the model can give."""
    from engine.tasks.base import Example
    from tests.unit import tiny

    answers: dict[str, Any] = {"intent": "oos", "dialogue_act": ("inform",), "response_selection": "", "state_tracking": {"hotel-area": "north"}}
    return [Example(id=f"{dialogue.id}#{index}", corpus=dialogue.corpus, turns=dialogue.turns[:index], response=dialogue.turns[index].text,
                    target=answers[model.card["task"]]) for dialogue in tiny.toy() for index in range(1, len(dialogue.turns))]
