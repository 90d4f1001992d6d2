"""From a trained text-to-text model to the files that come with the repository: weights, card, curve, counts of the data."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.models.seq2seq.model import TextToText
from engine.models.seq2seq.store import save, zoo_file
from engine.recipes import PACKAGED, Recipe, settings
from engine.train.backbones import COMPACT
from engine.train.loop import Step
from engine.train.ship import provenance_card
from engine.train.zoo import Plan
from engine.zoo import ZOO_TASKS
from engine.zoo.datasets import ZOO_DATASETS

OWN = "trained"
"""Stem of the files with the trained weights in a run's folder."""


def row_name(kind: str, tokens: int, *more: object) -> str:
    """What rows of scores call a run: what was trained, the token budget, and what else sets it apart.

    >>> row_name("compact", 8_500_000), row_name("compact", 450_000, "without-reo-clo")
    ('compact-8.5M', 'compact-450k-without-reo-clo')
    """
    size = f"{tokens / 1e6:.3g}M" if tokens >= 999_500 else f"{tokens / 1e3:.3g}k"
    return "-".join([kind, size, *map(str, more)])


def apart(plan: Plan, seed: int) -> list[str]:
    """What sets a plan apart from the whole one: its tasks, its schedule, its seed.

    >>> apart(Plan(tasks=("rew", "nlg"), schedule="proportional"), 1)
    ['only-rew-nlg', 'proportional', 'seed-1']
    """
    left = [task for task in ZOO_TASKS if task not in plan.tasks]
    tasks = [] if not left else ["-".join(["without", *left])] if len(left) < len(plan.tasks) else ["-".join(["only", *plan.tasks])]
    return [*tasks, *([plan.schedule] if plan.schedule != Plan.schedule else []), *seeded(seed)]


def seeded(seed: int) -> list[str]:
    """The seed, where it is not the first."""
    return [f"seed-{seed}"] if seed else []


def write_zoo(path: Path, model: TextToText, *, name: str, backbone: str, plan: Plan, recipe: Recipe, step: Step, dev: Mapping[str, float],
              data: Path) -> None:
    """Write a compact model's weights to ``path`` and its card beside them; rows of scores call it ``name``."""
    trained = trained_on(data, plan.tasks)
    save(path, model, {
        "name": name, "title": "DialogZoo, compact", "base": PACKAGED, "backbone": backbone, "shape": dict(COMPACT[backbone]), "tasks": list(plan.tasks),
        "datasets": trained, "licences": licences(trained), "schedule": {"kind": plan.schedule, "slice": plan.slice_size}, "recipe": settings(recipe),
        "max_tokens": recipe.max_tokens, "seed": recipe.seed, "tokens_seen": step.tokens, "steps": step.number, "seconds": round(step.seconds),
        "dev_losses": {task: round(loss, 4) for task, loss in dev.items()}, **provenance_card(),
    })


def ship_zoo(name: str, folder: Path, data: Path) -> Path:
    """Copy what `write_zoo` wrote in a run's folder to ``checkpoints/zoo/NAME.safetensors``, with the curve of the run and the counts of the data."""
    path = zoo_file(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    for ending in (".safetensors", ".json"):
        shutil.copyfile(folder / f"{OWN}{ending}", path.with_suffix(ending))
    shutil.copyfile(folder / "curve.jsonl", path.with_suffix(".curve.jsonl"))
    shutil.copyfile(data / "counts.json", path.with_name("counts.json"))
    return path


def licences(pairs: Sequence[str]) -> dict[str, str]:
    """The licence of each dataset of these ``task/dataset`` pairs."""
    return {dataset: ZOO_DATASETS[dataset].card.licence for dataset in sorted({pair.partition("/")[2] for pair in pairs})}


def trained_on(data: Path, tasks: Sequence[str]) -> list[str]:
    """The ``task/dataset`` pairs that have training samples."""
    report: dict[str, Any] = json.loads((data / "counts.json").read_text(encoding="utf-8"))
    return sorted({f"{row['task']}/{row['dataset']}" for row in report["pairs"] if row.get("train") and row["task"] in tasks})
