"""Noise as of a speech recogniser: words are deleted, inserted, or replaced by similar-sounding ones or others of the same length.

| annotation | rule |
|---|---|
| intent, acts, state | kept: what was meant is what was said before it was misheard |
| spans | moved with the text; unknown in an utterance where the noise hits one |

Lists of words and the even chance of the three errors are our choice; nothing here was estimated from a recogniser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

from engine.dialogue.counterfactuals.base import Counterfactual, Parameter, Piece, Values, piece, reworded, untouched
from engine.dialogue.counterfactuals.places import Edit, moved, rewritten
from engine.dialogue.model import Dialogue

ALIKE = (("to", "too", "two"), ("for", "four"), ("there", "their"), ("here", "hear"), ("no", "know"), ("by", "buy", "bye"), ("need", "knead"),
         ("where", "wear"), ("right", "write"), ("one", "won"), ("eight", "ate"), ("week", "weak"), ("see", "sea"), ("meet", "meat"),
         ("thai", "tie"), ("train", "crane"), ("taxi", "tacky"), ("hotel", "motel"), ("north", "fourth"), ("south", "mouth"), ("east", "least"),
         ("west", "rest"), ("cheap", "sheep"), ("price", "prize"), ("book", "look"), ("table", "cable"), ("night", "light"), ("free", "three"),
         ("sunday", "someday"), ("friday", "fry day"), ("food", "mood"), ("room", "broom"), ("park", "bark"), ("star", "stir"), ("time", "dime"))
"""Words that sound alike, each group our own."""
OTHERS = ("a", "on", "up", "the", "can", "day", "out", "well", "them", "very", "some", "would", "again", "often", "please", "little", "number",
          "another", "morning", "perhaps", "together", "anything")
"""Words of each usual length, from short to long."""
FILLERS = ("uh", "um", "er", "like", "well")
_WORD = re.compile(r"\w+(?:[^\w\s]+\w+)*")
"""A word with the marks inside it: ``19:30`` is heard as one."""
_SPEAKERS = {"user": "User's words", "system": "System's words", "both": "All words"}


def _change(dialogue: Dialogue, values: Values, rng: Random) -> tuple[str, Sequence[Piece]]:
    pieces, hit = untouched(dialogue), 0
    for index, turn in enumerate(dialogue.turns):
        edits = _edits(turn.text, values["rate"], rng) if values["speakers"] in (turn.speaker, "both") else []
        if not edits:
            continue
        hit += len(edits)
        spans = moved(turn.spans, edits, inside=False) if turn.spans is not None else None
        pieces[index] = piece(replace(reworded(turn, rewritten(turn.text, edits)), spans=spans), index, "reworded",
                              spans="unknown" if spans is None else "updated")
    return f"noise of {values['rate']:.0%} in {_SPEAKERS[values['speakers']].lower()}: {hit} word{'' if hit == 1 else 's'} misheard", pieces


def _edits(text: str, rate: float, rng: Random) -> list[Edit]:
    spots = [match.span() for match in _WORD.finditer(text)]
    edits: list[Edit] = []
    left = len(spots)
    for (start, end), (following, _) in pairwise([*spots, (len(text), 0)]):
        if rng.random() >= rate:
            continue
        error = rng.choice(("delete", "insert", "replace"))
        if error == "delete" and left > 1:  # an utterance keeps a word
            edits.append((start, following, ""))
            left -= 1
        elif error == "insert":
            edits.append((end, end, f" {rng.choice(FILLERS)}"))
        else:
            edits.append((start, end, _misheard(text[start:end], rng)))
    return edits


def _misheard(word: str, rng: Random) -> str:
    """A similar-sounding word, or another of the same (or the nearest) length, in the same case."""
    plain = word.lower()
    near = min(abs(len(other) - len(plain)) for other in OTHERS if other != plain)
    pool = [other for group in ALIKE if plain in group for other in group if other != plain] or [
        other for other in OTHERS if other != plain and abs(len(other) - len(plain)) == near]
    new = rng.choice(pool)
    return new.upper() if word.isupper() and len(word) > 1 else new.capitalize() if word[:1].isupper() else new


def _draw(dialogue: Dialogue, rng: Random) -> Values | None:
    return {"rate": 0.2, "speakers": "user" if any(turn.speaker == "user" for turn in dialogue.turns) else "both"}


NOISE = Counterfactual(
    name="noise", title="Speech-like noise", sentence="Do the answers survive a speech recogniser's errors?", change=_change, draw=_draw, chance=True,
    parameters=(Parameter(name="rate", title="Share of words hit", kind="share", start=0.15),
                Parameter(name="speakers", title="Whose words", kind="choice", options=_SPEAKERS)))
