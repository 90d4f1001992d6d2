"""Objectives' questions to one variant, read together: the same inputs and heads as in training, answers in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.dialogue.edits import agrees
from engine.dialogue.model import Turn
from engine.errors import InputError
from engine.models.answer import logits, similarities
from engine.models.encoder import read
from engine.objectives import OBJECTIVES
from engine.objectives.base import Example
from engine.objectives.crm import RESPONSE_TOKENS
from engine.serve.base import ProbeAnswer, ProbeQuestion
from engine.serve.ordering import orders, place_shares
from engine.shipped import ShippedObjective
from engine.tasks.structures import best, softmax


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """One answer; fields as in ``ProbeAnswer``."""

    guess: tuple[str, ...]
    scores: tuple[Mapping[str, float], ...]
    chances: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What a question has the encoder read, and what its states say."""

    sequences: Sequence[Sequence[int]]
    places: Sequence[tuple[int, int]]
    said: Callable[[Any, Tensor], _Said]
    """From the head and the states at ``places``."""


class Probe:
    """A question that variants of one vocabulary read alike."""

    def __init__(self, question: ProbeQuestion) -> None:
        self.question, self.objective = question, question.objective
        self._known: dict[Any, _Read] = {}

    def prepare(self, model: ShippedObjective) -> _Read:
        """What is read.

        Raises:
            InputError: The question has no turn, mask, candidate or group that the model can read.
        """
        if not self.question.turns:
            raise InputError("the dialogue has no utterance", remedy="give it at least one turn")
        key = model.form.tokens, model.form.max_tokens, model.form.closed, getattr(model.head, "group", None)
        if key not in self._known:
            self._known[key] = _READS.get(self.objective, _classes)(model, self.question)
        return self._known[key]


def answer_probes(variant: str, models: Mapping[str, ShippedObjective], probes: Sequence[Probe],
                  progress: Callable[[float], None] = lambda _: None) -> list[ProbeAnswer]:
    """One variant's answers to questions of any objectives, read together on the encoder that its heads share; equal texts are read once.

    ``progress`` is told the share of the reading after each slice; what it raises ends the reading.

    Raises:
        InputError: A question cannot be read (see `Probe.prepare`).
    """
    if not probes:
        return []
    prepared = [probe.prepare(models[probe.objective]) for probe in probes]
    rows: dict[tuple[int, ...], int] = {}
    for one in prepared:
        for ids in one.sequences:
            rows.setdefault(tuple(ids), len(rows))
    places = [(rows[tuple(one.sequences[sequence])], position) for one in prepared for sequence, position in one.places]
    states = read(models[probes[0].objective].encoder.eval(), list(rows), places, progress)
    parts = torch.split(states, [len(one.places) for one in prepared])
    return [_answer(variant, models[probe.objective], one.said(models[probe.objective].head, part))
            for probe, one, part in zip(probes, prepared, parts, strict=True)]


def _answer(variant: str, model: ShippedObjective, said: _Said) -> ProbeAnswer:
    return ProbeAnswer(variant=variant, head=model.card["head"], guess=said.guess, scores=said.scores, chances=said.chances)


def _mlm(model: ShippedObjective, question: ProbeQuestion) -> _Read:
    tokens = model.form.tokens
    turns = [replace(turn, tokens=tuple(tokens.texts([turn.text], masks=True)[0])) for turn in question.turns]
    ids, _ = model.form.history(turns)
    asked = sum(turn.tokens.count(tokens.mask_id) for turn in turns if turn.tokens)
    masks = [place for place, token in enumerate(ids) if token == tokens.mask_id]
    if not masks or len(masks) < asked:
        raise InputError(f"{len(masks)} of {asked} masked words are among the last {model.form.max_tokens} tokens, which the model reads",
                         remedy="mask words near the end")

    def said(head: Any, states: Tensor) -> _Said:
        rows = logits(head, states)
        tops = [_named(row, tokens.words(np.argsort(-row)[:10])) for row in rows]
        chances = [float(softmax(row)[right]) for row, right in zip(rows, tokens.ids(question.right), strict=False)]
        return _Said(guess=tuple(next(iter(top)) for top in tops), scores=tuple(tops), chances=tuple(chances))

    return _Read(sequences=[ids], places=[(0, place) for place in masks], said=said)


