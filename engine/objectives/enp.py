"""Entity number prediction: how many entities one utterance holds, by an extractor's count (paper 1, Eq. 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from engine.dialogue.model import Dialogue
from engine.models.batch import Batch, HeadSpec
from engine.objectives.base import Example, Form, Sources
from engine.objectives.dsp import single_utterances


class EntityNumber:
    """K classes, the last "K - 1 or more"; one utterance drawn per dialogue and step (not published; our choice)."""

    name = "enp"
    classes: tuple[str, ...] = ()

    def examples(self, dialogue: Dialogue, rng: Random, sources: Sources) -> Iterator[Example]:
        """One utterance with the class of its entity count."""
        if dialogue.turns:
            turn = rng.choice(dialogue.turns)
            yield Example(turns=(turn,), target=min(sources.count([turn.text])[0], sources.entity_classes - 1))

    def collate(self, examples: Sequence[Example], form: Form, rng: Random) -> Batch:
        """Bare utterances; the head reads ``[CLS]``."""
        return single_utterances(examples, form)

    def head(self, sources_classes: int) -> HeadSpec:
        """K classes."""
        return HeadSpec(kind="classifier", size=sources_classes)


def entity_classes(counts: Sequence[int]) -> int:
    """K: the 99th percentile of the counts, plus one (not published; our choice); at least two.

    >>> entity_classes([0] * 50 + [1] * 30 + [2] * 20)
    3
    """
    ordered = sorted(counts)
    return max(2, ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))] + 1)


ENP = EntityNumber()
