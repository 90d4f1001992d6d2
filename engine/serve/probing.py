"""One objective's question to one variant: the same inputs and heads as in training, answers in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.dialogue.model import Turn
from engine.errors import InputError
from engine.models.answer import logits, similarities
from engine.models.batch import Batch
from engine.models.encoder import read
from engine.objectives import OBJECTIVES
from engine.objectives.base import Example
from engine.objectives.crm import RESPONSE_TOKENS
from engine.serve.base import ProbeAnswer, ProbeQuestion
from engine.shipped import ShippedObjective
from engine.tasks.structures import best, choose, softmax

Said = tuple[tuple[str, ...], tuple[Mapping[str, float], ...]]


def answer_probe(variant: str, model: ShippedObjective, question: ProbeQuestion) -> ProbeAnswer:
    """One variant's answer.

    Raises:
        InputError: The question has no turn, mask, candidate or group that the model can read.
    """
    if not question.turns:
        raise InputError("the dialogue has no utterance", remedy="give it at least one turn")
    guess, scores = {"mlm": _mlm, "crm": _crm, "dur": _dur}.get(question.objective, _class)(model, question)
    return ProbeAnswer(variant=variant, head=model.card["head"], guess=guess, scores=scores)


def _mlm(model: ShippedObjective, question: ProbeQuestion) -> Said:
    tokens = model.form.tokens
    turns = [replace(turn, tokens=tuple(tokens.texts([turn.text], masks=True)[0])) for turn in question.turns]
    ids, _ = model.form.history(turns)
    asked = sum(turn.tokens.count(tokens.mask_id) for turn in turns if turn.tokens)
    masks = [place for place, token in enumerate(ids) if token == tokens.mask_id]
    if not masks or len(masks) < asked:
        raise InputError(f"{len(masks)} of {asked} masked words are among the last {model.form.max_tokens} tokens, which the model reads",
                         remedy="mask words near the end")
    rows = _logits(model, Batch(sequences=[ids], places=[(0, place) for place in masks], targets=[]))
    tops = [_named(row, tokens.words(np.argsort(-row)[:10])) for row in rows]
    return tuple(next(iter(top)) for top in tops), tuple(tops)


def _named(row: NDArray[Any], names: list[str]) -> dict[str, float]:
    shares = np.sort(softmax(row))[::-1]
    return dict(zip(names, map(float, shares), strict=False))


def _crm(model: ShippedObjective, question: ProbeQuestion) -> Said:
    offered = tuple(dict.fromkeys(text for text in question.candidates if text.strip()))
    if not offered:
        raise InputError("there is no response to choose from", remedy="add candidate responses")
    sequences = [model.form.history(question.turns)[0], *(model.form.utterance(Turn(speaker="system", text=text), RESPONSE_TOKENS) for text in offered)]
    states = read(model.encoder.eval(), sequences, [(row, 0) for row in range(len(sequences))])
    guess, scores = choose(similarities(model.head, states[:1], states[1:])[0], offered)
    return (guess,), (scores,)


def _dur(model: ShippedObjective, question: ProbeQuestion) -> Said:
    size = model.head.group
    if len(question.group) != size:
        raise InputError(f"this head orders {size} utterances, not {len(question.group)}", remedy=f"choose a group of {size}")
    if not all(0 <= member < len(question.turns) for member in question.group):
        raise InputError(f"the group names an utterance beyond the {len(question.turns)} that are there", remedy="choose it among the dialogue's turns")
    example = Example(turns=question.turns, target=tuple(range(size)), group=question.group)
    batch = OBJECTIVES["dur"].collate([example], model.form, Random(0))
    if not batch.places:
        raise InputError(f"the group lies before the last {model.form.max_tokens} tokens, which the model reads", remedy="choose a later group")
    row = _logits(model, batch)[0]
    ranks = np.argsort(np.argsort(row))
    shares = [float(share) for share in softmax(row)]
    return tuple(map(str, ranks)), tuple({str(rank): share} for rank, share in zip(ranks, shares, strict=True))


def _class(model: ShippedObjective, question: ProbeQuestion) -> Said:
    objective = OBJECTIVES[question.objective]
    row = _logits(model, objective.collate([Example(turns=question.turns, target=0)], model.form, Random(0)))[0]
    last = len(row) - 1
    names = objective.classes or tuple(str(n) if n < last else f"{n} or more" for n in range(len(row)))
    scores = best(dict(zip(names, softmax(row), strict=True)))
    return (next(iter(scores)),), (scores,)


def _logits(model: ShippedObjective, batch: Batch) -> NDArray[Any]:
    return logits(model.head, read(model.encoder.eval(), batch.sequences, batch.places))
