"""Models as they are shipped: the one inference path of evaluation and serving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.errors import CheckpointError
from engine.models import checkpoint
from engine.models.answer import cls_states, logits, similarities
from engine.models.batch import HeadSpec
from engine.models.encoder import Encoder
from engine.models.heads import build_head
from engine.models.store import encoder_file, frozen_base, objective_file, task_file, variant_encoder
from engine.models.tokens import TextForm
from engine.models.values import value_vectors
from engine.objectives import OBJECTIVES
from engine.recipes import HeadOptions
from engine.tasks import TASKS
from engine.tasks.base import Example, Labels
from engine.tasks.metrics import batches
from engine.tasks.structures import decode, head_spec, response_sequence, sequence

SHUFFLES = (0, 1, 2)
"""Seeds of the batches of 100 in response selection; the metric is their average."""


def other_protocol(task: str, protocol: str) -> str:
    """The protocol where it is not the task's first, which needs no name."""
    return "" if protocol == TASKS[task].card.protocols[0] else protocol


class ShippedTask:
    """One variant's model for one task, from its files, or from weights that lie elsewhere (``path``); ``folded`` as in `checkpoint.with_top`."""

    def __init__(self, variant: str, task: str, corpus: str, encoder: Encoder | None = None, *, protocol: str = "", path: Path | None = None,
                 folded: bool = True) -> None:
        path = path or task_file(variant, task, corpus, other_protocol(task, protocol))
        delta = checkpoint.load(path)
        self.card = delta.card
        known = checkpoint.read_card(encoder_file(variant))["variant_fingerprint"]
        if self.card["variant_fingerprint"] != known:
            raise CheckpointError("this model was trained on other weights of the variant", where=str(path),
                                  remedy=f"train it again with `python -m engine finetune {variant} {task} {corpus}`")
        self.task = TASKS[task]
        self.labels = Labels.from_json(self.card["labels"])
        self.encoder = checkpoint.with_top(encoder or variant_encoder(variant), delta, str(path), folded=folded).eval()
        self.form = TextForm(self.encoder.tokens, self.card["recipe"]["max_tokens"])
        self.response_tokens = self.card["recipe"]["max_response_tokens"]
        extras = {"values": value_vectors(frozen_base(self.card["base"]), self.labels.values)} if self.labels.values else {}
        spec = head_spec(self.task.card, self.labels, HeadOptions(**self.card["head_options"]))
        self.head = checkpoint.fit(build_head(spec, self.encoder, **extras), checkpoint.head_state(delta), str(path))

    def reads(self, examples: Sequence[Example]) -> list[list[int]]:
        """Wordpiece ids of each example's input and, in response selection, behind them those of each response."""
        inputs = [sequence(self.task.card, example, self.form) for example in examples]
        if self.task.card.structure != "siamese":
            return inputs
        return inputs + [response_sequence(example.response, self.form, self.response_tokens) for example in examples]

    def answers(self, examples: Sequence[Example], states_SD: torch.Tensor | None = None) -> list[Any]:
        """The answer to each example, or the ranked batches of response selection.

        Args:
            examples: N of them.
            states_SD: ``[CLS]`` states of what it `reads`, where they are known already.
        """
        states_SD = cls_states(self.encoder, self.reads(examples)) if states_SD is None else states_SD
        if self.task.card.structure != "siamese":
            return [decode(self.task.card, row, self.labels)[0] for row in logits(self.head, states_SD)]
        states_ND, responses_ND = states_SD.chunk(2)
        drawn = [batch for seed in SHUFFLES for batch in batches(len(examples), seed=seed)]
        return [(batch, similarities(self.head, states_ND[list(batch.rows)], responses_ND[list(batch.columns)])) for batch in drawn]

    @property
    def shared(self) -> int:
        """How many of the lowest layers belong to the variant, not to the task."""
        layers = self.card["layers"]
        return min(layers) if layers else 0


def objective_spec(objective: str, entity_classes: int, *, probe: bool) -> HeadSpec:
    """An objective's head; a probe's siamese head gets a linear map, since it has nothing else to train."""
    spec = OBJECTIVES[objective].head(entity_classes)
    return replace(spec, options={**spec.options, "projected": True}) if probe and spec.kind == "siamese" else spec


class ShippedObjective:
    """One variant's head for one objective, from its file."""

    def __init__(self, variant: str, objective: str, encoder: Encoder) -> None:
        path = objective_file(variant, objective)
        delta = checkpoint.load(path)
        self.card = delta.card
        self.encoder = encoder
        self.form = TextForm(encoder.tokens, self.card["max_tokens"])
        spec = objective_spec(objective, self.card["entity_classes"], probe=self.card["head"] == "linear probe")
        self.head: nn.Module = checkpoint.fit(build_head(spec, encoder), checkpoint.head_state(delta), str(path))
