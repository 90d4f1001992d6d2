"""A run over many dialogues as files: CSV with one line per answer, JSON with everything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from engine.serve.base import PredictorCard
from engine.serve.compact import Answered
from engine.serve.many import Asked
from engine.serve.many_summary import Summary, export_rows
from ui.compare_export import plain_dialogue
from ui.compare_rows import written


def as_csv(answered: Sequence[Answered], baseline: str) -> str:
    """One line per dialogue, turn, task and variant; turns count from 1."""
    lines = ({**row, **{name: written(row[name]) for name in ("answer", "gold") if row[name] is not None}} for row in export_rows(answered, baseline))
    return str(pd.DataFrame(lines).to_csv(index=False))


def as_json(answered: Sequence[Answered], found: Summary, asked: Asked, card: PredictorCard, words: str) -> str:
    """The question, every dialogue with its answers, the verdicts and shares, and the variants' fingerprints; nothing unknown is NaN."""
    whole: dict[str, Any] = {
        "predictor": card.name, "fingerprints": {one.name: one.fingerprint for one in card.variants if one.name in asked.variants},
        "variants": asked.variants, "tasks": asked.tasks, "baseline": found.baseline, "dialogues_asked": words,
        "summary": [{**asdict(one), "verdict": one.verdict} for one in found.beside], "shares": found.splits.to_dict("records"),
        "dialogues": [plain_dialogue(one.dialogue) for one in answered], "answers": list(export_rows(answered, found.baseline))}
    return json.dumps(_without_nan(whole), ensure_ascii=False, indent=1)


def _without_nan(value: Any) -> Any:
    """JSON knows no NaN."""
    if isinstance(value, dict):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and value != value else value
