"""Which tasks are asked at which turns of a dialogue, and what its annotation answers (no torch)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.dialogue.model import Dialogue
from engine.serve.base import Answer
from engine.tasks.state_tracking import filled

AFTER_USER = ("intent", "state_tracking")
"""Asked after each user turn, which is part of the input."""
BEFORE_SYSTEM = ("dialogue_act", "response_selection")
"""Asked for each system turn, from the history before it."""


def places(dialogue: Dialogue, tasks: Collection[str]) -> Iterator[tuple[int, str]]:
    """Turn index and task of every question that applies, in order; a system turn without history has none."""
    for index, turn in enumerate(dialogue.turns):
        here = AFTER_USER if turn.speaker == "user" else BEFORE_SYSTEM if index else ()
        yield from ((index, task) for task in here if task in tasks)


def gold(dialogue: Dialogue, index: int, task: str) -> Answer | None:
    """What the dialogue says of itself, in the form of ``Prediction.answer``; None where it is not annotated."""
    turn = dialogue.turns[index]
    if task == "response_selection":
        return turn.text
    if task == "dialogue_act":
        return None if turn.acts is None else tuple(sorted({act.name.lower() for act in turn.acts}))
    if task == "state_tracking":
        return None if turn.state is None else filled(turn.state)
    return turn.intent
