"""Shipped text-to-text weights: what was trained on top of the packaged base, in safetensors, beside a JSON card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from engine.errors import CheckpointError
from engine.fingerprint import file_sha256
from engine.models.checkpoint import Card, read_card
from engine.models.files import load_tensors, write, write_text
from engine.models.seq2seq.model import TextToText, compact
from engine.paths import RESTORE, checkpoints_root

FORMAT = "zoo-1"


def zoo_file(name: str = "compact") -> Path:
    """Where a shipped model's weights lie; its card stands beside them."""
    return checkpoints_root() / "zoo" / f"{name}.safetensors"


def save(path: Path, model: TextToText, card: Mapping[str, Any], dtype: torch.dtype = torch.bfloat16) -> None:
    """Write the trained weights and their card.

    Args:
        path: ``NAME.safetensors``; the card goes to ``NAME.json``.
        model: The model; only trained weights are written.
        card: What to remember; JSON-able.
        dtype: How the weights are stored.
    """
    write(path, {name: weight.to(dtype) for name, weight in model.net.named_parameters() if weight.requires_grad}, {"format": FORMAT})
    described = {**card, "format": FORMAT, "weights": {"bytes": path.stat().st_size, "sha256": file_sha256(path)}}
    write_text(path.with_suffix(".json"), json.dumps(described, indent=1, ensure_ascii=False) + "\n")


def load(path: Path, marks: Sequence[str], *, shape: Mapping[str, Any] | None = None) -> tuple[TextToText, Card]:
    """The shipped compact model in evaluation mode, and its card.

    Args:
        path: The weights.
        marks: As in training.
        shape: Keyword arguments of `engine.models.seq2seq.model.compact`; None for those of the card.

    Raises:
        CheckpointError: A file is missing or damaged, or does not fit the base.
    """
    tensors, _ = load_tensors(path)
    card = read_card(path)
    if card.get("format") != FORMAT:
        raise CheckpointError(f"format {card.get('format')!r} is not {FORMAT!r}", where=str(path.with_suffix(".json")), remedy=RESTORE)
    model = compact(marks, **(shape if shape is not None else card["shape"]))
    weights = {name: weight for name, weight in model.net.named_parameters() if weight.requires_grad}
    if {name: weight.shape for name, weight in weights.items()} != {name: value.shape for name, value in tensors.items()}:
        raise CheckpointError("the weights do not fit the base that the card names", where=str(path), remedy=RESTORE)
    for name, weight in weights.items():
        weight.data.copy_(tensors[name])
    return model.eval(), card
