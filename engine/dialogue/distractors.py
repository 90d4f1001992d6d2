"""Utterances of other dialogues that may stand where they were not said: what negatives are made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from random import Random

from engine.dialogue.model import Dialogue, Speaker, Turn
from engine.errors import InputError


def same(text: str) -> str:
    """What two texts share when an encoder can hardly tell them apart.

    >>> same(" Thai  Food ") == same("thai food")
    True
    """
    return " ".join(text.split()).casefold()


def said_elsewhere(speaker: Speaker, others: Sequence[Dialogue], not_these: Collection[str]) -> list[str]:
    """Distinct utterances of a speaker in other dialogues, in order of appearance."""
    known = set(map(same, not_these))
    found = {same(turn.text): turn.text for other in others for turn in other.turns if turn.speaker == speaker}
    return [text for key, text in found.items() if key and key not in known]


def distractors(turns: Sequence[Turn], index: int, others: Sequence[Dialogue]) -> list[str]:
    """What the other dialogues offer for one utterance: its speaker's, none that this dialogue holds.

    Raises:
        InputError: They offer nothing.
    """
    pool = said_elsewhere(turns[index].speaker, others, {turn.text for turn in turns})
    if not pool:
        raise InputError(f"no other dialogue has a different {turns[index].speaker} utterance", where=f"utterance {index + 1}",
                         remedy="choose another utterance")
    return pool


def drawn_distractor(turns: Sequence[Turn], index: int, others: Sequence[Dialogue], rng: Random) -> str:
    """One of `distractors` (errors as there)."""
    return rng.choice(distractors(turns, index, others))
