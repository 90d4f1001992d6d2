"""Intent recognition: one user utterance, one of 151 classes, ``oos`` among them (paper 1, section 4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from engine.dialogue.model import Dialogue, Turn
from engine.tasks.base import DownstreamTask, Example, Labels, Ontology, TaskCard
from engine.tasks.metrics import intent_scores
from engine.tasks.outcomes import intent_outcomes


class Intent(DownstreamTask):
    """Which intent a user utterance has."""

    card = TaskCard(
        name="intent",
        title="Intent recognition",
        structure="single_turn_classifier",
        abilities=("single_turn_representation", "entity_information"),
        corpora=("oos",),
        protocols=("default",),
        headline="acc_all",
        metrics=("acc_all", "acc_in", "acc_out", "recall_out"),
    )

    def reads(self, dialogue: Dialogue, index: int, protocol: str) -> tuple[Turn, ...] | None:
        """The user utterance alone."""
        turn = dialogue.turns[index]
        return (turn,) if turn.speaker == "user" else None

    def gold(self, dialogue: Dialogue, index: int) -> str | None:
        """The user turn's intent."""
        turn = dialogue.turns[index]
        return turn.intent if turn.speaker == "user" else None

    def labels(self, examples: Iterable[Example], ontology: Ontology | None = None) -> Labels:
        """Every intent in ``examples``, sorted."""
        return Labels(names=tuple(sorted({example.target for example in examples})))

    def score(self, right: Sequence[str], guessed: Sequence[str], labels: Labels) -> dict[str, float]:
        """Accuracy over all rows, in-scope rows, and out-of-scope against the rest; recall of out-of-scope."""
        return intent_scores(right, guessed)

    def outcomes(self, right: Sequence[str], guessed: Sequence[str], labels: Labels) -> pd.DataFrame:
        """Whether a row is right, and whether it is rightly in or out of scope."""
        return intent_outcomes(right, guessed)


INTENT = Intent()
