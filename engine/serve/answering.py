"""One variant's answers to downstream questions: what is read, and the decoding of what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from engine.dialogue.model import Dialogue
from engine.models.answer import logits, shared_cls_states, similarities
from engine.serve.base import Prediction
from engine.serve.questions import asked_from, gold
from engine.shipped import ShippedTask
from engine.tasks.base import Example
from engine.tasks.structures import choose, decode, response_sequence, sequence


def answer_all(variant: str, models: Mapping[str, ShippedTask], dialogue: Dialogue, asked: Sequence[tuple[int, str]],
               offered: Sequence[str], progress: Callable[[float], None] = lambda _: None) -> list[Prediction]:
    """One variant's answers to all questions: what several tasks read passes their shared layers once.

    ``progress`` is told the share of the reading after each slice; what it raises ends the reading.
    """
    questions = {task: [index for index, name in asked if name == task] for task in models}
    wanted = {task: [reads(models[task], dialogue, index) for index in indices] for task, indices in questions.items()}
    if "response_selection" in models and questions["response_selection"]:
        wanted["response_selection"] += responses(models["response_selection"], offered)
    states = shared_cls_states({task: models[task].encoder for task in models}, wanted, min((model.shared for model in models.values()), default=0), progress)
    answers = {(index, task): answer for task, indices in questions.items()
               for index, answer in zip(indices, decoded(models[task], rows(models[task], states[task], len(indices)), offered), strict=True)}
    return [Prediction(variant=variant, task=task, turn=index, answer=answers[index, task][0], scores=answers[index, task][1],
                       gold=gold(dialogue, index, task)) for index, task in asked]


def reads(model: ShippedTask, dialogue: Dialogue, index: int) -> list[int]:
    """The ids that answer the question at one turn."""
    return sequence(model.task.card, Example(id="", corpus=dialogue.corpus, turns=asked_from(dialogue, index), target=None), model.form)


def responses(model: ShippedTask, offered: Sequence[str]) -> list[list[int]]:
    """The ids of candidate responses; none where the task does not choose among them."""
    if model.task.card.structure != "siamese":
        return []
    return [response_sequence(text, model.form, model.response_tokens) for text in offered]


def rows(model: ShippedTask, states_SD: torch.Tensor, count: int) -> Any:
    """Logits of the first ``count`` states; in response selection, of each candidate, whose states follow."""
    if not count:
        return []
    return similarities(model.head, states_SD[:count], states_SD[count:]) if model.task.card.structure == "siamese" else logits(model.head, states_SD)


def decoded(model: ShippedTask, found: Any, offered: Sequence[str]) -> list[Any]:
    """Answer and scores of each row."""
    if model.task.card.structure == "siamese":
        return [choose(row, offered) for row in found]
    return [decode(model.task.card, row, model.labels) for row in found]
