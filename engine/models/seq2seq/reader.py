"""The reading half of a shipped compact model as an encoder that heads can be put on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from engine.errors import CheckpointError
from engine.models.encoder import Encoder
from engine.models.seq2seq.store import trained_weights
from engine.paths import RESTORE

ENCODER = "encoder."
MARKS = "embeddings.word_embeddings.markers"
SPEAKERS = ("[USR]", "[SYS]")


def reader(path: Path, marks: Sequence[str], *, dropout: float | None = None) -> Encoder:
    """The base that a card names, with the trained layers of the model's encoder and its marks of the two speakers.

    Args:
        path: Weights by `engine.models.seq2seq.store.save`; the writing half in them is not looked at.
        marks: As in training.
        dropout: None keeps the base's own.

    Raises:
        CheckpointError: A file is missing or damaged, or its encoder is not of the base's shape.
    """
    tensors, card = trained_weights(path)
    encoder = Encoder(card["base"], dropout=dropout)
    found = {name.removeprefix(ENCODER): value for name, value in tensors.items() if name.startswith(ENCODER)}
    known = dict(encoder.model.named_parameters())
    with torch.no_grad():
        for name, value in found.items():
            shape = (len(marks), encoder.dim) if name == MARKS else known[name].shape if name in known else None
            if value.shape != shape:
                raise CheckpointError(f"the tensor {ENCODER}{name} does not fit the base that the card names", where=str(path), remedy=RESTORE)
            known[name].copy_(value[[marks.index(mark) for mark in SPEAKERS]] if name == MARKS else value)
    if not found:
        raise CheckpointError("the file holds no trained encoder", where=str(path), remedy=RESTORE)
    return encoder
