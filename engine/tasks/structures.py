"""From a task's questions to a head's batch and back from logits to answers: one path for training, evaluation and serving."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.dialogue.model import Turn
from engine.models.batch import Batch, HeadSpec
from engine.recipes import HeadOptions
from engine.tasks.base import Labels, TaskCard
from engine.tasks.metrics import NONE
from engine.tasks.state_tracking import class_id

IGNORED = -100
"""Target of an answer that cannot be picked (a value or intent that training does not know): cross-entropy leaves it out."""
THRESHOLD = 0.5
"""An act is predicted above this probability (ToD-BERT's code)."""


class Form(Protocol):
    """`engine.models.tokens.TextForm`."""

    def utterance(self, turn: Turn, limit: int | None = None) -> list[int]: ...

    def history(self, turns: Sequence[Turn], limit: int | None = None) -> tuple[list[int], list[int | None]]: ...


class Question(Protocol):
    """`engine.tasks.base.Example`, or what serving asks."""

    @property
    def turns(self) -> tuple[Turn, ...]: ...


def head_spec(card: TaskCard, labels: Labels, options: HeadOptions) -> HeadSpec:
    """The network that answers a task."""
    if card.structure == "siamese":
        dot = options.similarity == "dot"
        return HeadSpec(kind="siamese", options={"similarity": options.similarity, "scale": 1.0 if dot else 20.0, "pooled": dot})
    if card.structure == "slot_classifier":
        return HeadSpec(kind="slots", size=len(labels.names), options={"rank": options.slot_rank, "scorer": options.scorer})
    return HeadSpec(kind="classifier" if card.structure == "single_turn_classifier" else "multi_label", size=len(labels.names))


def sequence(card: TaskCard, question: Question, form: Form) -> list[int]:
    """What the encoder reads: one bare utterance, or the history."""
    if card.structure == "single_turn_classifier":
        return form.utterance(question.turns[-1])
    return form.history(question.turns, getattr(form, "max_tokens", None))[0]


def response_sequence(text: str, form: Form, limit: int) -> list[int]:
    """A candidate response as the encoder reads it."""
    return form.utterance(Turn(speaker="system", text=text), limit)


def collate(card: TaskCard, examples: Sequence[Any], labels: Labels, form: Form, response_tokens: int) -> Batch:
    """One training batch; every head reads ``[CLS]``."""
    sequences = [sequence(card, example, form) for example in examples]
    if card.structure == "siamese":
        sequences += [response_sequence(example.response, form, response_tokens) for example in examples]
    return Batch(sequences=sequences, places=[(row, 0) for row in range(len(sequences))],
                 targets=[target(card, example.target, row, labels) for row, example in enumerate(examples)])


def target(card: TaskCard, answer: Any, row: int, labels: Labels) -> Any:
    """The right answer in the form that the head's loss takes."""
    if card.structure == "siamese":
        return row
    if card.structure == "single_turn_classifier":
        return labels.names.index(answer) if answer in labels.names else IGNORED
    if card.structure == "multi_turn_classifier":
        return [labels.names.index(act) for act in answer if act in labels.names]
    ids = (class_id(labels, slot, answer) for slot in labels.names)
    return tuple(IGNORED if value is None else value for value in ids)


def decode(card: TaskCard, logits: NDArray[Any], labels: Labels) -> tuple[Any, dict[str, float]]:
    """One row of logits as an answer with its probabilities, best first (siamese: see `choose`)."""
    if card.structure == "single_turn_classifier":
        scores = best(dict(zip(labels.names, softmax(logits), strict=True)))
        return next(iter(scores)), scores
    if card.structure == "multi_turn_classifier":
        shares = 1 / (1 + np.exp(-logits.astype(float)))
        scores = best(dict(zip(labels.names, shares, strict=True)))
        return tuple(sorted(name for name, share in zip(labels.names, shares, strict=True) if share > THRESHOLD)), scores
    return _state(logits, labels)


def choose(logits: NDArray[Any], candidates: Sequence[str]) -> tuple[str, dict[str, float]]:
    """The best candidate response, and the probabilities of the best ten."""
    scores = best(dict(zip(candidates, softmax(logits), strict=True)))
    return next(iter(scores)), scores


def _state(logits: NDArray[Any], labels: Labels) -> tuple[dict[str, str], dict[str, float]]:
    state, scores, start = {}, {}, 0
    for slot in labels.names:
        values = labels.values[slot]
        shares = softmax(logits[start:start + len(values)])
        start += len(values)
        if (value := values[int(shares.argmax())]) != NONE:
            state[slot], scores[slot] = value, float(shares.max())
    return state, best(scores, limit=None)


def best(scores: dict[str, Any], limit: int | None = 10) -> dict[str, float]:
    """Labels by falling probability, ties in their own order."""
    ordered = sorted(scores.items(), key=lambda item: -item[1])
    return {name: float(share) for name, share in ordered[:limit]}


def softmax(logits: NDArray[Any]) -> NDArray[Any]:
    """Probabilities of one row.

    >>> softmax(np.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    shifted: NDArray[Any] = np.exp(logits.astype(float) - logits.max())
    return np.asarray(shifted / shifted.sum())
