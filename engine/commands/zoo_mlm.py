"""``zoo mlm``: plain MLM on DialogZoo's dialogues, for the comparison of encoders (paper 2's ConvBERT*)."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import provenance
from engine.commands.base import Ticker, clock, count, is_main_process
from engine.commands.pretrain import warm_heads
from engine.errors import InputError
from engine.paths import runs_root
from engine.recipes import PACKAGED, ZOO_MLM
from engine.registry import unknown
from engine.results.curves import Curve
from engine.zoo.dialogues import sources


def add_mlm(verbs: Any) -> argparse.ArgumentParser:
    """Declare the verb's flags."""
    parser: argparse.ArgumentParser = verbs.add_parser("mlm", help="train the base encoder by plain MLM on the dialogues of the unified dataset")
    parser.add_argument("--base", default=PACKAGED, help=f"{PACKAGED}, a hub id such as bert-base-uncased, or a folder (default: {PACKAGED})")
    parser.add_argument("--recipe", default="cpu", help="cpu (a token budget) or paper (200,000 updates of 256 dialogues)")
    parser.add_argument("--tokens", type=count, help="token budget")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--name", help="what rows of scores call the encoder (default: zoo-mlm and its tokens)")
    parser.add_argument("--ship-to", type=Path, metavar="FOLDER", help="copy the trained encoder and its curve there, too")
    return parser


def run_mlm(arguments: argparse.Namespace, data: Path, tasks: Sequence[str]) -> None:
    """Train in a run's folder, write the encoder there, and say where.

    Raises:
        UnknownNameError: Recipe.
        MissingDataError: The unified dataset has no dialogues of these tasks.
    """
    from engine.models.tokens import tokens_for
    from engine.train.zoo_mlm import material, run_name, train_mlm, variant_of, write_encoder
    from engine.train.zoo_ship import OWN, row_name, seeded

    provenance.commit()
    tasks = [path.stem for path in sources(data, "train", tasks)]
    if arguments.recipe not in ZOO_MLM:
        raise unknown("recipe", arguments.recipe, list(ZOO_MLM))
    recipe = replace(ZOO_MLM[arguments.recipe], seed=arguments.seed)
    variant = variant_of(replace(recipe, token_budget=arguments.tokens or recipe.token_budget), arguments.base)
    folder, ticker = runs_root() / run_name(variant, data, tasks), Ticker()
    given = material(tokens_for(variant.base), data, tasks, progress=lambda text: ticker(text, last=True))
    curve = Curve(folder / "curve.jsonl", {"backbone": variant.name, "recipe": arguments.recipe, "tasks": list(tasks), "seed": arguments.seed})
    for last in train_mlm(variant, given, folder, warm_heads(variant)):
        step, learner = last
        if step.losses:
            curve.add(step, {} if step.held_out is None else {"mlm": step.held_out})
        losses = " ".join(f"{name} {value:.2f}" for name, value in step.losses.items())
        ticker(f"step {step.number} {step.share:.1%} {losses} {step.tokens_per_second:,.0f} tokens/s {clock(step.seconds_left)} left",
               last=step.held_out is not None)
    if not is_main_process():
        return
    name = arguments.name or row_name(variant.name, variant.recipe.token_budget or step.tokens, *seeded(arguments.seed))
    write_encoder(folder / f"{OWN}.safetensors", learner.encoder, variant, name=name, step=step, held_out=curve.last_dev(), data=data, tasks=tasks,
                  dialogues_there=len(given.training))
    print(f"trained in {folder}: fine-tune it with `python -m engine zoo glue --encoder {folder}`")
    if arguments.ship_to:
        _ship(folder, arguments.ship_to.expanduser(), OWN)


def _ship(folder: Path, to: Path, stem: str) -> None:
    try:
        to.mkdir(parents=True, exist_ok=True)
        for name in (f"{stem}.safetensors", f"{stem}.json", "curve.jsonl"):
            shutil.copyfile(folder / name, to / name)
    except OSError as error:
        raise InputError(f"the encoder cannot be written there ({error.strerror})", where=str(to), remedy="give another folder") from None
    print(f"shipped to {to}")
