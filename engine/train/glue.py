"""Fine-tuning an encoder on DialoGLUE's sets (Mehri et al. 2020; paper 2, section 5.3): chosen on dev, scored once on test."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine import provenance
from engine.errors import CheckpointError, InputError, MissingDataError
from engine.fingerprint import file_sha256, fingerprint
from engine.models import checkpoint
from engine.models.batch import Batch
from engine.models.encoder import Encoder
from engine.models.files import write_text
from engine.models.seq2seq.reader import reader
from engine.models.seq2seq.store import FORMAT as TEXT_TO_TEXT
from engine.models.seq2seq.store import zoo_file
from engine.models.store import encoder_file, stored_encoder, variant_encoder
from engine.paths import runs_root, without_home
from engine.recipes import PACKAGED, Recipe, settings
from engine.results.glue import GlueScore
from engine.train.finetune import HEAD, rows_of_step
from engine.train.glue_cells import Cell, WordCell
from engine.train.glue_state import StateCell
from engine.train.learner import Learner
from engine.train.loop import Step, train
from engine.train.state import RunState
from engine.train.taskdata import some
from engine.train.zoo_ship import OWN
from engine.variants import VARIANTS
from engine.zoo.escape import BRACKETED
from engine.zoo.glue import GLUE_SETS
from engine.zoo.glue.base import Shots
from engine.zoo.glue.submission import Answers

BASE = "base"
STATE_TOKENS = 512
"""Longest history of MultiWOZ."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """Where an encoder comes from, before it is opened."""

    name: str
    weights: str
    """SHA-256 of what was trained on top of the base."""
    tokens_seen: int
    open: Callable[[], Encoder]
    """A fresh encoder with its own dropout."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One cell of the table."""

    dataset: str
    shots: Shots
    recipe: Recipe
    """Its seed is the run's."""
    recipe_name: str
    steps: int | None = None
    """None for the recipe's epochs."""
    limit: int | None = None
    """So many training rows at most, drawn with the seed."""

    def run(self, encoder: Known) -> str:
        """Names everything that changes the score."""
        return fingerprint([encoder.name, encoder.weights, self.dataset, self.shots, settings(self.recipe), self.steps, self.limit])


def known(name: str, called: str = "") -> Known:
    """``base``, a variant of paper 1, a name in ``checkpoints/zoo``, the folder of a run of `zoo train` or `zoo mlm`, a weight file, a folder, or a hub id.

    Args:
        name: One of these.
        called: What rows call it; empty for its own name.

    Raises:
        CheckpointError: The weights are missing or damaged, or the run has not ended.
    """
    path = weight_file(name)
    if path:
        card = checkpoint.read_card(path)
        own = str(card["name"]) if path.stem == OWN else path.stem
        reads = card.get("format") == TEXT_TO_TEXT
        return Known(name=called or own, weights=file_sha256(path), tokens_seen=card["tokens_seen"],
                     open=lambda: reader(path, BRACKETED) if reads else stored_encoder(path))
    if name in VARIANTS:
        card = checkpoint.read_card(encoder_file(name))
        return Known(name=called or name, weights=file_sha256(encoder_file(name)), tokens_seen=card["tokens_seen"], open=lambda: variant_encoder(name))
    return Known(name=called or name, weights="", tokens_seen=0, open=lambda: Encoder(PACKAGED if name == BASE else name))


def weight_file(name: str) -> Path | None:
    """The weights of our own that a name or path stands for, if any (errors as `known`)."""
    path = Path(name).expanduser()
    if path.suffix == ".safetensors":
        return path
    if (path / f"{OWN}.safetensors").is_file():
        return path / f"{OWN}.safetensors"
    if (path / "state.safetensors").is_file():
        raise CheckpointError("this run has not ended yet, or wrote no weights", where=name, remedy="give its command again: it goes on where it was")
    return zoo_file(name) if zoo_file(name).is_file() else None


def cell_of(plan: Plan, encoder: Encoder, data: Path) -> Cell:
    """The set of a plan put to an encoder (errors as `WordCell`)."""
    part, seed = GLUE_SETS[plan.dataset], plan.recipe.seed
    if part.kind == "state":
        return StateCell(encoder, plan.shots, data, seed=seed, max_tokens=STATE_TOKENS)
    return WordCell(part, encoder, plan.shots, data, seed=seed, max_tokens=plan.recipe.max_tokens)


