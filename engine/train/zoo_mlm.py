"""Plain MLM on DialogZoo's dialogues (paper 2's ConvBERT*): what the tasks' form adds is seen against an encoder that read the same without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import torch

from engine.corpora.tokenised import kept
from engine.dialogue.model import Dialogue
from engine.fingerprint import fingerprint
from engine.models import checkpoint
from engine.models.encoder import Encoder
from engine.models.tokens import Tokens
from engine.objectives.base import Sources
from engine.recipes import PACKAGED, PAPER_ZOO_UPDATES, Recipe
from engine.train.learner import Learner, adapted_layers
from engine.train.loop import Step
from engine.train.pretrain import LOOKED_AT, Material, no_counter, pretrain
from engine.train.ship import provenance_card
from engine.train.zoo_ship import licences, trained_on
from engine.variants import MLM, Variant
from engine.zoo.dialogues import dialogues, stamp


def variant_of(recipe: Recipe, base: str = PACKAGED) -> Variant:
    """What is trained, as a variant of paper 1 is."""
    return replace(MLM, name="zoo-mlm", title="MLM on DialogZoo", note="MLM on the dialogues that DialogZoo's tasks are asked about.", base=base, recipe=recipe)


def run_name(variant: Variant, data: Path, tasks: Sequence[str]) -> str:
    """Names the folder of a run by what changes its weights, the dialogues included (`MissingDataError` where there are none)."""
    return f"{variant.name}-{fingerprint([variant.fingerprint(), stamp(data, 'train', tasks), stamp(data, 'dev', tasks)])}"


def material(tokens: Tokens, data: Path, tasks: Sequence[str], progress: Callable[[str], None] = lambda _: None) -> Material:
    """The training dialogues, each as likely to be drawn, and a draw of dev's to look at; tokenised once, then kept (errors as `stamp`)."""
    def read(use: str) -> Iterator[Dialogue]:
        counts = Counter[str]()
        progress(f"looking for the {use} dialogues")
        yield from dialogues(data, use, tasks, counts)
        progress(f"{use} dialogues: " + ", ".join(f"{count:,} {reason}" for reason, count in counts.items()))

    training, dev = (kept("zoo", use, fingerprint([tokens.fingerprint, stamp(data, use, tasks)]), partial(read, use), tokens) for use in ("train", "dev"))
    looked = sorted(Random("looked at").sample(range(len(dev)), min(LOOKED_AT, len(dev))))
    return Material(training=training, held_out=[dev[place] for place in looked], sources=Sources(pool=training, count=no_counter, entity_classes=2))


def train_mlm(variant: Variant, given: Material, folder: Path, warm: Mapping[str, Mapping[str, Any]] | None = None) -> Iterator[tuple[Step, Learner]]:
    """As `pretrain`, for so many updates as paper 2 where there is no token budget."""
    yield from pretrain(variant, given, folder, warm, steps=PAPER_ZOO_UPDATES)


def write_encoder(path: Path, encoder: Encoder, variant: Variant, *, name: str, step: Step, held_out: Mapping[str, float], data: Path, tasks: Sequence[str],
                  dialogues_there: int) -> None:
    """Write the trained weights and their card; rows of scores call the encoder ``name``."""
    pairs = trained_on(data, tasks)
    checkpoint.save(path, encoder, None, {
        "name": name, "title": variant.title, "note": variant.note, "tasks": list(tasks), "datasets": pairs, "licences": licences(pairs),
        "dialogues": dialogues_there, "recipe": asdict(variant.recipe), "seed": variant.recipe.seed, "tokens_seen": step.tokens, "steps": step.number,
        "seconds": round(step.seconds), "held_out_losses": dict(held_out), **provenance_card(),
    }, layers=adapted_layers(encoder, variant.recipe), rank=variant.recipe.rank, dtype=torch.float32)
