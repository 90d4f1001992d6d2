"""The fake predictor's word on coverage: repeatable, by a hash and a small list of words; never evidence of anything."""

from __future__ import annotations

import hashlib
from random import Random

from engine.coverage import verdict, words
from engine.dialogue.model import Dialogue, Turn
from engine.dialogue.text import render
from engine.errors import InputError
from engine.serve.base import Coverage, NearCorpus

_CORPORA = {"multiwoz22": "MultiWOZ 2.2", "sgd": "Schema-Guided Dialogue", "camrest676": "CamRest676", "oos": "CLINC150"}
_KNOWN = frozenset(words([Turn(speaker="user", text="""
    a about after all am an and any are area at be book booking bye can centre cheap could do dinner eat find five food for friday from good have
    hello help hi hotel how i i'd i'm in is it italian leave like looking me moderate my need no north number of on one or people place please price
    range reservation restaurant saturday serves star station system table taxi thai thank thanks that the there they time to town train two want
    what when where which with yes you your 1
""")]))


def pseudo_coverage(dialogue: Dialogue) -> Coverage:
    """More than 35 % of the running words on the list: inside; more than 15 %: at the edge.

    Raises:
        InputError: A dialogue without turns.
    """
    if not dialogue.turns:
        raise InputError("the dialogue has no turns", remedy="give a dialogue with at least one utterance")
    said = words(dialogue.turns)
    share = sum(word in _KNOWN for word in said) / max(1, len(said))
    p = 0.4 if share > 0.35 else 0.04 if share > 0.15 else 0.004
    rng = Random(hashlib.sha256(render(dialogue.turns).encode()).digest())
    found = [NearCorpus(name=name, title=f"{title} (fake)", licence="none: fake", p=p / rank, meaning=max(p / rank, rng.random() / rank), words=p / rank,
                        length=max(p / rank, rng.random()), distance=0.1 * rank, unknown=1 - share, held_out=200)
             for rank, (name, title) in enumerate(_CORPORA.items(), start=1)]
    return Coverage(verdict=verdict(p), rule="Fake: by a small list of words.", corpora=tuple(found), turns=len(dialogue.turns), words=len(said),
                    unknown_share=1 - share, unknown=tuple(dict.fromkeys(word for word in said if word not in _KNOWN)), made="fake")
