"""Answers held against a dialogue's own annotation, counted by the tasks' own code (no torch).

A gold answer with a label that the heads do not know judges nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from engine.results.outcomes import DEN, NUM, table
from engine.serve.base import Answer, Prediction
from engine.tasks import TASKS
from engine.tasks.base import Labels
from engine.tasks.metrics import NONE

PARTS = {"dialogue_act": "f1_micro", "state_tracking": "slot_acc"}
"""Tasks whose answers have several parts, to the metric that counts them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One answer beside its gold answer."""

    right: bool
    """As a whole: for a state every slot, for acts exactly the annotated ones."""
    hits: int
    """State tracking: right slots; dialogue act: twice the acts found; else whether it is right."""
    of: int
    """State tracking: all slots; dialogue act: acts annotated plus acts answered; else 1. Sums of ``hits`` over ``of`` are the metric."""


def judged(predictions: Sequence[Prediction], labels: Mapping[str, Sequence[str]]) -> list[Judged | None]:
    """Each answer's judgement, in the same order; None where no gold answer may judge it.

    Args:
        predictions: Of any variants, tasks and turns.
        labels: Task name to what its heads know (`PredictorCard.labels`).
    """
    found: list[Judged | None] = [None] * len(predictions)
    for task in {one.task for one in predictions}:
        known = labels.get(task, ())
        places = [place for place, one in enumerate(predictions) if one.task == task and one.gold is not None and may_judge(one.gold, known)]
        rows = [predictions[place] for place in places]
        for place, verdict in zip(places, _judge(task, [one.gold for one in rows], [one.answer for one in rows], known) if rows else [], strict=True):
            found[place] = verdict
    return found


def may_judge(gold: Answer, known: Sequence[str]) -> bool:
    """Whether the heads know every label (of a state: every slot) of a gold answer; a task without labels knows them all.

    >>> may_judge("book_hotel", ["weather"]), may_judge(("bye",), ["bye", "inform"]), may_judge("Any response.", [])
    (False, True, True)
    """
    return not known or set(parts(gold)) <= set(known)


def parts(answer: Answer) -> tuple[str, ...]:
    """The labels (of a state: the slots) that an answer names."""
    return (answer,) if isinstance(answer, str) else tuple(answer)


def same(one: Answer, other: Answer) -> bool:
    """Whether two answers agree, whatever their case and order.

    >>> same("Bye", "bye"), same(("bye", "inform"), ("inform", "bye")), same({"area": "north"}, {})
    (True, True, False)
    """
    return one is other or _form(one) == _form(other)


def confidence(one: Prediction) -> float | None:
    """Of the answer; of its least sure part where it has several; None where nothing is claimed."""
    return min((one.scores[part] for part in parts(one.answer) if part in one.scores), default=None)


def _form(answer: Answer) -> object:
    if isinstance(answer, str):
        return answer.casefold()
    if isinstance(answer, Mapping):
        return {slot: value.casefold() for slot, value in answer.items()}
    return sorted(answer)


def _judge(task: str, gold: list[Any], said: list[Any], known: Sequence[str]) -> list[Judged]:
    counts = _counts(task, gold, said, known)
    whole = counts[f"joint_acc{NUM}"].astype(bool) if task == "state_tracking" else [_form(one) == _form(other) for one, other in zip(gold, said, strict=True)]
    if task not in PARTS:
        return [Judged(right=right, hits=int(right), of=1) for right in whole]
    metric = PARTS[task]
    return [Judged(right=bool(right), hits=int(hits), of=int(of))
            for right, hits, of in zip(whole, counts[f"{metric}{NUM}"], counts[f"{metric}{DEN}"], strict=True)]


def _counts(task: str, gold: list[Any], said: list[Any], known: Sequence[str]) -> pd.DataFrame:
    """The task's own outcomes, row by row; what a head answered it could pick, so that the answers give the picklists."""
    if task == "response_selection":
        return table({})  # its metric ranks a batch of responses; here there is one choice
    slots = (known or sorted({slot for state in (*gold, *said) for slot in state})) if task == "state_tracking" else ()
    picklists = {slot: (NONE, *sorted({one[slot] for one in said if slot in one})) for slot in slots}
    return TASKS[task].outcomes(gold, said, Labels(names=tuple(known), values=picklists))
