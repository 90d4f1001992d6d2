"""Multi-turn representation: what was said earlier in a history, which its last utterances do not tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from engine.dialogue.model import Dialogue
from engine.probing.base import ProbeCard, Question
from engine.probing.single_turn import domains

BACK = 4
"""Turns between the state that is asked about and the last turn read: two exchanges."""


class SlotsBefore:
    """Which slots were filled two exchanges ago (state tracking asks for the values of now, in another corpus)."""

    card = ProbeCard(name="slots_before", title="slots known two exchanges ago", ability="multi_turn_representation", corpus="dstc2",
                     training="train", held_out="dev", reads="history")

    def questions(self, dialogues: Iterable[Dialogue], rng: Random) -> Iterator[Question]:
        """User turns with a user turn two exchanges before."""
        for dialogue in dialogues:
            turns = dialogue.turns
            for index in range(BACK, len(turns)):
                state = turns[index - BACK].state
                if turns[index].speaker == turns[index - BACK].speaker == "user" and state is not None:
                    label = "+".join(sorted(slot.rpartition("-")[2] for slot in state)) or "none"
                    yield Question(dialogue=dialogue.id, turns=turns[:index + 1], label=label)


class DomainBefore:
    """Which other domain was discussed last, asked where a user turn adds to the present one."""

    card = ProbeCard(name="domain_before", title="domain discussed before", ability="multi_turn_representation", corpus="multiwoz21",
                     training="tsv:train", held_out="tsv:dev", reads="history")

    def questions(self, dialogues: Iterable[Dialogue], rng: Random) -> Iterator[Question]:
        """User turns of a second or later domain."""
        for dialogue in dialogues:
            now, before = "", ""
            for index, domain in domains(dialogue.turns):
                now, before = domain, (before if domain == now else now)
                if before:
                    yield Question(dialogue=dialogue.id, turns=dialogue.turns[:index + 1], label=before)


SLOTS_BEFORE = SlotsBefore()
DOMAIN_BEFORE = DomainBefore()
