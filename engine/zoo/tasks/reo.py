"""REO: turns in a random order are put back into theirs (paper 2, section 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from engine.dialogue.model import Turn
from engine.zoo.base import Sample, ZooTask
from engine.zoo.outputs import CONVERSATION

REO = ZooTask(
    name="reo", title="Reordering", content="multiple turns", knowledge="none", output=CONVERSATION, metric="exact_match", supervised=False,
    longest=200,
    definition="Put the utterances into their right order.")


def shuffled(turns: Sequence[Turn], rng: Random, *, dataset: str, id: str, split: str) -> Sample | None:
    """A sample with the turns in another order; None where no order looks different.

    Args:
        turns: A dialogue, in its order.
        rng: Draws the order; drawn again until it differs (not published; our choice).
        dataset: Where the dialogue is from.
        id: Stable name of the sample.
        split: Of the dialogue.
    """
    bare = tuple(Turn(speaker=turn.speaker, text=turn.text) for turn in turns)
    if len(set(bare)) < 2:
        return None
    mixed = list(bare)
    while tuple(mixed) == bare:
        rng.shuffle(mixed)
    return Sample(task="reo", dataset=dataset, id=id, split=split, turns=tuple(mixed), answer=bare)
