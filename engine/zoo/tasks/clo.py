"""CLO: masked entities are put back where they stood (paper 2, section 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from engine.dialogue.model import Span, Turn
from engine.zoo.base import Sample, ZooTask
from engine.zoo.escape import MASK, tidy
from engine.zoo.knowledge import Description
from engine.zoo.outputs import CONVERSATION

CLO = ZooTask(
    name="clo", title="Cloze", content="multiple turns", knowledge="semi-structured description", output=CONVERSATION, metric="exact_match",
    supervised=False, longest=200, definition="Put the entities back where they are masked.")


def masked(turns: Sequence[Turn], spans: Sequence[Sequence[Span]], rng: Random, *, dataset: str, id: str, split: str) -> Sample | None:
    """A sample with every entity masked and the set of entities as knowledge, in a random order; None where there is no entity.

    Args:
        turns: A dialogue, or a single utterance.
        spans: The entities of each turn, left to right, without overlap (`engine.entities`).
        rng: Draws the order of the entities.
        dataset: Where the dialogue is from.
        id: Stable name of the sample.
        split: Of the dialogue.
    """
    bare = tuple(Turn(speaker=turn.speaker, text=turn.text) for turn in turns)
    found = {tidy(turn.text[span.start:span.end]) for turn, mine in zip(turns, spans, strict=True) for span in mine} - {""}
    if not found:
        return None
    entities = sorted(found)
    rng.shuffle(entities)
    hidden = tuple(Turn(speaker=turn.speaker, text=_hidden(turn.text, mine)) for turn, mine in zip(turns, spans, strict=True))
    return Sample(task="clo", dataset=dataset, id=id, split=split, turns=hidden, answer=bare,
                  knowledge=Description(tuple((entity, "") for entity in entities)))


def _hidden(text: str, spans: Sequence[Span]) -> str:
    for span in reversed(spans):
        text = f"{text[:span.start]} {MASK} {text[span.end:]}"
    return tidy(text)
