"""An encoder with the heads that are trained on it, as one module: batches in, one loss per head out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn

from engine.models.adapters import add_adapters, trainable
from engine.models.batch import Batch
from engine.models.encoder import Encoder
from engine.recipes import Recipe


def adapted_layers(encoder: Encoder, recipe: Recipe) -> list[int]:
    """The layers that a recipe adapts: the top ones, all, or none where whole weights are trained."""
    count = len(encoder.layers)
    return [] if recipe.tuning != "lora" else list(range(count - min(recipe.top_layers or count, count), count))


class Trainee(nn.Module, ABC):
    """What the loop trains: called with a batch per name, it gives a loss per name."""

    @abstractmethod
    def peaks(self, recipe: Recipe) -> Sequence[tuple[nn.Module, float]]:
        """Its parts with the peak learning rate of each."""


class Learner(Trainee):
    """Encodes the sequences of all batches in one packed pass and lets each head read its places."""

    def __init__(self, encoder: Encoder, heads: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.encoder, self.heads = encoder, nn.ModuleDict(heads)

    def peaks(self, recipe: Recipe) -> Sequence[tuple[nn.Module, float]]:
        """The encoder and the heads."""
        return (self.encoder, recipe.learning_rate), (self.heads, recipe.head_learning_rate or recipe.learning_rate)

    def forward(self, batches: Mapping[str, Batch]) -> dict[str, Tensor]:
        """One loss per head."""
        parts = torch.split(self._states(batches), [len(batch.places) for batch in batches.values()])
        losses = {}
        for (name, batch), states_PD in zip(batches.items(), parts, strict=True):
            head: Any = self.heads[name]
            losses[name] = head.loss(head(states_PD), batch.targets)
        return losses

    def _states(self, batches: Mapping[str, Batch]) -> Tensor:
        """States at all places of all batches, (P, D); where only first tokens are read, the top layer is computed for them alone."""
        sequences = [ids for batch in batches.values() for ids in batch.sequences]
        offsets = accumulate((len(batch.sequences) for batch in batches.values()), initial=0)
        places = [(sequence + offset, index) for batch, offset in zip(batches.values(), offsets, strict=False) for sequence, index in batch.places]
        owner, index = (torch.tensor(part, device=self.encoder.device) for part in zip(*places, strict=True))
        if not index.any():
            return self.encoder.cls(sequences)[owner]
        states_TD: Tensor
        states_TD, starts_S = self.encoder(sequences)
        return states_TD[starts_S[owner] + index]


def prepare(encoder: Encoder, recipe: Recipe, *, markers: bool) -> None:
    """Make the encoder trainable as the recipe says."""
    if recipe.tuning == "lora":
        add_adapters(encoder, rank=recipe.rank, layers=adapted_layers(encoder, recipe), markers=markers)
    elif recipe.tuning == "top":
        encoder.requires_grad_(False)
        encoder.embeddings.markers.requires_grad_(markers)
        encoder.layers[-(recipe.top_layers or len(encoder.layers)):].requires_grad_(True)


def optimizer_for(learner: Trainee, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW without decay on vectors (biases, layer norms); each group remembers its ``peak`` learning rate."""
    groups, seen = [], set[int]()
    for module, peak in learner.peaks(recipe):
        weights = [weight for weight in trainable(module) if id(weight) not in seen]  # a head may read with the encoder's pooler
        seen |= set(map(id, weights))
        groups.append({"params": [w for w in weights if w.ndim > 1], "weight_decay": recipe.weight_decay, "peak": peak})
        groups.append({"params": [w for w in weights if w.ndim <= 1], "weight_decay": 0.0, "peak": peak})
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=recipe.learning_rate, eps=recipe.adam_epsilon)
