"""Say an utterance twice.

| annotation | of the repetition | of all others |
|---|---|---|
| intent, acts, spans | those of the utterance | kept |
| state | that of the utterance: saying it again adds nothing | kept |
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from engine.dialogue.counterfactuals.base import Counterfactual, Parameter, Piece, Values, piece, untouched
from engine.dialogue.model import Dialogue


def _change(dialogue: Dialogue, values: Values, rng: Random) -> tuple[str, Sequence[Piece]]:
    at: int = values["turn"]
    pieces = untouched(dialogue)
    pieces.insert(at + 1, piece(dialogue.turns[at], None, "again"))
    return f"utterance {at + 1} said twice", pieces


def _draw(dialogue: Dialogue, rng: Random) -> Values | None:
    return {"turn": rng.randrange(len(dialogue.turns))}


REPEAT = Counterfactual(name="repeat", title="Repeat an utterance", sentence="Do the answers stay when something is said twice?", change=_change,
                        draw=_draw, parameters=(Parameter(name="turn", title="Utterance", kind="turn"),))
