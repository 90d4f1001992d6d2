"""Shipped text-to-text weights: what was trained on top of the packaged base, in safetensors, beside a JSON card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.errors import CheckpointError
from engine.fingerprint import file_sha256
from engine.models.checkpoint import Card, read_card
from engine.models.files import load_tensors, write, write_text
from engine.models.seq2seq.model import TextToText, compact
from engine.paths import RESTORE, checkpoints_root

FORMAT = "zoo-2"
SCALES = "/scales"
"""Behind a matrix's name: what each of its rows is multiplied by."""


def zoo_file(name: str = "compact") -> Path:
    """Where a shipped model's weights lie; its card stands beside them."""
    return checkpoints_root() / "zoo" / f"{name}.safetensors"


def save(path: Path, model: TextToText, card: Mapping[str, Any]) -> None:
    """Write the trained weights and their card; matrices in eight bits with a scale per row, the rest as it is.

    Args:
        path: ``NAME.safetensors``; the card goes to ``NAME.json``.
        model: The model; only trained weights are written.
        card: What to remember; JSON-able.
    """
    tensors: dict[str, Tensor] = {}
    for name, weight in _trained(model).items():
        if weight.ndim == 1:
            tensors[name] = weight
        else:
            tensors[name], tensors[name + SCALES] = rounded(weight.detach())
    write(path, tensors, {"format": FORMAT})
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
    found, card = trained_weights(path)
    model = compact(marks, **(shape if shape is not None else card["shape"]))
    weights = _trained(model)
    if {name: weight.shape for name, weight in weights.items()} != {name: value.shape for name, value in found.items()}:
        raise CheckpointError("the weights do not fit the base that the card names", where=str(path), remedy=RESTORE)
    for name, weight in weights.items():
        weight.data.copy_(found[name])
    return model.eval(), card


def trained_weights(path: Path) -> tuple[dict[str, Tensor], Card]:
    """What `save` wrote, in float32, and the card.

    Raises:
        CheckpointError: A file is missing or damaged, or of another format.
    """
    tensors, _ = load_tensors(path)
    card = read_card(path)
    if card.get("format") != FORMAT:
        raise CheckpointError(f"format {card.get('format')!r} is not {FORMAT!r}", where=str(path.with_suffix(".json")), remedy=RESTORE)
    bare = [name for name, value in tensors.items() if value.dtype == torch.int8 and tensors.get(name + SCALES, value).shape != value.shape[:1]]
    if bare:
        raise CheckpointError(f"the matrix {bare[0]} has not a scale for each of its rows", where=str(path), remedy=RESTORE)
    scales = {name.removesuffix(SCALES): value for name, value in tensors.items() if name.endswith(SCALES)}
    return {name: value * scales[name][:, None] if name in scales else value.float() for name, value in tensors.items() if not name.endswith(SCALES)}, card


def rounded(matrix_RC: Tensor) -> tuple[Tensor, Tensor]:
    """The matrix in int8, and what each row is multiplied by, (R,): the greatest of a row becomes 127.

    >>> rounded(torch.tensor([[1.0, -2.54], [0.0, 0.0]]))[0].tolist()
    [[50, -127], [0, 0]]
    """
    scales_R = (matrix_RC.abs().amax(1) / 127).clamp(min=1e-12)
    return (matrix_RC / scales_R[:, None]).round().to(torch.int8), scales_R


def _trained(model: TextToText) -> dict[str, Tensor]:
    return {name: weight for name, weight in model.net.named_parameters() if weight.requires_grad}
