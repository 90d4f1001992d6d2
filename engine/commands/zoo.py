"""``zoo``: build, count, train, evaluate and ask DialogZoo."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path

from engine import provenance
from engine.commands.base import Ticker, add_data, clock, count, data_folder, is_main_process
from engine.commands.zoo_answer import add_answer, run_answer
from engine.commands.zoo_glue import add_glue, run_glue
from engine.commands.zoo_mlm import add_mlm, run_mlm
from engine.errors import InputError, MissingDataError
from engine.paths import cache_root, runs_root
from engine.recipes import ZOO as RECIPES
from engine.registry import unknown
from engine.results.curves import Curve
from engine.results.zoo import append
from engine.zoo import ZOO_TASKS
from engine.zoo.pairs import PAIRS, Pair
from engine.zoo.rows import tasks_of


class Zoo:
    """Paper 2."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Verbs of its own."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        build = verbs.add_parser("build", help="make the unified dataset from the sets on this machine")
        add_data(build)
        train = verbs.add_parser("train", help="train one model on all tasks")
        train.add_argument("--backbone", default="compact", help="compact, compact-no-copy, small-t5, a hub id such as google-t5/t5-base, or a folder")
        train.add_argument("--recipe", default="cpu", help="cpu (a token budget) or paper (200,000 updates of 256 samples)")
        train.add_argument("--tokens", type=count, help="token budget, read and written ones together")
        train.add_argument("--schedule", default="iterative", choices=("iterative", "proportional", "temperature"))
        train.add_argument("--slice", type=count, default=512, help="samples of one task in a row (S of Algorithm 1)")
        train.add_argument("--seed", type=int, default=0)
        train.add_argument("--look", type=count, metavar="STEPS", help="steps between looks at the dev samples (default: the recipe's)")
        train.add_argument("--ship", metavar="NAME", help="write the trained weights to checkpoints/zoo/NAME (compact models only)")
        score = verbs.add_parser("evaluate", help="score a model and the baselines on the test samples of every pair")
        score.add_argument("--model", default="compact", help="compact, another name in checkpoints/zoo, untrained, or baselines")
        score.add_argument("--limit", type=count, default=200, help="samples per pair at most (default: 200)")
        score.add_argument("--free", action="store_true", help="write without constraints")
        mlm = add_mlm(verbs)
        for sub in (build, train, mlm, score):
            sub.add_argument("--tasks", default="all", help="names with commas between (default: all fifteen, reo and clo)")
            sub.add_argument("--out", metavar="FOLDER", help="the unified dataset (default: zoo/ in DIALATLAS_CACHE, else .cache/zoo)")
        stats = verbs.add_parser("stats", help="samples per set and shares of tasks, from the last build")
        stats.add_argument("--json", action="store_true", help="one JSON object instead of tables")
        stats.add_argument("--out", metavar="FOLDER", help="the unified dataset (default: as for build; else the recorded counts)")
        add_answer(verbs)
        add_glue(verbs)

    def run(self, arguments: argparse.Namespace) -> None:
        """Do what the verb says."""
        {"build": _build, "train": _train, "evaluate": _evaluate, "stats": _stats, "answer": _answer, "glue": run_glue, "mlm": _mlm}[arguments.verb](arguments)


def _answer(arguments: argparse.Namespace) -> None:
    run_answer(arguments, chosen_tasks(arguments.tasks))


def _mlm(arguments: argparse.Namespace) -> None:
    run_mlm(arguments, zoo_folder(arguments.out), chosen_tasks(arguments.tasks))


def zoo_folder(flag: str | None) -> Path:
    """Where the unified dataset lies."""
    return Path(flag).expanduser() if flag else cache_root() / "zoo"


def chosen_tasks(text: str) -> list[str]:
    """Task names of a flag.

    Raises:
        UnknownNameError: There is no such task.
    """
    names = list(ZOO_TASKS) if text == "all" else [name.strip() for name in text.split(",")]
    for name in names:
        if name not in ZOO_TASKS:
            raise unknown("zoo task", name, list(ZOO_TASKS))
    return names


def pairs_of(tasks: list[str]) -> list[Pair]:
    """The pairs of these tasks; REO and CLO are made from the dialogues of all of them."""
    return [pair for pair in PAIRS if pair.task in tasks] if set(tasks) - {"reo", "clo"} else list(PAIRS)


