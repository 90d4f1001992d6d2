"""Write an utterance anew.

| annotation | of the edited utterance | of later ones |
|---|---|---|
| intent, acts | unknown; kept where only case and punctuation differ | kept |
| state | unknown from a user utterance on; kept where only case and punctuation differ | kept where it owes nothing to a system utterance, else unknown |
| spans | unknown | kept |
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from engine.dialogue.counterfactuals.base import Counterfactual, Parameter, Piece, Values, piece, reworded, untouched, with_unknown_states
from engine.dialogue.counterfactuals.states import owes
from engine.dialogue.digest import spoken
from engine.dialogue.model import Dialogue, Turn


def _change(dialogue: Dialogue, values: Values, rng: Random) -> tuple[str, Sequence[Piece]]:
    at, text = values["turn"], values["text"].strip()
    turn, pieces = dialogue.turns[at], untouched(dialogue)
    changed, sentence = reworded(turn, text), f"utterance {at + 1} written anew"
    if spoken(dialogue.with_turns([turn])) == spoken(dialogue.with_turns([changed])):
        pieces[at] = piece(changed, at, "reworded", spans="unknown")
        return sentence, pieces
    pieces[at] = piece(changed, at, "other", intent="unknown", acts="unknown", spans="unknown")
    return sentence, with_unknown_states(pieces, at) if _matters(dialogue.turns, at) else pieces


def _matters(turns: Sequence[Turn], at: int) -> bool:
    """Whatever a user says may change the state, whether or not the old words did."""
    return turns[at].speaker == "user" or owes(turns, at)


def _draw(dialogue: Dialogue, rng: Random) -> Values | None:
    """The first half of an utterance's words."""
    long = [index for index, turn in enumerate(dialogue.turns) if len(turn.text.split()) > 3]
    if not long:
        return None
    at = rng.choice(long)
    words = dialogue.turns[at].text.split()
    return {"turn": at, "text": " ".join(words[:len(words) // 2])}


EDIT = Counterfactual(name="edit", title="Edit an utterance", sentence="What if it had been said differently?", change=_change, draw=_draw,
                      parameters=(Parameter(name="turn", title="Utterance", kind="turn"), Parameter(name="text", title="Its new words", kind="words")))
