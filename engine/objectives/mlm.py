"""Masked language model: 15 % of the wordpieces, 80/10/10, drawn anew each time (Devlin et al. 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from engine.dialogue.model import Dialogue
from engine.models.batch import Batch, HeadSpec
from engine.objectives.base import Example, Form, Sources

SHARE = 0.15
MASKED, RANDOM = 0.8, 0.1


def mask(ids: Sequence[int], tokens: Any, rng: Random) -> tuple[list[int], list[int]]:
    """Mask a sequence: the changed ids and the chosen positions (at least one where any may be chosen).

    Speaker markers may be chosen, as in ToD-BERT; ``[CLS]`` and ``[SEP]`` may not.
    """
    open_to_choice = [place for place, token in enumerate(ids) if token not in tokens.special_ids]
    chosen = sorted(rng.sample(open_to_choice, max(1, round(SHARE * len(open_to_choice))) if open_to_choice else 0))
    changed = list(ids)
    for place in chosen:
        draw = rng.random()
        if draw < MASKED:
            changed[place] = tokens.mask_id
        elif draw < MASKED + RANDOM:
            changed[place] = rng.randrange(tokens.size)
    return changed, chosen


class MaskedLanguageModel:
    """Restore masked wordpieces of a whole dialogue."""

    name = "mlm"
    classes: tuple[str, ...] = ()

    def examples(self, dialogue: Dialogue, rng: Random, sources: Sources) -> Iterator[Example]:
        """The dialogue itself (masking belongs to the batch)."""
        if dialogue.turns:
            yield Example(turns=dialogue.turns)

    def collate(self, examples: Sequence[Example], form: Form, rng: Random) -> Batch:
        """Masked dialogues; the head reads the chosen positions only."""
        sequences, places, targets = [], [], []
        for row, example in enumerate(examples):
            ids, _ = form.history(example.turns)
            changed, chosen = mask(ids, form.tokens, rng)
            sequences.append(changed)
            places += [(row, place) for place in chosen]
            targets += [ids[place] for place in chosen]
        return Batch(sequences=sequences, places=places, targets=targets)

    def head(self, sources_classes: int) -> HeadSpec:
        """BERT's prediction head."""
        return HeadSpec(kind="masked_lm")


MLM = MaskedLanguageModel()
