"""Coherence: whether utterances stand where they belong, asked with utterances of the same dialogue only.

DCV and CRM contrast with utterances of other dialogues, which a change of topic betrays; here the topic stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from engine.dialogue.model import Dialogue, Turn
from engine.probing.base import ProbeCard, Question

SHORTEST = 6
"""Turns that a dialogue needs."""


class NextTurn:
    """Half of the histories end with another utterance of the same speaker and dialogue."""

    card = ProbeCard(name="next_turn", title="last utterance in its place", ability="coherence", corpus="gsim", training="train", held_out="dev",
                     reads="history", near="crm: there the wrong response comes from another dialogue, and the two are read apart")

    def questions(self, dialogues: Iterable[Dialogue], rng: Random) -> Iterator[Question]:
        """Two questions a dialogue, about two places."""
        for dialogue in dialogues:
            turns = dialogue.turns
            if len(turns) < SHORTEST:
                continue
            for index, fits in zip(rng.sample(range(2, len(turns)), 2), (True, False), strict=True):
                last = turns[index] if fits else _stranger(turns, index, rng)
                if last is not None:
                    yield Question(dialogue=dialogue.id, turns=(*turns[:index], last), label="fits" if fits else "does not")


def _stranger(turns: tuple[Turn, ...], index: int, rng: Random) -> Turn | None:
    said = {turn.text.lower() for turn in turns[:index + 1]}
    later = [turn for turn in turns[index + 1:] if turn.speaker == turns[index].speaker and turn.text.lower() not in said]
    return rng.choice(later) if later else None


class ExchangeOrder:
    """In half of the dialogues two neighbouring exchanges are swapped; speakers go on taking turns."""

    card = ProbeCard(name="exchange_order", title="exchanges in order", ability="coherence", corpus="dstc2", training="train", held_out="dev",
                     reads="history", near="dur: there three utterances are shuffled and ranked by their markers' states; the nearness is unavoidable")

    def questions(self, dialogues: Iterable[Dialogue], rng: Random) -> Iterator[Question]:
        """One question a dialogue, cut behind the two exchanges."""
        for dialogue in dialogues:
            turns = dialogue.turns
            if len(turns) < SHORTEST:
                continue
            start = rng.randrange(1, len(turns) - 3)
            first, second = turns[start:start + 2], turns[start + 2:start + 4]
            swapped = rng.random() < 0.5
            ending = (*second, *first) if swapped else (*first, *second)
            if [turn.text for turn in first] != [turn.text for turn in second]:
                yield Question(dialogue=dialogue.id, turns=(*turns[:start], *ending), label="swapped" if swapped else "in order")


NEXT_TURN = NextTurn()
EXCHANGE_ORDER = ExchangeOrder()
