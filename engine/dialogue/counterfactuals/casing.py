"""Case and punctuation; done twice it changes nothing more.

| annotation | rule |
|---|---|
| intent, acts, state | kept |
| spans | moved with the text; unknown in an utterance where one loses all its characters |

A mark between two letters or digits stays (``19:30``, ``o'clock``), and so does an utterance that is nothing but marks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from engine.dialogue.counterfactuals.base import Counterfactual, Parameter, Piece, Values, piece, reworded, untouched
from engine.dialogue.counterfactuals.places import Edit, moved, rewritten
from engine.dialogue.model import Dialogue, Turn

_WAYS = {"lower": "lower case", "upper": "UPPER CASE", "unmarked": "No punctuation", "bare": "lower case, no punctuation"}
_SAID = {"lower": "all in lower case", "upper": "all in upper case", "unmarked": "punctuation removed", "bare": "all in lower case without punctuation"}
_LOOSE = re.compile(r"(?<!\w)[^\w\s]|[^\w\s](?!\w)")


def _change(dialogue: Dialogue, values: Values, rng: Random) -> tuple[str, Sequence[Piece]]:
    pieces = untouched(dialogue)
    for index, turn in enumerate(dialogue.turns):
        edits = _edits(turn.text, values["way"])
        if edits and rewritten(turn.text, edits).strip():
            pieces[index] = _rewritten(turn, index, edits)
    return _SAID[values["way"]], pieces


def _rewritten(turn: Turn, index: int, edits: Sequence[Edit]) -> Piece:
    spans = moved(turn.spans, edits, inside=True) if turn.spans is not None else None
    changed = replace(reworded(turn, rewritten(turn.text, edits)), spans=spans)
    return piece(changed, index, "reworded", spans="kept" if spans == turn.spans else "unknown" if spans is None else "updated")


def _edits(text: str, way: str) -> list[Edit]:
    """One edit for each character that changes."""
    loose = {match.start() for match in _LOOSE.finditer(text) if unicodedata.category(match[0]).startswith("P")} if way in ("unmarked", "bare") else set()
    wanted = {"lower": str.lower, "bare": str.lower, "upper": str.upper}.get(way, str)
    new = ["" if place in loose else wanted(character) for place, character in enumerate(text)]
    return [(place, place + 1, now) for place, (now, before) in enumerate(zip(new, text, strict=True)) if now != before]


def _draw(dialogue: Dialogue, rng: Random) -> Values | None:
    return {"way": rng.choice(("upper", "bare"))}


CASING = Counterfactual(name="casing", title="Case and punctuation", sentence="Do the answers depend on how the words are written?", change=_change,
                        draw=_draw, parameters=(Parameter(name="way", title="Written", kind="choice", options=_WAYS),))
