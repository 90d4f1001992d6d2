"""``finetune``: one downstream task on one variant, with progress and resume; ends with a shipped file."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from engine import provenance
from engine.commands.base import Ticker, add_data, clock, count, data_folder, is_main_process
from engine.paths import runs_root
from engine.recipes import FINETUNE as RECIPES
from engine.recipes import HeadOptions, Recipe, heads_for
from engine.registry import unknown
from engine.tasks import TASKS
from engine.variants import variant


class Finetune:
    """Paper 1, section 3.3."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Variant, task, corpus and how to train."""
        add_target(parser)
        parser.add_argument("--recipe", default="cpu", help="cpu (adapters on the upper half) or paper (all weights)")
        parser.add_argument("--protocol", default="", help="how the question is put (default: the task's first protocol)")
        parser.add_argument("--examples", type=count, help="use so many training examples")
        parser.add_argument("--seed", type=int, default=0)

    def run(self, arguments: argparse.Namespace) -> None:
        """Train and ship."""
        run_finetuning(arguments, data_folder(arguments))


def add_target(parser: argparse.ArgumentParser) -> None:
    """Which model."""
    parser.add_argument("variant", help="a name from `python -m engine ls variants`")
    parser.add_argument("task", help="a name from `python -m engine ls tasks`")
    parser.add_argument("corpus", help="a corpus on which the task is defined")
    add_data(parser)


def chosen_recipe(arguments: argparse.Namespace) -> tuple[Recipe, HeadOptions]:
    """The task's recipe and head with the flags' changes."""
    if arguments.recipe not in RECIPES:
        raise unknown("recipe", arguments.recipe, list(RECIPES))
    if arguments.task not in TASKS:
        raise unknown("task", arguments.task, list(TASKS))
    recipe = replace(RECIPES[arguments.recipe][arguments.task], seed=arguments.seed)
    return replace(recipe, examples=arguments.examples) if arguments.examples else recipe, heads_for(arguments.recipe, arguments.protocol)


def run_finetuning(arguments: argparse.Namespace, root: Path) -> None:
    """Train one model in its run folder and ship it."""
    from engine.train.finetune import finetune, run_fingerprint
    from engine.train.learner import adapted_layers
    from engine.train.ship import ship_task
    from engine.train.taskdata import task_data

    provenance.commit()
    recipe, options = chosen_recipe(arguments)
    chosen = variant(arguments.variant)
    data = task_data(arguments.task, arguments.corpus, root, arguments.protocol)
    ticker = Ticker()
    known = run_fingerprint(chosen.name, arguments.task, arguments.corpus, data.protocol, recipe, options)
    folder = runs_root() / f"finetune-{chosen.name}-{arguments.task}-{arguments.corpus}-{known}"
    for last in finetune(chosen, data, recipe, options, folder):
        step, learner = last
        loss = sum(step.losses.values())
        ticker(f"{chosen.name} {arguments.task} step {step.number} {step.share:.0%} loss {loss:.3f} "
               f"{step.tokens_per_second:,.0f} tokens/s {clock(step.seconds_left)} left")
    if is_main_process():
        ship_task(chosen, data, recipe, options, learner, step, adapted_layers(learner.encoder, recipe))
    ticker(f"{chosen.name} {arguments.task}: {step.number} steps, {step.tokens:,} tokens, {clock(step.seconds)}", last=True)


FINETUNE = Finetune()
