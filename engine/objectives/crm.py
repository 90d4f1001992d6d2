"""Context response matching: ToD-BERT's response contrastive loss (Wu et al. 2020; paper 1, section 3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from engine.dialogue.model import Dialogue
from engine.models.batch import Batch, HeadSpec
from engine.objectives.base import Example, Form, Sources
from engine.objectives.mlm import mask

RESPONSE_TOKENS = 150
"""Longest response in further pre-training."""


class ContextResponseMatching:
    """A system turn drawn at random is the response, all before it the (MLM-masked) context; negatives from the batch.

    Dot product of raw last-layer ``[CLS]`` states, no temperature (not published in paper 1; ToD-BERT's choice).
    """

    name = "crm"
    classes: tuple[str, ...] = ()

    def examples(self, dialogue: Dialogue, rng: Random, sources: Sources) -> Iterator[Example]:
        """One context with its true continuation."""
        places = [place for place, turn in enumerate(dialogue.turns) if place and turn.speaker == "system" and turn.text.strip()]
        if places:
            place = rng.choice(places)
            yield Example(turns=dialogue.turns[:place], response=dialogue.turns[place])

    def collate(self, examples: Sequence[Example], form: Form, rng: Random) -> Batch:
        """Contexts, then responses; the head reads every ``[CLS]``."""
        contexts = [mask(form.history(example.turns)[0], form.tokens, rng)[0] for example in examples]
        responses = [form.utterance(example.response, RESPONSE_TOKENS) for example in examples if example.response]
        return Batch(sequences=contexts + responses, places=[(row, 0) for row in range(2 * len(examples))], targets=list(range(len(examples))))

    def head(self, sources_classes: int) -> HeadSpec:
        """Siamese, without weights of its own."""
        return HeadSpec(kind="siamese", options={"similarity": "dot"})


CRM = ContextResponseMatching()
