"""``zoo glue``: encoders fine-tuned on DialoGLUE's sets, a row for each set and seed, and a submission for EvalAI."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import provenance
from engine.commands.base import Ticker, add_data, clock, count, data_folder
from engine.corpora.locate import corpus_folder
from engine.errors import InputError, MissingDataError
from engine.recipes import GLUE
from engine.registry import unknown
from engine.results import glue
from engine.results.glue import GlueScore
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.glue import GLUE_SETS
from engine.zoo.glue.base import SHOTS
from engine.zoo.glue.submission import lacking, submission

if TYPE_CHECKING:
    from engine.train.glue import Plan


def add_glue(verbs: Any) -> None:
    """Declare the verb's flags."""
    parser = verbs.add_parser("glue", help="fine-tune an encoder on DialoGLUE's sets and score it")
    add_data(parser)
    parser.add_argument("--encoder", default="base", help="base, compact or another name in checkpoints/zoo or its weight file, the folder of a run of zoo "
                        "train or zoo mlm, a variant such as mlm, a folder, or a hub id (default: base)")
    parser.add_argument("--name", default="", help="what the rows call the encoder (default: its own name)")
    parser.add_argument("--sets", default="all", help=f"names with commas between, of {', '.join(GLUE_SETS)} (default: those on this machine)")
    parser.add_argument("--shots", default="full", choices=SHOTS, help="train on all rows, or on DialoGLUE's few-shot rows")
    parser.add_argument("--seeds", default="0", help="numbers with commas between; EvalAI's few-shot phase takes five (default: 0)")
    parser.add_argument("--recipe", default="cpu", help=f"one of {', '.join(GLUE)}")
    parser.add_argument("--steps", type=count, help="updates (default: the recipe's epochs)")
    parser.add_argument("--limit-train", type=count, metavar="N", help="train on so many rows at most, drawn with the seed")
    parser.add_argument("--submission", type=Path, metavar="FILE", help="write the answers in EvalAI's layout")


def run_glue(arguments: argparse.Namespace) -> None:
    """Measure what has no row yet, store, print; then write the submission."""
    from engine.train.glue import known, measure, tidy_up

    provenance.commit()
    encoder, data, ticker = known(arguments.encoder, arguments.name), data_folder(arguments), Ticker()
    there = {row.run: row for row in glue.read()}
    rows = []
    for plan in plans(arguments, chosen_sets(arguments.sets, data)):
        name = f"{encoder.name} {plan.dataset} {plan.shots} seed {plan.recipe.seed}"
        row = there.get(plan.run(encoder))
        if row is None:
            row = measure(plan, encoder, data, lambda step, name=name: ticker(  # type: ignore[misc]
                f"{name}: step {step.number} {step.share:.0%} {clock(step.seconds_left)} left"))
            glue.append(row)
            tidy_up(row)
        rows.append(row)
        print(line(row))
    if arguments.submission:
        _submit(arguments, rows)


def chosen_sets(text: str, data: Path) -> list[str]:
    """Names of sets of a flag; ``all`` are those on this machine, and says which are not.

    Raises:
        UnknownNameError: There is no such set.
    """
    if text != "all":
        names = [name.strip() for name in text.split(",")]
        for name in names:
            _ = GLUE_SETS[name]
        return names
    found = []
    for name, part in GLUE_SETS.items():
        try:
            corpus_folder(ZOO_DATASETS[part.dataset], data)
            found.append(name)
        except MissingDataError as error:
            print(f"{name} is left out: {error.what}")
    return found


def plans(arguments: argparse.Namespace, names: Sequence[str]) -> Iterator[Plan]:
    """A plan for each set and seed.

    Raises:
        UnknownNameError: Recipe.
        InputError: A seed that is no number.
    """
    from engine.train.glue import Plan

    if arguments.recipe not in GLUE:
        raise unknown("recipe", arguments.recipe, list(GLUE))
    seeds = [seed.strip() for seed in arguments.seeds.split(",")]
    if not all(seed.isdecimal() for seed in seeds):
        raise InputError(f"{arguments.seeds!r} is no list of numbers", where="--seeds", remedy="give e.g. --seeds 0,1,2")
    for name in names:
        for seed in map(int, seeds):
            yield Plan(dataset=name, shots=arguments.shots, recipe=replace(GLUE[arguments.recipe], seed=seed), recipe_name=arguments.recipe,
                       steps=arguments.steps, limit=arguments.limit_train)


def line(row: GlueScore) -> str:
    """A row in a line."""
    beside = " ".join(f"{name} {value:.2f}" for name, value in row.metrics.items() if name != row.metric)
    return (f"{row.encoder:<12}{row.dataset:<14}{row.shots:<6}seed {row.seed}  {row.metric} {row.headline:.2f} (dev {row.dev:.2f}) {beside} "
            f"n = {row.examples:,}, {row.trained_examples:,} rows, {row.steps:,} steps, {clock(row.seconds)}")


def _submit(arguments: argparse.Namespace, rows: list[GlueScore]) -> None:
    from engine.train.glue import stored_answers

    runs: dict[str, list[Any]] = {}
    for row in rows:
        runs.setdefault(row.dataset, []).append(stored_answers(row))
    made = submission(runs, arguments.shots)
    try:
        arguments.submission.write_text(json.dumps(made, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"the file cannot be written ({error.strerror})", where=str(arguments.submission), remedy="give another path") from None
    print("\n".join([f"submission written to {arguments.submission}", *lacking(made, arguments.shots)]))
