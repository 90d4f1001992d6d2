"""Heads on a frozen encoder: states are read once, then only the head is trained (linear probes of paper 1's objectives)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import torch
from torch import Tensor, nn

from engine.dialogue.model import Dialogue
from engine.models.batch import Batch
from engine.models.encoder import Encoder, read
from engine.models.tokens import TextForm
from engine.objectives.base import Sources
from engine.train.pretrain import batches_of

BATCH = 32


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A batch with the states its head reads."""

    states_PD: Tensor
    batch: Batch


def ask(encoder: Encoder, objective: str, dialogues: Sequence[Dialogue], form: TextForm, sources: Sources, seed: str) -> list[Asked]:
    """One question set about these dialogues, read by the frozen encoder."""
    encoder.eval()
    rng = Random(seed)
    made = []
    for start in range(0, len(dialogues) - 1, BATCH):
        batch = batches_of(dialogues[start:start + BATCH], {objective: 1.0}, form, sources, rng)[objective]
        if len(batch.sequences) > 1:
            with torch.autocast(encoder.device.type, dtype=torch.bfloat16):
                made.append(Asked(states_PD=read(encoder, batch.sequences, batch.places), batch=batch))
    return made


def fit(head: nn.Module, asked: Sequence[Asked], *, epochs: int, learning_rate: float = 2e-3, seed: int = 0) -> Iterator[float]:
    """Train the head alone; yields the mean loss of each epoch."""
    optimizer = torch.optim.AdamW(head.parameters(), lr=learning_rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=max(1, epochs * len(asked)))
    rng = Random(seed)
    for _ in range(epochs):
        total = 0.0
        for one in rng.sample(list(asked), len(asked)):
            loss = head.loss(head(one.states_PD), one.batch.targets)  # type: ignore[operator]
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        yield total / len(asked)


@torch.no_grad()
def score(head: nn.Module, asked: Sequence[Asked]) -> dict[str, float]:
    """Held-out loss and accuracy (dur: share of groups in exactly the right order) with the number of questions."""
    head.eval()
    right = total = 0
    losses = []
    for one in asked:
        logits = head(one.states_PD)
        losses.append(float(head.loss(logits, one.batch.targets)))  # type: ignore[operator]
        hits = correct(logits, one.batch.targets)
        right, total = right + sum(hits), total + len(hits)
    return {"loss": sum(losses) / len(losses), "accuracy": right / total, "n": total}


def correct(logits: Tensor, targets: Sequence[Any]) -> list[bool]:
    """Per question, whether the best answer is the right one."""
    if logits.shape[-1] * len(logits) == len(targets) and logits.shape[-1] > 1 and len(targets) != len(logits):  # ranks of groups
        order = logits.argsort(-1).argsort(-1)
        return (order == torch.tensor(targets).view_as(order)).all(-1).tolist()
    return (logits.argmax(-1) == torch.tensor(targets)).tolist()
