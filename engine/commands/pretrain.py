"""``pretrain``: further pre-training of one variant, with progress, resume and TensorBoard logs; ends with shipped files."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import provenance
from engine.commands.base import Ticker, add_data, clock, count, data_folder, is_main_process
from engine.paths import runs_root
from engine.recipes import PACKAGED
from engine.recipes import PRETRAIN as RECIPES
from engine.registry import unknown
from engine.variants import Variant, variant


class Pretrain:
    """Paper 1, section 3.2."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """The variant, the base and the recipe."""
        parser.add_argument("variant", help="a name from `python -m engine ls variants`; `bert` only fits probes on the base")
        parser.add_argument("--base", default=PACKAGED, help="minilm-l6, a hub id such as bert-base-uncased, or a local folder")
        parser.add_argument("--recipe", default="cpu", help="cpu (adapters, token budget) or paper (all weights)")
        parser.add_argument("--tokens", type=count, help="token budget")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--no-heads", action="store_true", help="ship the encoder alone, without a head for every objective (enough for a sweep)")
        add_data(parser)

    def run(self, arguments: argparse.Namespace) -> None:
        """Train, then write the encoder's delta and a head for every objective."""
        run_pretraining(chosen_variant(arguments), data_folder(arguments), heads=not arguments.no_heads)


def chosen_variant(arguments: argparse.Namespace) -> Variant:
    """The variant with the flags' base, recipe and seed."""
    if arguments.recipe not in RECIPES:
        raise unknown("recipe", arguments.recipe, list(RECIPES))
    recipe = replace(RECIPES[arguments.recipe], seed=arguments.seed)
    if arguments.tokens:
        recipe = replace(recipe, token_budget=arguments.tokens)
    return replace(variant(arguments.variant), base=arguments.base, recipe=recipe)


def run_pretraining(chosen: Variant, root: Path, *, heads: bool = True) -> None:
    """Train one variant in its run folder and ship it, with a head for every objective or the encoder alone."""
    from engine.models.tokens import tokens_for
    from engine.train.learner import adapted_layers
    from engine.train.pretrain import form_for, held_out_losses, material, pretrain, run_name
    from engine.train.ship import ship_base, ship_encoder, ship_objectives

    provenance.commit()
    ticker = Ticker()
    given = material(tokens_for(chosen.base), root, progress=lambda text: ticker(text, last=True))
    if not chosen.objectives:
        ship_base(chosen)
        if heads:
            ship_objectives(chosen, {}, given)
        return
    folder = runs_root() / run_name(chosen)
    with _log(folder) as log:  # what was logged is on disk even after an interruption
        for last in pretrain(chosen, given, folder, warm=warm_heads(chosen)):
            step, learner = last
            losses = " ".join(f"{name} {value:.3f}" for name, value in step.losses.items())
            ticker(f"{chosen.name} step {step.number} {step.share:.0%} {losses} {step.tokens_per_second:,.0f} tokens/s {clock(step.seconds_left)} left")
            for name, value in step.losses.items():
                log.add_scalar(f"loss/{name}", value, step.tokens)
            log.add_scalar("tokens_per_second", step.tokens_per_second, step.number)
    if not is_main_process():
        return
    held_out = held_out_losses(learner, chosen, given, form_for(chosen.base, chosen.recipe))
    ticker("held-out " + " ".join(f"{name} {value:.3f}" for name, value in held_out.items()), last=True)
    ship_encoder(chosen, learner.encoder, layers=adapted_layers(learner.encoder, chosen.recipe), step=step, held_out=held_out,
                 extractor=given.extractor)
    if heads:
        ship_objectives(chosen, dict(learner.heads.items()), given)


def warm_heads(chosen: Variant) -> Mapping[str, Mapping[str, Any]]:
    """An MLM head to start from: the base's own, or the one that `pretrain bert` fitted on the same frozen base (the packaged base has none)."""
    from engine.models import checkpoint
    from engine.models.bases import pretrained_mlm_head
    from engine.models.store import objective_file

    own = pretrained_mlm_head(chosen.base, markers=2) if "mlm" in chosen.objectives else {}
    if own:
        return {"mlm": own}
    path = objective_file("bert", "mlm")
    fits = "mlm" in chosen.objectives and path.is_file() and checkpoint.read_card(path)["base"] == chosen.base
    return {"mlm": checkpoint.head_state(checkpoint.load(path))} if fits else {}


def _log(folder: Path) -> Any:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder))


PRETRAIN = Pretrain()
