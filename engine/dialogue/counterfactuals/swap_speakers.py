"""Exchange user and system; done twice it restores who said what.

| annotation | rule |
|---|---|
| intent, acts, state | unknown: they are what a user wants or a system does |
| spans | kept: the words are the same |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from engine.dialogue.counterfactuals.base import Counterfactual, Piece, Values, piece
from engine.dialogue.edits import swap_speakers
from engine.dialogue.model import Dialogue


def _change(dialogue: Dialogue, values: Values, rng: Random) -> tuple[str, Sequence[Piece]]:
    pairs = zip(swap_speakers(dialogue.turns), dialogue.turns, strict=True)
    return "user and system exchanged", [
        piece(replace(now, spans=before.spans, tokens=before.tokens), index, "other", intent="unknown", acts="unknown", state="unknown")
        for index, (now, before) in enumerate(pairs)]


def _draw(dialogue: Dialogue, rng: Random) -> Values | None:
    return {}


SWAP_SPEAKERS = Counterfactual(name="swap_speakers", title="Swap speakers", sentence="Does it matter who says what?", change=_change, draw=_draw, parameters=())
