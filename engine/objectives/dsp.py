"""Dialogue speaker prediction: user or system, from one utterance without its marker (paper 1, Eq. 1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from engine.dialogue.model import Dialogue
from engine.models.batch import Batch, HeadSpec
from engine.objectives.base import Example, Form, Sources


class SpeakerPrediction:
    """Balanced by nature; one utterance drawn per dialogue and step (not published; our choice)."""

    name = "dsp"
    classes = ("user", "system")

    def examples(self, dialogue: Dialogue, rng: Random, sources: Sources) -> Iterator[Example]:
        """One utterance with its speaker."""
        if dialogue.turns:
            turn = rng.choice(dialogue.turns)
            yield Example(turns=(turn,), target=self.classes.index(turn.speaker))

    def collate(self, examples: Sequence[Example], form: Form, rng: Random) -> Batch:
        """Bare utterances; the head reads ``[CLS]``."""
        return single_utterances(examples, form)

    def head(self, sources_classes: int) -> HeadSpec:
        """Two classes."""
        return HeadSpec(kind="classifier", size=len(self.classes))


def single_utterances(examples: Sequence[Example], form: Form) -> Batch:
    """A batch of single-turn classification."""
    return Batch(sequences=[form.utterance(example.turns[0]) for example in examples],
                 places=[(row, 0) for row in range(len(examples))], targets=[example.target for example in examples])


DSP = SpeakerPrediction()
