"""Insert an utterance.

| annotation | of the new utterance | of the others |
|---|---|---|
| intent, acts, spans | unknown | kept: they describe the utterance itself |
| state | unknown | unknown after a new user utterance; after a new system one kept where the next user utterance says itself what it adds |
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from engine.dialogue.counterfactuals.base import Counterfactual, Parameter, Piece, Values, piece, untouched, with_unknown_states
from engine.dialogue.counterfactuals.states import owes
from engine.dialogue.model import Dialogue, Turn

_SPEAKERS = {"user": "User", "system": "System"}
_USUAL = "One moment, please."


def _change(dialogue: Dialogue, values: Values, rng: Random) -> tuple[str, Sequence[Piece]]:
    at: int = values["place"]
    new = Turn(speaker="user" if values["speaker"] == "user" else "system", text=values["text"].strip())
    pieces = untouched(dialogue)
    pieces.insert(at, piece(new, None, "other", intent="unknown", acts="unknown", state="unknown", spans="unknown"))
    leaning = new.speaker == "user" or owes([*dialogue.turns[:at], new, *dialogue.turns[at:]], at)
    return f"a {new.speaker} utterance inserted as number {at + 1}", with_unknown_states(pieces, at) if leaning else pieces


def _draw(dialogue: Dialogue, rng: Random) -> Values | None:
    place = rng.randrange(1, len(dialogue.turns)) if len(dialogue.turns) > 1 else 0
    speaker = "system" if place and dialogue.turns[place - 1].speaker == "user" else "user"
    return {"place": place, "speaker": speaker, "text": _USUAL}


INSERT = Counterfactual(name="insert", title="Insert an utterance", sentence="Does an utterance more lead the answers astray?", change=_change, draw=_draw,
                        parameters=(Parameter(name="place", title="Before", kind="place"),
                                    Parameter(name="speaker", title="Said by", kind="choice", options=_SPEAKERS),
                                    Parameter(name="text", title="Words", kind="text")))
