"""A comparison as files: CSV with one line per answer, JSON with dialogue, answers and the variants' fingerprints."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from engine.dialogue.model import Dialogue
from engine.serve.base import Prediction, PredictorCard
from ui.compare_rows import Row


def as_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """One line per turn, task and variant; turns count from 1."""
    return pd.DataFrame([
        {"turn": row.turn + 1, "task": row.task, "variant": name, "answer": cell.full, "confidence": cell.confidence,
         "gold": row.gold_full, "differs_from_baseline": cell.differs, "right": cell.right}
        for row in rows for name, cell in row.cells.items()])


def as_json(dialogue: Dialogue, predictions: Sequence[Prediction], card: PredictorCard, options: Mapping[str, Any]) -> str:
    """Everything that was asked and answered; ``turn`` indices count from 0, as in the dialogue's ``turns``."""
    fingerprints = {variant.name: variant.fingerprint for variant in card.variants if variant.name in options["variants"]}
    whole = {"predictor": card.name, "fingerprints": fingerprints, **options, "dialogue": plain_dialogue(dialogue),
             "predictions": [asdict(prediction) for prediction in predictions]}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def plain_dialogue(dialogue: Dialogue) -> dict[str, Any]:
    """A dialogue in JSON-able form, without cached tokens."""
    plain = asdict(dialogue) | {"domains": sorted(dialogue.domains)}
    for turn in plain["turns"]:
        del turn["tokens"]
    return plain
