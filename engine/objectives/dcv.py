"""Dialogue coherence verification: were some utterances replaced by those of other dialogues? (paper 1, Eq. 2)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from engine.dialogue.model import Dialogue, Turn
from engine.models.batch import Batch, HeadSpec
from engine.objectives.base import Example, Form, Sources

REPLACED = 0.3
"""Share of utterances replaced in a corrupted dialogue, at least one (not published; our choice)."""
TRIES = 20


class CoherenceVerification:
    """Half of the dialogues are corrupted."""

    name = "dcv"
    classes = ("coherent", "incoherent")

    def examples(self, dialogue: Dialogue, rng: Random, sources: Sources) -> Iterator[Example]:
        """The dialogue as it is, or corrupted, with equal chance."""
        if len(dialogue.turns) < 2:
            return
        turns = corrupt(dialogue.turns, rng, sources.pool) if rng.random() < 0.5 else dialogue.turns
        yield Example(turns=turns, target=int(turns != dialogue.turns))

    def collate(self, examples: Sequence[Example], form: Form, rng: Random) -> Batch:
        """Whole dialogues; the head reads ``[CLS]``."""
        return Batch(sequences=[form.history(example.turns)[0] for example in examples],
                     places=[(row, 0) for row in range(len(examples))], targets=[example.target for example in examples])

    def head(self, sources_classes: int) -> HeadSpec:
        """Two classes."""
        return HeadSpec(kind="classifier", size=len(self.classes))


def corrupt(turns: tuple[Turn, ...], rng: Random, pool: Sequence[Dialogue]) -> tuple[Turn, ...]:
    """Replace some utterances by same-role utterances of other dialogues, never by the same words."""
    changed = list(turns)
    for place in rng.sample(range(len(turns)), max(1, round(REPLACED * len(turns)))):
        changed[place] = _stranger(turns[place], rng, pool) or turns[place]
    return tuple(changed)


def _stranger(turn: Turn, rng: Random, pool: Sequence[Dialogue]) -> Turn | None:
    for _ in range(TRIES):
        same_role = [other for other in pool[rng.randrange(len(pool))].turns
                     if other.speaker == turn.speaker and other.text.lower() != turn.text.lower()]
        if same_role:
            return rng.choice(same_role)
    return None


DCV = CoherenceVerification()
