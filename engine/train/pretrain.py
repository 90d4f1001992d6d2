"""Further pre-training of a variant (paper 1, section 3.2): draws, learner, checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from random import Random

import torch
from torch import Tensor

from engine.corpora.mixture import HELD_OUT, TRAINING_SPLITS, excluded
from engine.corpora.tokenised import Mixture, tokenised
from engine.dialogue.model import Dialogue
from engine.entities import default_extractor
from engine.fingerprint import fingerprint
from engine.models.batch import Batch
from engine.models.encoder import Encoder
from engine.models.heads import build_head
from engine.models.tokens import TextForm, Tokens, tokens_for
from engine.objectives import OBJECTIVES
from engine.objectives.base import Sources
from engine.objectives.enp import entity_classes
from engine.recipes import Recipe, settings
from engine.train.learner import Learner, prepare
from engine.train.loop import Step, train
from engine.train.state import RunState
from engine.variants import Variant

COUNTED = 4000
"""Utterances whose entities are counted to fix ENP's number of classes."""
LOOKED_AT = 128
"""Held-out dialogues per look."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """What further pre-training draws from."""

    training: Sequence[Dialogue]
    held_out: Sequence[Dialogue]
    sources: Sources
    extractor: str = ""
    """Title of the extractor that counts entities."""


def material(tokens: Tokens, data_root: Path, *, splits: Mapping[str, Sequence[str]] = TRAINING_SPLITS, held_out: tuple[str, str] = HELD_OUT,
             needs_entities: bool = True, progress: Callable[[str], None] = lambda _: None) -> Material:
    """The tokenised mixture, the held-out dialogues, and an entity counter with its number of classes."""
    training = Mixture([tokenised(name, split, tokens, data_root, without=excluded(), progress=progress) for name, parts in splits.items() for split in parts])
    looked = tokenised(*held_out, tokens, data_root, progress=progress)
    if not needs_entities:
        return Material(training=training, held_out=looked, sources=Sources(pool=training, count=no_counter, entity_classes=2))
    extractor = default_extractor()

    def count(texts: Sequence[str]) -> list[int]:
        return [len(spans) for spans in extractor.entities(texts)]

    rng = Random(0)
    utterances = [rng.choice(training[rng.randrange(len(training))].turns).text for _ in range(COUNTED)]
    return Material(training=training, held_out=looked, extractor=extractor.card.title,
                    sources=Sources(pool=training, count=count, entity_classes=entity_classes(count(utterances))))


def no_counter(texts: Sequence[str]) -> list[int]:
    """For variants without ENP: never called."""
    raise AssertionError("this variant counts no entities")


def batches_of(dialogues: Sequence[Dialogue], objectives: Mapping[str, float], form: TextForm, sources: Sources, rng: Random) -> dict[str, Batch]:
    """One batch per objective from the same dialogues."""
    made = {}
    for name in objectives:
        examples = list(chain.from_iterable(OBJECTIVES[name].examples(dialogue, rng, sources) for dialogue in dialogues))
        made[name] = OBJECTIVES[name].collate(examples, form, rng)
    return made


def pretrain(variant: Variant, given: Material, folder: Path, warm: Mapping[str, Mapping[str, Tensor]] | None = None, *,
             steps: int | None = None) -> Iterator[tuple[Step, Learner]]:
    """Train a variant, resuming what ``folder`` holds; the learner is whole after the last step.

    Args:
        variant: What to train.
        given: What to draw from.
        folder: The run's folder.
        warm: Head states to start from (the packaged base has no MLM head of its own: it starts from one fitted on the frozen base).
        steps: How many where the recipe has no token budget; None for its epochs.
    """
    recipe = variant.recipe
    encoder = Encoder(variant.base, dropout=recipe.dropout)
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        heads = {name: build_head(OBJECTIVES[name].head(given.sources.entity_classes), encoder) for name in variant.objectives}
        prepare(encoder, recipe, markers=True)
    for name in heads.keys() & (warm or {}).keys():
        heads[name].load_state_dict((warm or {})[name])
    learner = Learner(encoder, heads)
    form = TextForm(encoder.tokens, recipe.max_tokens)

    def draw(step: int) -> dict[str, Batch]:
        rng = Random(f"{recipe.seed}/{step}")
        chosen = [given.training[rng.randrange(len(given.training))] for _ in range(recipe.batch_size)]
        return batches_of(chosen, variant.objectives, form, given.sources, rng)

    steps = None if recipe.token_budget else steps or round(recipe.epochs * len(given.training) / recipe.batch_size)
    state = RunState(folder, variant.fingerprint())
    for step in train(learner, draw, recipe, steps=steps, weights=variant.objectives, state=state, look_last=True,
                      held_out=lambda learner: sum(held_out_losses(learner, variant, given, form).values())):
        yield step, learner


@torch.no_grad()
def held_out_losses(learner: Learner, variant: Variant, given: Material, form: TextForm) -> dict[str, float]:
    """Mean loss per objective on the same questions about the same held-out dialogues each time."""
    learner.eval()
    rng = Random("held-out")
    dialogues = list(islice(given.held_out, LOOKED_AT))
    totals: dict[str, list[float]] = {name: [] for name in variant.objectives}
    for start in range(0, len(dialogues), variant.recipe.batch_size):
        made = batches_of(dialogues[start:start + variant.recipe.batch_size], variant.objectives, form, given.sources, rng)
        for name, loss in learner({name: batch for name, batch in made.items() if batch.targets}).items():
            totals[name].append(float(loss))
    return {name: sum(values) / len(values) for name, values in totals.items()}


def run_name(variant: Variant) -> str:
    """The run folder's name."""
    return f"pretrain-{variant.name}-{fingerprint([variant.base, settings(variant.recipe), dict(variant.objectives)])}"


def form_for(base: str, recipe: Recipe) -> TextForm:
    """The text form of a recipe."""
    return TextForm(tokens_for(base), recipe.max_tokens)
