"""Where shipped weights lie, and how encoders and heads are put together from them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import torch
from torch import nn

from engine.models import checkpoint
from engine.models.batch import HeadSpec
from engine.models.encoder import Encoder
from engine.models.heads import build_head
from engine.paths import checkpoints_root


def variant_folder(name: str) -> Path:
    """The folder of a variant's files."""
    return checkpoints_root() / "variants" / name


def encoder_file(name: str) -> Path:
    """A variant's delta to its base."""
    return variant_folder(name) / "encoder.safetensors"


def objective_file(name: str, objective: str) -> Path:
    """A variant's head for one objective."""
    return variant_folder(name) / f"objective-{objective}.safetensors"


def task_file(name: str, task: str, corpus: str, protocol: str = "") -> Path:
    """A variant's delta and head for one downstream task; a protocol other than the task's first has files of its own."""
    return variant_folder(name) / f"{'-'.join(filter(None, (task, corpus, protocol)))}.safetensors"


def variant_encoder(name: str, *, dropout: float | None = None) -> Encoder:
    """A variant's encoder, ready for fine-tuning or reading.

    Raises:
        CheckpointError: A file is damaged or missing.
    """
    return stored_encoder(encoder_file(name), dropout=dropout)


def stored_encoder(path: Path, *, dropout: float | None = None) -> Encoder:
    """The base that a card names with what was trained on top of it (arguments and errors as `variant_encoder`)."""
    delta = checkpoint.load(path)
    return checkpoint.apply(Encoder(delta.card["base"], dropout=dropout), delta, str(path))


def shared_encoder(name: str, served_in: torch.dtype = torch.float32) -> Encoder:
    """A variant's encoder for reading only: what it leaves as it is in its base is that of `frozen_base`.

    Args:
        name: The variant.
        served_in: See `Encoder`.

    Raises:
        CheckpointError: As `variant_encoder`.
    """
    path = encoder_file(name)
    delta = checkpoint.load(path)
    made = checkpoint.with_top(frozen_base(delta.card["base"]), delta, str(path), folded=False).eval()
    made.served_in = served_in
    return made


def load_head(path: Path, encoder: Encoder, spec: HeadSpec, **extra: object) -> nn.Module:
    """A head with the weights of ``path``, in evaluation mode (errors as `checkpoint.load`)."""
    return checkpoint.fit(build_head(spec, encoder, **extra), checkpoint.head_state(checkpoint.load(path)), str(path))


@lru_cache(maxsize=2)
def frozen_base(base: str) -> Encoder:
    """The untouched base encoder, shared."""
    return Encoder(base).eval()
