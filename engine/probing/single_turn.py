"""Single-turn representation: what one utterance says, read without its marker and without its dialogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from engine.dialogue.model import Dialogue, Turn
from engine.probing.base import ProbeCard, Question


class UserAct:
    """The act of a user utterance that carries exactly one (dialogue act prediction asks about system turns only)."""

    card = ProbeCard(name="user_act", title="act of a user utterance", ability="single_turn_representation", corpus="dstc2",
                     training="train", held_out="dev", reads="utterance")

    def questions(self, dialogues: Iterable[Dialogue], rng: Random) -> Iterator[Question]:
        """User turns with one kind of act."""
        for dialogue in dialogues:
            for turn in dialogue.turns:
                acts = {act.name for act in turn.acts or ()}
                if turn.speaker == "user" and len(acts) == 1 and turn.text.strip():
                    yield Question(dialogue=dialogue.id, turns=(turn,), label=acts.pop())


class UtteranceDomain:
    """The one domain whose slots a user utterance fills or changes."""

    card = ProbeCard(name="utterance_domain", title="domain of a user utterance", ability="single_turn_representation", corpus="multiwoz21",
                     training="tsv:train", held_out="tsv:dev", reads="utterance")

    def questions(self, dialogues: Iterable[Dialogue], rng: Random) -> Iterator[Question]:
        """User turns that change the state of one domain."""
        for dialogue in dialogues:
            for index, domain in domains(dialogue.turns):
                turn = dialogue.turns[index]
                yield Question(dialogue=dialogue.id, turns=(turn,), label=domain)


def domains(turns: tuple[Turn, ...]) -> Iterator[tuple[int, str]]:
    """User turns that fill or change slots of exactly one domain, with that domain."""
    known: dict[str, str] = {}
    for index, turn in enumerate(turns):
        if turn.speaker == "user" and turn.state is not None:
            changed = {slot.partition("-")[0] for slot, value in turn.state.items() if known.get(slot) != value}
            known = dict(turn.state)
            if len(changed) == 1 and turn.text.strip():
                yield index, changed.pop()


USER_ACT = UserAct()
UTTERANCE_DOMAIN = UtteranceDomain()