def _named(row: NDArray[Any], names: list[str]) -> dict[str, float]:
    shares = np.sort(softmax(row))[::-1]
    return dict(zip(names, map(float, shares), strict=False))


def _crm(model: ShippedObjective, question: ProbeQuestion) -> _Read:
    offered = tuple(dict.fromkeys(text for text in question.candidates if text.strip()))
    if not offered:
        raise InputError("there is no response to choose from", remedy="add candidate responses")
    sequences = [model.form.history(question.turns)[0], *(model.form.utterance(Turn(speaker="system", text=text), RESPONSE_TOKENS) for text in offered)]

    def said(head: Any, states: Tensor) -> _Said:
        return _of(dict(zip(offered, softmax(similarities(head, states[:1], states[1:])[0]), strict=True)), question.right)

    return _Read(sequences=sequences, places=[(row, 0) for row in range(len(sequences))], said=said)


def _dur(model: ShippedObjective, question: ProbeQuestion) -> _Read:
    size = model.head.group
    if len(question.group) != size:
        raise InputError(f"this head orders {size} utterances, not {len(question.group)}", remedy=f"choose a group of {size}")
    if not all(0 <= member < len(question.turns) for member in question.group):
        raise InputError(f"the group names an utterance beyond the {len(question.turns)} that are there", remedy="choose it among the dialogue's turns")
    example = Example(turns=question.turns, target=tuple(range(size)), group=question.group)
    batch = OBJECTIVES["dur"].collate([example], model.form, Random(0))
    if not batch.places:
        raise InputError(f"the group lies before the last {model.form.max_tokens} tokens, which the model reads", remedy="choose a later group")
    return _Read(sequences=batch.sequences, places=batch.places, said=lambda head, states: _ordered(logits(head, states)[0], question.right))


def _ordered(row: NDArray[Any], right: tuple[str, ...]) -> _Said:
    """The order by rising score, and how probable each place, and the right order, is."""
    ranks, shares = tuple(map(int, np.argsort(np.argsort(row)))), [float(share) for share in softmax(row)]
    scores = tuple({str(rank): share} for rank, share in zip(ranks, place_shares(shares, ranks), strict=True))
    return _Said(guess=tuple(map(str, ranks)), scores=scores, chances=(orders(shares)[tuple(map(int, right))],) if right else ())


def _classes(model: ShippedObjective, question: ProbeQuestion) -> _Read:
    objective = OBJECTIVES[question.objective]
    batch = objective.collate([Example(turns=question.turns, target=0)], model.form, Random(0))

    def said(head: Any, states: Tensor) -> _Said:
        row = logits(head, states)[0]
        last = len(row) - 1
        names = objective.classes or tuple(str(n) if n < last else f"{n} or more" for n in range(last + 1))
        return _of(dict(zip(names, softmax(row), strict=True)), question.right)

    return _Read(sequences=batch.sequences, places=batch.places, said=said)


def _of(shares: dict[str, Any], right: tuple[str, ...]) -> _Said:
    """The best label, all of them by falling probability, and that of the right one."""
    scores = best(shares, limit=None)
    chances = [share for label, share in scores.items() if right and agrees(right[0], label)]
    return _Said(guess=(next(iter(scores)),), scores=(scores,), chances=tuple(chances[:1]))


_READS: dict[str, Callable[[ShippedObjective, ProbeQuestion], _Read]] = {"mlm": _mlm, "crm": _crm, "dur": _dur}
"""Objectives other than those with named classes."""
