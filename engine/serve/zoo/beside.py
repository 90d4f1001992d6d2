"""DialogZoo beside the further pre-trained variants where they answer the same question: intent, state, and the order of three utterances (no torch)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from engine.dialogue.edits import GROUP, Posed, alike_in_group, shuffle_group
from engine.dialogue.model import Turn
from engine.serve.base import Answer
from engine.serve.zoo.base import ZooAnswer, ZooQuestion
from engine.serve.zoo.defaults import state_words
from engine.serve.zoo.questions import Given
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import words

DIFFERENCES = (
    "**Intent:** DialogZoo reads the labels in its box and writes one of them; a variant's head knows the fixed labels of the set that it was trained on, so "
    "equal words are rare even where both are right.",
    "**State:** DialogZoo writes the words of the dialogue for the slots in its box; a variant picks each value from its head's fixed list for MultiWOZ slots. "
    "Compared as words, slot by slot.",
    "**Order:** both read the same three utterances alone, in the same shuffled order. DialogZoo (REO) writes all of them again; the DUR head chooses "
    "one of the six orders. Variants whose own objective is not DUR answer by a linear probe.",
)
"""In what the two kinds of model differ, in sentences."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How many slots two states agree in, of those that either fills."""

    same: int
    slots: int


def three(given: Given) -> Posed | None:
    """The last three utterances that all differ, in another order; None where there are no such three."""
    for start in range(len(given.turns) - GROUP, -1, -1):
        turns = given.turns[start:start + GROUP]
        if alike_in_group(turns, 0) is None:
            return shuffle_group(turns, 0, _order(given.seed))
    return None


def reordering(posed: Posed) -> ZooQuestion:
    """The same three utterances as a question of REO."""
    return ZooQuestion(sample=Sample(task="reo", dataset="beside", id="beside/reo", split="all", turns=posed.turns))


def ranks(answer: ZooAnswer, posed: Posed) -> tuple[str, ...] | None:
    """The place of each shown utterance in what DialogZoo wrote, in the form of ``ProbeAnswer.guess``; None where it wrote other utterances."""
    said = [_bare(turn) for turn in answer.answer or () if isinstance(turn, Turn)]
    shown = [_bare(turn) for turn in posed.turns]
    return tuple(str(said.index(one)) for one in shown) if sorted(said) == sorted(shown) else None


def same_label(one: str, other: str) -> bool:
    """Whether two labels are the same words.

    >>> same_label("book_hotel", "Book hotel")
    True
    """
    return words(one) == words(other)


def agreement(one: Mapping[str, str], other: Mapping[str, str]) -> Agreement:
    """Of two states; slots and values are compared as words.

    >>> agreement({"hotel-area": "north"}, {"hotel area": "North", "hotel stars": "4"})
    Agreement(same=1, slots=2)
    """
    left, right = ({slot: words(value) for slot, value in state_words(state).items()} for state in (one, other))
    return Agreement(same=sum(right.get(slot) == value for slot, value in left.items()), slots=len(left | right))


def state_of(answer: Answer | None) -> Mapping[str, str]:
    """A state out of an answer; empty where it is none."""
    return answer if isinstance(answer, Mapping) else {}


def _order(seed: int) -> Sequence[int]:
    order = list(range(GROUP))
    rng = Random(f"order/{seed}")
    while order == sorted(order):
        rng.shuffle(order)
    return order


def _bare(turn: Turn) -> str:
    """Speaker and letters alone: a model's vocabulary may not know case or spaces."""
    return turn.speaker + re.sub(r"\W+", "", turn.text.casefold())
