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
from engine.models.encoder import Encoder
from engine.models.files import load_tensors, write, write_text
from engine.models.lowrank import LowRank, product
from engine.paths import RESTORE

FORMAT = "1"
ENCODER, HEAD = "encoder.", "head."
DOWN, UP = ".lora_A.default.weight", ".lora_B.default.weight"
"""How PEFT names the two matrices of an adapter."""


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
    loose, low = _of_encoder(encoder, delta, where)
    weights = dict(encoder.named_parameters())
    for name, value in loose.items():
        weights[name].data.copy_(value)
    for name, pair in low.items():
        weights[f"{name}.weight"].data += product(*pair)
    return encoder


def _of_encoder(encoder: Encoder, delta: Delta, where: str) -> tuple[dict[str, Tensor], dict[str, tuple[Tensor, Tensor]]]:
    """Whole weights by name, and low-rank pairs by the name of the matrix that they change (errors as `apply`)."""
    if delta.layers and max(delta.layers) >= len(encoder.layers):
        raise CheckpointError(f"layer {max(delta.layers)} is not in a base of {len(encoder.layers)} layers", where=where,
                              remedy="use the base that the card names")
    shapes = {name.replace(".shared.", "."): weight.shape for name, weight in encoder.named_parameters()}
    given = {name.removeprefix(ENCODER): value for name, value in delta.tensors.items() if name.startswith(ENCODER)}
    low = {name.removesuffix(DOWN): (value, given.get(name.removesuffix(DOWN) + UP, value)) for name, value in given.items() if name.endswith(DOWN)}
    for name, pair in low.items():
        rank, matrix = int(delta.card["rank"]), shapes.get(f"{name}.weight", torch.Size())
        if matrix[1:] + pair[0].shape[:1] + pair[1].shape != (pair[0].size(-1), rank, *matrix[:1], rank):
            raise _misfit(f"{name}.lora", where)
    loose = {name: value for name, value in given.items() if name.removesuffix(UP) not in low and not name.endswith(DOWN)}
    for name, value in loose.items():
        if shapes.get(name) != value.shape:
            raise _misfit(name, where)
    return loose, low


def _misfit(name: str, where: str) -> CheckpointError:
    return CheckpointError(f"the tensor {name} does not fit the base encoder", where=where, remedy="use the base that the card names")


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


def with_top(encoder: Encoder, delta: Delta, where: str = "checkpoint", *, folded: bool = True) -> Encoder:
    """A task's encoder, or a variant's on its base, that shares every weight which the delta leaves as it is with ``encoder``, which is not changed.

    Args:
        encoder: What lies below.
        delta: What was trained on top of it.
        where: Named in errors.
        folded: Whether low-rank pairs become whole matrices (as fast as can be), or stay beside the shared ones (a tenth of the memory);
            what lies on top of one beside it must stay beside it, too.

    Raises:
        CheckpointError: The tensors do not fit the encoder.
    """
    loose, low = _of_encoder(encoder, delta, where)
    weights = dict(encoder.named_parameters())
    own: dict[str, nn.Module | nn.Parameter] = {name: nn.Parameter(value.clone()) for name, value in loose.items()}
    for name, pair in low.items():
        if folded:
            own[f"{name}.weight"] = nn.Parameter(weights[f"{name}.weight"].detach() + product(*pair))
        else:
            own[name] = LowRank(encoder.get_submodule(name), *pair)
    for name in head_state(delta, "pooler."):  # the head loads its own into the encoder's
        own[f"model.pooler.{name}"] = nn.Parameter(weights[f"model.pooler.{name}"].detach().clone())
    made: Encoder = _twin(encoder, own)
    return made


def _twin(module: nn.Module, own: Mapping[str, nn.Module | nn.Parameter]) -> Any:
    """A shallow copy of a module and of all those on the way to ``own``, which take the places of what has their names."""
    twin = copy.copy(module)
    vars(twin).update({name: copy.copy(value) for name, value in vars(module).items() if isinstance(value, dict)})  # submodules, weights, hooks
    below: dict[str, dict[str, nn.Module | nn.Parameter]] = {}
    for name, value in own.items():
        first, _, rest = name.partition(".")
        if rest:
            below.setdefault(first, {})[rest] = value
        elif isinstance(value, nn.Parameter):
            twin._parameters[first] = value
        else:
            twin._modules[first] = value
    for first, inner in below.items():
        twin._modules[first] = _twin(module.get_submodule(first), inner)
    return twin
