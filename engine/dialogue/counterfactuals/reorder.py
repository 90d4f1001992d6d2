"""Exchange two utterances; done twice it restores their order.

| annotation | rule |
|---|---|
| intent, acts, spans | kept: they move with the utterance |
| state before both | kept |
| state from the first of the two on | kept where no utterance from the first to the second changes a state, else unknown |
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from engine.dialogue.counterfactuals.base import Counterfactual, Parameter, Piece, Values, untouched, with_unknown_states
from engine.dialogue.counterfactuals.states import owes
from engine.dialogue.model import Dialogue
from engine.errors import InputError


def _change(dialogue: Dialogue, values: Values, rng: Random) -> tuple[str, Sequence[Piece]]:
    first, second = sorted((values["first"], values["second"]))
    if first == second:
        raise InputError("both are the same utterance", remedy="choose two different ones")
    pieces = untouched(dialogue)
    pieces[first], pieces[second] = pieces[second], pieces[first]
    sentence = f"utterances {first + 1} and {second + 1} exchanged"
    leaning = any(owes(dialogue.turns, index) for index in range(first, second + 1))
    return sentence, with_unknown_states(pieces, first) if leaning else pieces


def _draw(dialogue: Dialogue, rng: Random) -> Values | None:
    if len(dialogue.turns) < 2:
        return None
    first = rng.randrange(len(dialogue.turns) - 1)
    return {"first": first, "second": first + 1}


REORDER = Counterfactual(name="reorder", title="Reorder two utterances", sentence="Does the order of what was said matter?", change=_change, draw=_draw,
                         parameters=(Parameter(name="first", title="This utterance", kind="turn"),
                                     Parameter(name="second", title="changes places with", kind="turn")))
