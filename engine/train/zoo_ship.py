"""From a trained text-to-text model to the files that come with the repository: weights, card, curve, counts of the data."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine import provenance
from engine.models.seq2seq.model import TextToText
from engine.models.seq2seq.store import save, zoo_file
from engine.recipes import PACKAGED, Recipe, settings
from engine.train.backbones import COMPACT
from engine.train.loop import Step
from engine.train.zoo import Plan
from engine.zoo.datasets import ZOO_DATASETS


def ship_zoo(model: TextToText, *, name: str, backbone: str, plan: Plan, recipe: Recipe, step: Step, dev: Mapping[str, float], data: Path,
             folder: Path) -> Path:
    """Write ``checkpoints/zoo/NAME.safetensors`` with its card, and the curve of the run beside it."""
    trained = _trained_on(data, plan)
    path = zoo_file(name)
    save(path, model, {
        "title": "DialogZoo, compact", "base": PACKAGED, "backbone": backbone, "shape": dict(COMPACT[backbone]), "tasks": list(plan.tasks),
        "datasets": trained, "licences": {dataset: ZOO_DATASETS[dataset].card.licence for dataset in sorted({pair.split("/")[1] for pair in trained})},
        "schedule": {"kind": plan.schedule, "slice": plan.slice_size}, "recipe": settings(recipe), "max_tokens": recipe.max_tokens, "seed": recipe.seed,
        "tokens_seen": step.tokens, "steps": step.number, "seconds": round(step.seconds), "dev_losses": {task: round(loss, 4) for task, loss in dev.items()},
        "hardware": provenance.hardware(), "commit": provenance.commit(), "command": provenance.command(), "versions": dict(provenance.versions()),
    })
    shutil.copyfile(folder / "curve.jsonl", path.with_suffix(".curve.jsonl"))
    shutil.copyfile(data / "counts.json", path.with_name("counts.json"))
    return path


def _trained_on(data: Path, plan: Plan) -> list[str]:
    report: dict[str, Any] = json.loads((data / "counts.json").read_text(encoding="utf-8"))
    return sorted({f"{row['task']}/{row['dataset']}" for row in report["pairs"] if row.get("train") and row["task"] in plan.tasks})