def paced(plan: Plan, rows: int) -> tuple[Recipe, int]:
    """The recipe with its looks at dev, once an epoch and not more often than the recipe says, and the number of steps."""
    recipe = plan.recipe
    steps = plan.steps or max(1, round(recipe.epochs * rows / recipe.batch_size))
    apart = max(recipe.evaluate_every, rows // recipe.batch_size)
    return replace(recipe, evaluate_every=max(1, steps // max(1, round(steps / apart)))), steps


def measure(plan: Plan, encoder: Known, data: Path, told: Callable[[Step], None] = lambda _: None) -> GlueScore:
    """Train, resuming what a killed run left, choose by dev, score test once; the answers stay in the run's folder.

    Raises:
        MissingDataError: The set is not on this machine.
        InputError: It has no rows to train on, or none to choose by.
    """
    cell, folder = cell_of(plan, encoder.open(), data), folder_of(plan.run(encoder))
    if not cell.training or not cell.dev:
        raise InputError("there are no rows to train on, or none to choose by", where=plan.dataset, remedy="put the whole published set there")
    available, dev = len(cell.training), list[float]()
    training = some(list(cell.training), plan.limit, plan.recipe.seed)
    recipe, steps = paced(plan, len(training))
    learner, headline = Learner(cell.encoder, {HEAD: cell.head}), GLUE_SETS[plan.dataset].headline

    def draw(step: int) -> Mapping[str, Batch]:
        return {HEAD: cell.batch(rows_of_step(training, recipe, step))}

    def held_out(learner: Learner) -> float:
        learner.eval()
        dev.append(cell.score(cell.dev, cell.answers(cell.dev))[headline])
        return -dev[-1]

    state = RunState(folder, plan.run(encoder))
    resumed = state.path.is_file()
    for step in train(learner, draw, recipe, steps=steps, state=state, held_out=held_out):
        told(step)
    if resumed or not dev:
        dev = []  # looks of the killed run are not known: the chosen weights are looked at again
        held_out(learner)
    before = time.perf_counter()
    learner.eval()
    answers = cell.answers(cell.test)
    scored = cell.score(cell.test, answers)
    seconds = time.perf_counter() - before
    write_text(folder / "answers.json", json.dumps(cell.submitted(answers), ensure_ascii=False) + "\n")
    return GlueScore(
        encoder=encoder.name, weights=encoder.weights, run=plan.run(encoder), dataset=plan.dataset, shots=plan.shots, recipe=plan.recipe_name,
        metric=headline, metrics=dict(scored), dev=max(dev), protocol=GLUE_SETS[plan.dataset].protocol, trained_examples=len(training),
        available_examples=available, dev_examples=len(cell.dev), examples=len(cell.test), steps=step.number, tokens=step.tokens,
        tokens_seen=encoder.tokens_seen, seed=plan.recipe.seed, seconds=round(step.seconds, 1), scoring_seconds=round(seconds, 1),
        hardware=provenance.hardware(), commit=provenance.commit(), command=without_home(provenance.command()), versions=dict(provenance.versions()),
        created=datetime.now(UTC).isoformat(timespec="seconds"))


def folder_of(run: str) -> Path:
    """Where a run keeps its state and, in the end, its answers."""
    return runs_root() / f"glue-{run}"


def tidy_up(row: GlueScore) -> None:
    """Remove the weights of a run whose row is stored; its answers stay."""
    for path in folder_of(row.run).glob("*.safetensors"):
        path.unlink()


def stored_answers(row: GlueScore) -> Answers:
    """The answers of a row as a submission has them.

    Raises:
        MissingDataError: They are not on this machine.
    """
    path = folder_of(row.run) / "answers.json"
    if not path.is_file():
        raise MissingDataError(f"the answers of {row.encoder} on {row.dataset}, seed {row.seed}, are not on this machine", where=str(path),
                               remedy="measure without the stored row, or on the machine where it was measured")
    found: list[Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
