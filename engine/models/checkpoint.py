"""Shipped weights: a variant's delta to its base, its objective heads, and one delta with head per task; safetensors and a JSON card."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import CheckpointError
from engine.fingerprint import file_sha256
from engine.models.adapters import add_adapters, fold
from engine.models.encoder import Encoder
from engine.models.files import load_tensors, write, write_text
from engine.paths import RESTORE

FORMAT = "1"
ENCODER, HEAD = "encoder.", "head."


class Card(dict[str, Any]):
    """A JSON card that says which entry it lacks."""

    def __init__(self, entries: Mapping[str, Any], place: Path) -> None:
        super().__init__(entries)
        self._place = place

    def __missing__(self, key: str) -> Any:
        raise CheckpointError(f"the card has no entry {key!r}", where=str(self._place), remedy=RESTORE)


@dataclass(frozen=True, kw_only=True)
class Delta:
    """What was trained on top of something: tensors by name, and how to put them there."""

    tensors: Mapping[str, Tensor]
    card: Mapping[str, Any]

    @property
    def layers(self) -> list[int]:
        """The adapted layers; empty where all weights were trained."""
        return list(self.card["layers"])


def save(path: Path, encoder: Encoder, head: nn.Module | None, card: Mapping[str, Any], *, layers: Sequence[int], rank: int,
         dtype: torch.dtype = torch.bfloat16) -> None:
    """Write the trained weights of an encoder, and a head, beside their card.

    Args:
        path: ``NAME.safetensors``; the card goes to ``NAME.json``.
        encoder: The encoder; only trained weights are written.
        head: A head, or None.
        card: What to remember; JSON-able.
        layers: Adapted layers; empty for full tuning.
        rank: Adapter rank.
        dtype: How the weights are stored.
    """
    tensors = {ENCODER + name: weight for name, weight in encoder.named_parameters() if weight.requires_grad}
    _save(path, tensors, head, {**card, "base": encoder.base, "layers": list(layers), "rank": rank}, dtype)


def save_head(path: Path, head: nn.Module, card: Mapping[str, Any], *, base: str, dtype: torch.dtype = torch.bfloat16) -> None:
    """Write a head alone, for an encoder that is shipped elsewhere (arguments as `save`)."""
    _save(path, {}, head, {**card, "base": base, "layers": [], "rank": 0}, dtype)


def _save(path: Path, tensors: Mapping[str, Tensor], head: nn.Module | None, card: Mapping[str, Any], dtype: torch.dtype) -> None:
    stored = {**tensors, **{HEAD + name: value for name, value in (head.state_dict() if head else {}).items()}}
    write(path, {name: value.to(dtype) for name, value in stored.items()}, {"format": FORMAT})
    described = {**card, "format": FORMAT, "weights": {"bytes": path.stat().st_size, "sha256": file_sha256(path)}}
    write_text(path.with_suffix(".json"), json.dumps(described, indent=1, ensure_ascii=False) + "\n")


def load(path: Path) -> Delta:
    """Read a delta and its card.

    Raises:
        CheckpointError: A file is missing, damaged, or of another format.
    """
    tensors, _ = load_tensors(path)
    card = read_card(path)
    if card.get("format") != FORMAT:
        raise CheckpointError(f"format {card.get('format')!r} is not {FORMAT!r}", where=str(path.with_suffix(".json")),
                              remedy="train it again with this version")
    return Delta(tensors={name: value.float() for name, value in tensors.items()}, card=card)


def read_card(path: Path) -> Card:
    """The JSON card beside a weight file (errors as `load`)."""
    place = path.with_suffix(".json")
    try:
        return Card(json.loads(place.read_text(encoding="utf-8")), place)
    except FileNotFoundError:
        raise CheckpointError("the card is not there", where=str(place), remedy=RESTORE) from None
    except (ValueError, TypeError, OSError) as error:
        raise CheckpointError(f"the card is damaged ({error})", where=str(place), remedy=RESTORE) from None


def apply(encoder: Encoder, delta: Delta, where: str = "checkpoint") -> Encoder:
    """Put a delta on an encoder and fold it in, so that it costs nothing at inference; changes and returns ``encoder``.

    Raises:
        CheckpointError: The tensors do not fit the encoder.
    """
    if delta.layers:
        if max(delta.layers) >= len(encoder.layers):
            raise CheckpointError(f"layer {max(delta.layers)} is not in a base of {len(encoder.layers)} layers", where=where,
                                  remedy="use the base that the card names")
        add_adapters(encoder, rank=int(delta.card["rank"]), layers=delta.layers, markers=False)
    weights = dict(encoder.named_parameters())
    for name, value in delta.tensors.items():
        if name.startswith(ENCODER):
            _put(weights, name.removeprefix(ENCODER), value, where)
    fold(encoder)
    return encoder


def _put(weights: Mapping[str, Tensor], name: str, value: Tensor, where: str) -> None:
    if name not in weights or weights[name].shape != value.shape:
        raise CheckpointError(f"the tensor {name} does not fit the base encoder", where=where, remedy="use the base that the card names")
    weights[name].data.copy_(value)


def head_state(delta: Delta, prefix: str = "") -> dict[str, Tensor]:
    """The head's weights (``prefix`` picks one of several heads in a file)."""
    start = HEAD + prefix
    return {name.removeprefix(start): value for name, value in delta.tensors.items() if name.startswith(start)}


def fit(head: nn.Module, state: Mapping[str, Tensor], where: str) -> nn.Module:
    """Load a head's weights.

    Raises:
        CheckpointError: They do not fit.
    """
    try:
        head.load_state_dict(dict(state))
    except RuntimeError as error:
        raise CheckpointError(f"the head does not fit ({str(error).splitlines()[-1].strip()})", where=where,
                              remedy=RESTORE) from None
    return head.eval()


def with_top(encoder: Encoder, delta: Delta, where: str = "checkpoint") -> Encoder:
    """A task's encoder that shares every layer that the task did not adapt with ``encoder``, which stays as it is."""
    if not delta.layers:
        own = copy.deepcopy(encoder, {id(encoder.tokens): encoder.tokens})  # the tokenizer is shared, and its lock cannot be copied
        return apply(own, delta, where)
    twin = copy.copy(encoder)
    twin._modules = dict(encoder._modules)
    twin.model = copy.copy(encoder.model)
    twin.model._modules = dict(encoder.model._modules)
    twin.model.encoder = copy.copy(encoder.model.encoder)
    twin.model.encoder._modules = dict(encoder.model.encoder._modules)
    twin.model.encoder.layer = nn.ModuleList(copy.deepcopy(layer) if n in delta.layers else layer for n, layer in enumerate(encoder.layers))
    if "pooler" in twin.model._modules:  # a siamese head may load its own
        twin.model.pooler = copy.deepcopy(encoder.model.pooler)
    return apply(twin, delta, where)
