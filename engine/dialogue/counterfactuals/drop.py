"""Drop an utterance.

| annotation | of the utterances that stay |
|---|---|
| intent, acts, spans | kept: they describe the utterance itself |
| state before the dropped one | kept |
| state after it | kept where it owes nothing to the dropped one (`engine.dialogue.counterfactuals.states`), else unknown |
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from engine.dialogue.counterfactuals.base import Counterfactual, Parameter, Piece, Values, untouched, with_unknown_states
from engine.dialogue.counterfactuals.states import owes
from engine.dialogue.model import Dialogue
from engine.errors import InputError


def _change(dialogue: Dialogue, values: Values, rng: Random) -> tuple[str, Sequence[Piece]]:
    if len(dialogue.turns) < 2:
        raise InputError("this is the only utterance", remedy="edit it instead")
    at: int = values["turn"]
    pieces = untouched(dialogue)
    del pieces[at]
    return f"utterance {at + 1} dropped", with_unknown_states(pieces, at) if owes(dialogue.turns, at) else pieces


def _draw(dialogue: Dialogue, rng: Random) -> Values | None:
    return {"turn": rng.randrange(len(dialogue.turns) - 1)} if len(dialogue.turns) > 1 else None  # of the last one nothing follows


DROP = Counterfactual(name="drop", title="Drop an utterance", sentence="Which answers lean on this utterance?", change=_change, draw=_draw,
                      parameters=(Parameter(name="turn", title="Utterance", kind="turn"),))
