"""Dialogue utterance reordering: ListNet over the marker states of shuffled utterances (paper 1, Eq. 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from engine.dialogue.model import Dialogue
from engine.models.batch import Batch, HeadSpec
from engine.objectives.base import Example, Form, Sources

GROUP = 3
"""Consecutive utterances shuffled (the paper's example has three; our choice everywhere)."""
REACH = 6
"""The group lies within the last so many turns of the shown dialogue, so that truncation keeps it (our choice)."""


class UtteranceReordering:
    """Shuffle consecutive utterances (never into their own order) and predict the true rank of each."""

    name = "dur"
    classes: tuple[str, ...] = ()

    def examples(self, dialogue: Dialogue, rng: Random, sources: Sources) -> Iterator[Example]:
        """The dialogue, cut at a random end, with one shuffled group."""
        if len(dialogue.turns) < GROUP:
            return
        end = rng.randint(GROUP, len(dialogue.turns))
        start = rng.randint(max(0, end - REACH), end - GROUP)
        order = list(range(GROUP))
        while order == sorted(order):
            rng.shuffle(order)
        members = [dialogue.turns[start + rank] for rank in order]
        yield Example(turns=(*dialogue.turns[:start], *members, *dialogue.turns[start + GROUP:end]), target=tuple(order),
                      group=tuple(range(start, start + GROUP)))

    def collate(self, examples: Sequence[Example], form: Form, rng: Random) -> Batch:
        """Shuffled dialogues; the head reads the group's marker states. A group that truncation cut is left out."""
        sequences: list[list[int]] = []
        places: list[tuple[int, int]] = []
        targets: list[int] = []
        for example in examples:
            ids, markers = form.history(example.turns)
            group = [markers[member] for member in example.group]
            if None not in group:
                places += [(len(sequences), place) for place in group if place is not None]
                targets += list(example.target)
                sequences.append(ids)
        return Batch(sequences=sequences, places=places, targets=targets)

    def head(self, sources_classes: int) -> HeadSpec:
        """A feed-forward score per utterance."""
        return HeadSpec(kind="rank", options={"group": GROUP})


DUR = UtteranceReordering()
