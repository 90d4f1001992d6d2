"""One variant's answers to downstream questions of one or several requests: what is read, and the decoding of what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from engine.dialogue.model import Dialogue
from engine.models.answer import logits, similarities
from engine.models.tokens import Tokens
from engine.serve.base import Prediction
from engine.serve.questions import asked_from, gold
from engine.serve.remembered import Remembered
from engine.shipped import ShippedTask
from engine.tasks.base import Example
from engine.tasks.structures import choose, decode, response_sequence, sequence


@dataclass(frozen=True)
class Reading:
    """What one request asks of every variant; remembers the ids that variants of one vocabulary read alike."""

    dialogue: Dialogue
    asked: Sequence[tuple[int, str]]
    """Turn index and task of every question."""
    offered: Sequence[str]
    """Responses to choose from."""
    _known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def turns(self, task: str) -> list[int]:
        """Where a task is asked."""
        return [index for index, name in self.asked if name == task]

    def sequences(self, model: ShippedTask) -> tuple[list[list[int]], int]:
        """The ids of every question of the model's task, behind them those of the responses; and how many questions there are."""
        name, form = model.task.card.name, model.form
        key = name, form.tokens, form.max_tokens, form.closed, model.response_tokens
        if key not in self._known:
            dialogue, turns = self._cut_up(form.tokens), self.turns(name)
            self._known[key] = [reads(model, dialogue, index) for index in turns] + (responses(model, self.offered) if turns else []), len(turns)
        found: tuple[list[list[int]], int] = self._known[key]
        return found

    def _cut_up(self, tokens: Tokens) -> Dialogue:
        """The dialogue with the wordpieces of each turn, which every history would else make anew."""
        if tokens not in self._known:
            turns = self.dialogue.turns
            self._known[tokens] = self.dialogue.with_turns([replace(turn, tokens=tuple(ids)) for turn, ids in zip(turns, tokens.turns(turns), strict=True)])
        made: Dialogue = self._known[tokens]
        return made


def answer_all(variant: str, models: Mapping[str, ShippedTask], readings: Sequence[Reading],
               progress: Callable[[float], None] = lambda _: None, remembered: Remembered | None = None) -> list[list[Prediction]]:
    """One variant's answers to all questions of each request: what several tasks or requests read passes their shared layers once.

    ``progress`` is told the share of the reading after each slice; what it raises ends the reading. What is ``remembered`` is not read again.
    """
    sequences = {task: [reading.sequences(model) for reading in readings] for task, model in models.items()}
    wanted = {task: [ids for mine, _ in parts for ids in mine] for task, parts in sequences.items()}
    states = (Remembered(0) if remembered is None else remembered).states(models, wanted, progress)
    said = {task: _said(model, states[task], sequences[task], readings) for task, model in models.items()}
    return [[_prediction(variant, reading.dialogue, index, task, *said[task][number][index]) for index, task in reading.asked]
            for number, reading in enumerate(readings)]


def _said(model: ShippedTask, states_SD: torch.Tensor, sequences: Sequence[tuple[list[list[int]], int]], readings: Sequence[Reading]) -> list[dict[int, Any]]:
    """Of each request, turn index to answer and scores; a head that compares nothing within a request reads all requests at once."""
    parts = torch.split(states_SD, [len(ids) for ids, _ in sequences])
    if model.task.card.structure == "siamese":
        found = [rows(model, part, count) for part, (_, count) in zip(parts, sequences, strict=True)]
    else:
        found = _split(rows(model, states_SD, len(states_SD)), [count for _, count in sequences])
    return [dict(zip(reading.turns(model.task.card.name), decoded(model, part, reading.offered), strict=True))
            for reading, part in zip(readings, found, strict=True)]


def _split(rows: Sequence[Any], counts: Sequence[int]) -> list[Sequence[Any]]:
    ends = [sum(counts[:number + 1]) for number in range(len(counts))]
    return [rows[end - count:end] for count, end in zip(counts, ends, strict=True)]


def _prediction(variant: str, dialogue: Dialogue, index: int, task: str, answer: Any, scores: Mapping[str, float]) -> Prediction:
    return Prediction(variant=variant, task=task, turn=index, answer=answer, scores=scores, gold=gold(dialogue, index, task))


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