def _build(arguments: argparse.Namespace) -> None:
    from engine.entities import default_extractor
    from engine.zoo.build import build
    from engine.zoo.selfsupervised import cloze, reordering

    tasks, ticker = chosen_tasks(arguments.tasks), Ticker()
    makers = [*([reordering()] if "reo" in tasks else []), *([cloze(default_extractor())] if "clo" in tasks else [])]
    out = zoo_folder(arguments.out)
    report = build(pairs_of(tasks), data_folder(arguments), out, makers=makers, progress=ticker)
    for row in report["pairs"]:
        removed = {reason: count for reason, count in row.items() if isinstance(count, int) and reason not in ("read", "written", "train", "dev", "test")}
        told = ", ".join(f"{count:,} {reason}" for reason, count in removed.items() if count)
        uses = ", ".join(f"{row[use]:,} {use}" for use in ("train", "dev", "test") if use in row)
        print(f"{row['task'] + '/' + row['dataset']:<32}{row['split']:<8}{row['read']:>9,} samples: {uses}{'; left out: ' + told if told else ''}")
    print(f"{len({(row['task'], row['dataset']) for row in report['pairs']})} pairs in {out}; "
          f"{len({(row['task'], row['dataset']) for row in report['absent']})} pairs lack a split on this machine")


def _train(arguments: argparse.Namespace) -> None:
    from engine.train.backbones import COMPACT, backbone
    from engine.train.zoo import Plan, run_name, train_zoo
    from engine.train.zoo_ship import OWN, apart, row_name, ship_zoo, write_zoo

    provenance.commit()
    if arguments.recipe not in RECIPES:
        raise unknown("recipe", arguments.recipe, list(RECIPES))
    recipe = replace(RECIPES[arguments.recipe], seed=arguments.seed)
    recipe = replace(recipe, token_budget=arguments.tokens or recipe.token_budget, evaluate_every=arguments.look or recipe.evaluate_every)
    data, ticker = zoo_folder(arguments.out), Ticker()
    there = tasks_of(data)
    tasks = tuple(task for task in chosen_tasks(arguments.tasks) if task in there)
    if not tasks:
        raise MissingDataError("there are no training samples of these tasks", where=str(data), remedy="run `python -m engine zoo build`")
    if arguments.ship and arguments.backbone not in COMPACT:
        raise InputError(f"a {arguments.backbone} is too large to ship", where="--ship", remedy=f"leave it out, or train {' or '.join(COMPACT)}")
    plan = Plan(tasks=tasks, schedule=arguments.schedule, slice_size=arguments.slice)
    model = backbone(arguments.backbone, data, arguments.seed)
    folder = runs_root() / run_name(arguments.backbone, plan, recipe)
    curve = Curve(folder / "curve.jsonl", {"backbone": arguments.backbone, "recipe": arguments.recipe, **asdict(plan), "seed": arguments.seed})
    for step, dev in train_zoo(model, plan, recipe, data, folder, folder.name):
        if step.losses:
            curve.add(step, dev)
        losses = " ".join(f"{name} {value:.2f}" for name, value in step.losses.items())
        ticker(f"step {step.number} {step.share:.1%} {losses} {step.tokens_per_second:,.0f} tokens/s {clock(step.seconds_left)} left", last=bool(dev))
    print(f"trained in {folder}")
    if arguments.backbone in COMPACT and is_main_process():
        write_zoo(folder / f"{OWN}.safetensors", model, name=row_name(arguments.backbone, recipe.token_budget or step.tokens, *apart(plan, arguments.seed)),
                  backbone=arguments.backbone, plan=plan, recipe=recipe, step=step, dev=curve.last_dev(), data=data)
        if arguments.ship:
            print(f"shipped as {ship_zoo(arguments.ship, folder, data)}")


def _evaluate(arguments: argparse.Namespace) -> None:
    from engine.train.zoo_evaluate import asked
    from engine.train.zoo_rows import Scorer

    provenance.commit()
    data, ticker = zoo_folder(arguments.out), Ticker()
    tasks = [task for task in chosen_tasks(arguments.tasks) if task in {*tasks_of(data, "test"), *tasks_of(data, "dev")}]
    if not tasks:
        raise MissingDataError("there are no test samples of these tasks", where=str(data), remedy="run `python -m engine zoo build`")
    scorer = Scorer(arguments.model, data, constrained=not arguments.free)
    for question in asked(data, tasks, arguments.limit):
        for row in scorer.rows(question, lambda done, name=f"{question.task}/{question.dataset}": ticker(f"{name}: {done}")):  # type: ignore[misc]
            append(row)
            print(f"{row.task + '/' + row.dataset:<32}{row.model:<14}{row.decoding:<12}{row.metric} {row.headline:.2f} "
                  f"({row.low:.2f}-{row.high:.2f}), {row.valid:.1f} % valid, n = {row.examples} of {row.available}")


def _stats(arguments: argparse.Namespace) -> None:
    from engine.zoo.stats import counts, report

    print(report(counts(Path(arguments.out).expanduser() if arguments.out else None), as_json=arguments.json))


ZOO = Zoo()
