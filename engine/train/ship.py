"""From finished training to files with cards: the encoder's delta, a head for every objective, a delta per task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import Tensor, nn

from engine import provenance
from engine.corpora import CORPORA
from engine.corpora.mixture import TRAINING_SPLITS, excluded
from engine.models import checkpoint
from engine.models.encoder import Encoder
from engine.models.heads import build_head
from engine.models.store import encoder_file, objective_file, task_file, variant_encoder
from engine.objectives import OBJECTIVES
from engine.recipes import HeadOptions, Recipe
from engine.shipped import objective_spec, other_protocol
from engine.train.finetune import HEAD, run_fingerprint
from engine.train.learner import Learner
from engine.train.loop import Step
from engine.train.pretrain import Material, form_for
from engine.train.probe import ask, fit, score
from engine.train.taskdata import TaskData, drawn
from engine.variants import Variant

PROBE_DIALOGUES = {"mlm": 1200, "crm": 960, "dcv": 960, "dur": 960, "dsp": 2400, "enp": 2400}
"""Training dialogues that a probe is fitted on."""
PROBE_EPOCHS = {"mlm": 3, "crm": 10, "dcv": 20, "dur": 15, "dsp": 15, "enp": 15}
HELD_OUT_DIALOGUES = 256


def provenance_card() -> dict[str, Any]:
    """Where and with what this process trained."""
    return {"hardware": provenance.hardware(), "commit": provenance.commit(), "command": provenance.command(),
            "versions": dict(provenance.versions()), "created": datetime.now(UTC).isoformat(timespec="seconds")}


def ship_base(variant: Variant) -> None:
    """The variant without further pre-training: only its marker rows are written."""
    encoder = Encoder(variant.base)
    for name, weight in encoder.named_parameters():
        weight.requires_grad = name.endswith("markers")
    ship_encoder(variant, encoder, layers=[], step=None, held_out={})


def ship_encoder(variant: Variant, encoder: Encoder, *, layers: Sequence[int], step: Step | None, held_out: Mapping[str, float],
                 extractor: str = "") -> None:
    """Write a variant's delta and card; ``extractor`` counted the entities, where an objective needs them."""
    sets = {name: {"splits": list(splits), "licence": CORPORA[name].card.licence} for name, splits in TRAINING_SPLITS.items()} if step else {}
    card = {"variant": variant.name, "title": variant.title, "note": variant.note, "objectives": dict(variant.objectives),
            "variant_fingerprint": variant.fingerprint(), "recipe": asdict(variant.recipe), "tokens_seen": step.tokens if step else 0,
            "steps": step.number if step else 0, "seconds": round(step.seconds) if step else 0, "training_sets": sets, "excluded_dialogues": len(excluded()),
            "entity_extractor": extractor if "enp" in variant.objectives else None,
            "held_out_losses": {name: round(value, 4) for name, value in held_out.items()}, **provenance_card()}
    checkpoint.save(encoder_file(variant.name), encoder, None, card, layers=layers, rank=variant.recipe.rank)


def ship_objective(variant: Variant, objective: str, head: nn.Module, kind: str, measured: Mapping[str, float], classes: int) -> None:
    """Write one objective's head: ``trained`` with the encoder, or a ``linear probe``."""
    card = {"variant": variant.name, "objective": objective, "head": kind, "entity_classes": classes, "held_out": dict(measured),
            "max_tokens": variant.recipe.max_tokens, **provenance_card()}
    checkpoint.save_head(objective_file(variant.name, objective), head, card, base=variant.base)


def ship_objectives(variant: Variant, trained: Mapping[str, nn.Module], given: Material, *, warm: Mapping[str, Tensor] | None = None,
                    progress: Callable[[str], None] = print) -> None:
    """A head for every objective: those that were trained, scored on held-out dialogues, and linear probes for the rest."""
    encoder = variant_encoder(variant.name).eval()
    form = form_for(encoder.base, variant.recipe)
    for name in OBJECTIVES:
        looked = ask(encoder, name, given.held_out[:HELD_OUT_DIALOGUES], form, given.sources, "held-out")
        if name in trained:
            head, kind = trained[name].cpu(), "trained"
        else:
            head, kind = fit_probe(encoder, name, given, form, warm if name == "mlm" else None), "linear probe"
        measured = score(head, looked)
        ship_objective(variant, name, head, kind, measured, given.sources.entity_classes)
        progress(f"{variant.name}: {name} head ({kind}) held-out accuracy {measured['accuracy']:.3f} over {measured['n']}")


def fit_probe(encoder: Encoder, objective: str, given: Material, form: Any, warm: Mapping[str, Tensor] | None) -> nn.Module:
    """A head on the frozen encoder."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        head = build_head(objective_spec(objective, given.sources.entity_classes, probe=True), encoder)
    if warm:
        head.load_state_dict(dict(warm))
    rng = Random(f"probe/{objective}")
    dialogues = [given.training[rng.randrange(len(given.training))] for _ in range(PROBE_DIALOGUES[objective])]
    asked = ask(encoder, objective, dialogues, form, given.sources, f"probe/{objective}")
    for _ in fit(head, asked, epochs=PROBE_EPOCHS[objective]):
        pass
    return head


def ship_task(variant: Variant, data: TaskData, recipe: Recipe, options: HeadOptions, learner: Learner, step: Step, layers: Sequence[int],
              path: Path | None = None) -> None:
    """Write a task's delta, head and card to the shipped weights' place, or to ``path``."""
    source = CORPORA[data.corpus].card
    known, task = checkpoint.read_card(encoder_file(variant.name)), data.task.card.name
    card = {"variant": variant.name, "variant_fingerprint": known["variant_fingerprint"], "tokens_seen": known["tokens_seen"],
            "task": task, "corpus": data.corpus, "protocol": data.protocol,
            "training_set": {"split": data.task.described(data.corpus, "train", data.protocol), "licence": source.licence, "notes": list(data.task.card.notes)},
            "trained_examples": len(drawn(data.training, recipe)), "available_examples": len(data.training),
            "finetuning": run_fingerprint(variant.name, task, data.corpus, data.protocol, recipe, options), "steps": step.number, "tokens": step.tokens,
            "seconds": round(step.seconds), "recipe": asdict(recipe), "head_options": asdict(options), "labels": data.labels.to_json(), **provenance_card()}
    path = path or task_file(variant.name, task, data.corpus, other_protocol(task, data.protocol))
    checkpoint.save(path, learner.encoder, learner.heads[HEAD], card, layers=layers, rank=recipe.rank)
