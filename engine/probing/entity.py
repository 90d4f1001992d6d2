"""Entity information: which slot a value belongs to (ENP counts entities and does not ask what they are)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from random import Random

from engine.dialogue.model import Dialogue, Turn
from engine.probing.base import ProbeCard, Question

OUTSIDE = "no value"


class SlotWords:
    """The slot of each word of a user utterance, by the state of its first wordpiece."""

    card = ProbeCard(name="slot_words", title="slot of a word", ability="entity_information", corpus="gsim", training="train", held_out="dev", reads="word")

    def questions(self, dialogues: Iterable[Dialogue], rng: Random) -> Iterator[Question]:
        """Every word; the drawing evens out the labels."""
        for dialogue in dialogues:
            for turn in dialogue.turns:
                if turn.speaker == "user" and turn.spans:
                    yield from (Question(dialogue=dialogue.id, turns=(turn,), label=label, word=place, type=word)
                                for place, (word, label) in enumerate(labelled(turn)))


def labelled(turn: Turn) -> list[tuple[str, str]]:
    """Blank-separated words, lower-cased, with the slot whose value they belong to."""
    words = [(match.group().lower(), match.start(), match.end()) for match in re.finditer(r"\S+", turn.text)]
    return [(word, next((span.label for span in turn.spans or () if start < span.end and span.start < end), OUTSIDE)) for word, start, end in words]


class SlotKind:
    """The slot of the only value in a bare utterance."""

    card = ProbeCard(name="slot_kind", title="slot of the only value", ability="entity_information", corpus="gsim", training="train", held_out="dev",
                     reads="utterance", near="enp: it counts the entities, here there is one and its kind is asked")

    def questions(self, dialogues: Iterable[Dialogue], rng: Random) -> Iterator[Question]:
        """Turns of either speaker with one marked value."""
        for dialogue in dialogues:
            for turn in dialogue.turns:
                if turn.spans is not None and len(turn.spans) == 1:
                    yield Question(dialogue=dialogue.id, turns=(turn,), label=turn.spans[0].label)


SLOT_WORDS = SlotWords()
SLOT_KIND = SlotKind()
