"""Logits of a head for many sequences: the one path of evaluation and serving."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn

from engine.models.encoder import Encoder, slices
from engine.models.packing import Packed, pack

Sequences = tuple[tuple[int, ...], ...]


class Trunks:
    """What an encoder's shared layers gave, kept for the next models on the same layers; holds ``limit`` tokens of one encoder at most."""

    def __init__(self, limit: int = 0) -> None:
        self.limit, self._tokens = limit, 0
        self._owner: nn.Module | None = None
        self._known: dict[tuple[Sequences, int, bool], tuple[Packed, torch.Tensor]] = {}

    def __call__(self, encoder: Encoder, part: Sequences, shared: int) -> tuple[Packed, torch.Tensor]:
        """The part in rows, and its states (R, W, D) above the ``shared`` lowest layers."""
        if self._owner is not encoder.layers[0]:
            self._owner, self._tokens, self._known = encoder.layers[0], 0, {}
        key = part, shared, torch.is_autocast_enabled("cpu")
        if key in self._known:
            return self._known[key]
        packed = pack(part, encoder.device)
        made = packed, encoder.climb(encoder.embed(packed), packed, list(encoder.layers)[:shared])
        tokens = sum(map(len, part))
        if self._tokens + tokens <= self.limit:
            self._tokens, self._known[key] = self._tokens + tokens, made
        return made


@torch.no_grad()
def cls_states(encoder: Encoder, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
    """``[CLS]`` state of each sequence, (S, D); equal sequences are read once."""
    return shared_cls_states({"": encoder}, {"": sequences}, 0)[""]


@torch.no_grad()
def shared_cls_states(encoders: Mapping[str, Encoder], wanted: Mapping[str, Sequence[Sequence[int]]], shared: int,
                      progress: Callable[[float], None] = lambda _: None, trunks: Trunks | None = None) -> dict[str, torch.Tensor]:
    """``[CLS]`` states for several encoders whose lowest ``shared`` layers are the same modules.

    Sequences that several of them read pass the shared layers once; equal sequences are read once.

    Args:
        encoders: Name to encoder.
        wanted: Name to the sequences that this encoder reads.
        shared: How many of the lowest layers, and the embeddings below them, are common to all; 0 where not even the embeddings are.
        progress: Is told the share of the slices read so far.
        trunks: What the shared layers gave before, and are to give later.

    Returns:
        Name to states (S, D) in float32, in the order of ``wanted``.
    """
    readers: dict[tuple[int, ...], set[str]] = {}
    for name, sequences in wanted.items():
        for ids in sequences:
            readers.setdefault(tuple(ids), set()).add(name)
    groups: dict[frozenset[str], list[tuple[int, ...]]] = {}
    for ids, names in readers.items():
        groups.setdefault(frozenset(names), []).append(ids)
    found: dict[str, dict[tuple[int, ...], torch.Tensor]] = {name: {} for name in wanted}
    parts = [(reading, part) for reading, group in groups.items() for part in _parts(group)]
    for done, (reading, part) in enumerate(parts, start=1):
        _read_part(part, {name: encoders[name] for name in sorted(reading)}, shared, trunks or Trunks(), found)
        progress(done / len(parts))
    return {name: torch.stack([found[name][tuple(ids)] for ids in sequences]) if sequences else torch.empty(0, encoders[name].dim)
            for name, sequences in wanted.items()}


def _parts(group: Sequence[tuple[int, ...]]) -> list[Sequences]:
    lengths = [len(ids) for ids in group]
    return [tuple(group[index] for index in part) for part in slices(sorted(range(len(group)), key=lengths.__getitem__), lengths)]


def _read_part(part: Sequences, encoders: Mapping[str, Encoder], shared: int, trunks: Trunks, found: dict[str, dict[tuple[int, ...], torch.Tensor]]) -> None:
    common = trunks(next(iter(encoders.values())), part, shared) if shared else None
    for name, encoder in encoders.items():
        packed, lower = common or trunks(encoder, part, 0)
        *between, top = list(encoder.layers)[shared:]
        states = encoder.first(encoder.climb(lower, packed, between), packed, top).float().cpu()
        found[name].update(zip(part, states, strict=True))


@torch.no_grad()
def logits(head: nn.Module, states_ND: torch.Tensor) -> NDArray[Any]:
    """The head's logits for each row."""
    return head(states_ND).float().cpu().numpy()  # type: ignore[no-any-return]


@torch.no_grad()
def similarities(head: nn.Module, contexts_ND: torch.Tensor, responses_MD: torch.Tensor) -> NDArray[Any]:
    """A siamese head's logits (N, M)."""
    return head.compare(contexts_ND, responses_MD).float().numpy()  # type: ignore[no-any-return, operator]
