"""One objective's question to one variant: the same inputs and heads as in training, answers in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.dialogue.edits import agrees
from engine.dialogue.model import Turn
from engine.errors import InputError
from engine.models.answer import logits, similarities
from engine.models.batch import Batch
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


def answer_probe(variant: str, model: ShippedObjective, question: ProbeQuestion) -> ProbeAnswer:
    """One variant's answer (errors as `answer_probes`)."""
    return answer_probes(variant, model, [question])[0]


def answer_probes(variant: str, model: ShippedObjective, questions: Sequence[ProbeQuestion]) -> list[ProbeAnswer]:
    """One variant's answers to questions of one objective; those with named classes are read together.

    Raises:
        InputError: A question has no turn, mask, candidate or group that the model can read.
    """
    if not all(question.turns for question in questions):
        raise InputError("the dialogue has no utterance", remedy="give it at least one turn")
    one_by_one = _ONE_BY_ONE.get(questions[0].objective) if questions else None
    found = [one_by_one(model, question) for question in questions] if one_by_one else _classes(model, questions)
    return [ProbeAnswer(variant=variant, head=model.card["head"], guess=said.guess, scores=said.scores, chances=said.chances) for said in found]


def _mlm(model: ShippedObjective, question: ProbeQuestion) -> _Said:
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
    chances = [float(softmax(row)[right]) for row, right in zip(rows, tokens.ids(question.right), strict=False)]
    return _Said(guess=tuple(next(iter(top)) for top in tops), scores=tuple(tops), chances=tuple(chances))


def _named(row: NDArray[Any], names: list[str]) -> dict[str, float]:
    shares = np.sort(softmax(row))[::-1]
    return dict(zip(names, map(float, shares), strict=False))


def _crm(model: ShippedObjective, question: ProbeQuestion) -> _Said:
    offered = tuple(dict.fromkeys(text for text in question.candidates if text.strip()))
    if not offered:
        raise InputError("there is no response to choose from", remedy="add candidate responses")
    sequences = [model.form.history(question.turns)[0], *(model.form.utterance(Turn(speaker="system", text=text), RESPONSE_TOKENS) for text in offered)]
    states = read(model.encoder.eval(), sequences, [(row, 0) for row in range(len(sequences))])
    return _of(dict(zip(offered, softmax(similarities(model.head, states[:1], states[1:])[0]), strict=True)), question.right)


def _dur(model: ShippedObjective, question: ProbeQuestion) -> _Said:
    size = model.head.group
    if len(question.group) != size:
        raise InputError(f"this head orders {size} utterances, not {len(question.group)}", remedy=f"choose a group of {size}")
    if not all(0 <= member < len(question.turns) for member in question.group):
        raise InputError(f"the group names an utterance beyond the {len(question.turns)} that are there", remedy="choose it among the dialogue's turns")
    example = Example(turns=question.turns, target=tuple(range(size)), group=question.group)
    batch = OBJECTIVES["dur"].collate([example], model.form, Random(0))
    if not batch.places:
        raise InputError(f"the group lies before the last {model.form.max_tokens} tokens, which the model reads", remedy="choose a later group")
    return _ordered(_logits(model, batch)[0], question.right)


def _ordered(row: NDArray[Any], right: tuple[str, ...]) -> _Said:
    """The order by rising score, and how probable each place, and the right order, is."""
    ranks, shares = tuple(map(int, np.argsort(np.argsort(row)))), [float(share) for share in softmax(row)]
    scores = tuple({str(rank): share} for rank, share in zip(ranks, place_shares(shares, ranks), strict=True))
    return _Said(guess=tuple(map(str, ranks)), scores=scores, chances=(orders(shares)[tuple(map(int, right))],) if right else ())


def _classes(model: ShippedObjective, questions: Sequence[ProbeQuestion]) -> list[_Said]:
    objective = OBJECTIVES[questions[0].objective] if questions else None
    if objective is None:
        return []
    rows = _logits(model, objective.collate([Example(turns=question.turns, target=0) for question in questions], model.form, Random(0)))
    last = rows.shape[1] - 1
    names = objective.classes or tuple(str(n) if n < last else f"{n} or more" for n in range(last + 1))
    return [_of(dict(zip(names, softmax(row), strict=True)), question.right) for row, question in zip(rows, questions, strict=True)]


def _of(shares: dict[str, Any], right: tuple[str, ...]) -> _Said:
    """The best label, all of them by falling probability, and that of the right one."""
    scores = best(shares, limit=None)
    chances = [share for label, share in scores.items() if right and agrees(right[0], label)]
    return _Said(guess=(next(iter(scores)),), scores=(scores,), chances=tuple(chances[:1]))


def _logits(model: ShippedObjective, batch: Batch) -> NDArray[Any]:
    return logits(model.head, read(model.encoder.eval(), batch.sequences, batch.places))


_ONE_BY_ONE: dict[str, Callable[[ShippedObjective, ProbeQuestion], _Said]] = {"mlm": _mlm, "crm": _crm, "dur": _dur}
"""Objectives whose questions are read one at a time."""
