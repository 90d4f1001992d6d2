"""Response selection: which of 100 candidate responses follows the history (paper 1, section 4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from engine.dialogue.model import Dialogue, Turn
from engine.tasks.base import Answer, DownstreamTask, Example, Labels, Ontology, TaskCard
from engine.tasks.metrics import Batch, ranking_scores
from engine.tasks.outcomes import ranking_outcomes, ranks

VIEWS = {"multiwoz21": "tsv", "dstc2": "derived"}
"""Corpora whose three splits have the same text form only in a view."""


class ResponseSelection(DownstreamTask):
    """Which response a system turn gives."""

    card = TaskCard(
        name="response_selection",
        title="Response selection",
        structure="siamese",
        abilities=("coherence",),
        corpora=("multiwoz21", "dstc2", "gsim"),
        protocols=("paper", "released"),
        headline="r100_at_1",
        metrics=("r100_at_1", "r100_at_3", "r100_at_1_dedup", "r100_at_3_dedup"),
        notes=(
            "`paper` compares by cosine (Eq. 7), `released` by the dot product of the pooler's output (ToD-BERT's code); the rows are the same.",
            "System turns with an empty text or without a history are left out.",
            "As released, an identical response elsewhere in the batch is an error; the _dedup metrics count it as right.",
        ),
    )

    def sources(self, corpus: str, split: str, protocol: str) -> str:
        """One text form for all three splits."""
        return f"{VIEWS[corpus]}:{split}" if corpus in VIEWS else split

    def reads(self, dialogue: Dialogue, index: int, protocol: str) -> tuple[Turn, ...] | None:
        """What precedes the system turn."""
        return dialogue.turns[:index] or None if dialogue.turns[index].speaker == "system" else None

    def gold(self, dialogue: Dialogue, index: int) -> str | None:
        """The system turn's text, where it has one."""
        turn = dialogue.turns[index]
        return turn.text.strip() or None if turn.speaker == "system" else None

    def example(self, dialogue: Dialogue, index: int, turns: tuple[Turn, ...], gold: Answer) -> Example:
        """One history with the response that follows it."""
        return replace(super().example(dialogue, index, turns, gold), response=str(gold))

    def labels(self, examples: Iterable[Example], ontology: Ontology | None = None) -> Labels:
        """None: a siamese head compares vectors."""
        return Labels(names=())

    def score(self, right: Sequence[str], guessed: Sequence[tuple[Batch, NDArray[Any]]], labels: Labels) -> dict[str, float]:
        """R100@1 and R100@3.

        Args:
            right: The response of every example, in order.
            guessed: Each of `metrics.batches` (of one or more seeds) with its rows x columns similarities.
            labels: Not needed.
        """
        return ranking_scores(right, guessed)

    def outcomes(self, right: Sequence[str], guessed: Sequence[tuple[Batch, NDArray[Any]]], labels: Labels) -> pd.DataFrame:
        """In how many of its batches a row's response was among the best."""
        return ranking_outcomes(right, guessed)

    def per_example(self, guessed: Sequence[tuple[Batch, NDArray[Any]]]) -> Sequence[Any]:
        """The rank of a row's response in each of its batches; 0 is the best."""
        return ranks(guessed)


RESPONSE_SELECTION = ResponseSelection()
