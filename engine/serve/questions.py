"""Which tasks are asked at which turns of a dialogue, and what its annotation answers (no torch)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from engine.dialogue.model import Dialogue, Turn
from engine.errors import InputError
from engine.serve.base import Answer
from engine.tasks import TASKS
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


def check_place(dialogue: Dialogue, task: str, turn: int) -> None:
    """Whether a task is asked at a turn.

    Raises:
        InputError: It is not.
    """
    if (turn, task) not in set(places(dialogue, (task,))):
        asked = "a user turn" if task in AFTER_USER else "a system turn that is not the first"
        raise InputError(f"{TASKS[task].card.title.lower()} is not asked there", where=f"utterance {turn + 1}", remedy=f"choose {asked}")


def asked_from(dialogue: Dialogue, index: int) -> tuple[Turn, ...]:
    """The turns before the answer at ``index``: a user turn is one of them, a system turn is not."""
    return dialogue.turns[:index + (dialogue.turns[index].speaker == "user")]


def all_offered(dialogue: Dialogue, candidates: Sequence[str]) -> tuple[str, ...]:
    """The responses to choose from: the visitor's, then the dialogue's own system turns, each once, none empty."""
    own = (turn.text for turn in dialogue.turns if turn.speaker == "system")
    return tuple(dict.fromkeys(text for text in (*candidates, *own) if text.strip()))


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
