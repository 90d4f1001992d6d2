"""The answers to one dialogue in little memory: equal answers are one object, confidences and judgements are arrays (no torch).

Shapes: V variants, P questions (a turn and a task each).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.dialogue.model import Dialogue
from engine.results.verdicts import ROWS
from engine.serve.base import Answer, Prediction
from engine.serve.judged import confidence, judged, parts, same


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One dialogue with every variant's answers."""

    dialogue: Dialogue
    variants: tuple[str, ...]
    places: tuple[tuple[int, str], ...]
    """Turn index and task of each question."""
    gold: tuple[Answer | None, ...]
    answers: tuple[tuple[Answer, ...], ...]
    """V x P."""
    confidence_VP: NDArray[np.float32]
    """NaN where nothing is claimed."""
    judged_VP3: NDArray[np.int16]
    """Right (1 or 0), right parts, parts; -1 where no gold judges."""

    def predictions(self) -> list[Prediction]:
        """The answers in the predictor's form; of the scores only the answer's own confidence is left."""
        return [Prediction(variant=name, task=task, turn=turn, answer=answer, gold=gold, scores=_scores(answer, float(sure)))
                for name, answers, row in zip(self.variants, self.answers, self.confidence_VP, strict=True)
                for (turn, task), answer, gold, sure in zip(self.places, answers, self.gold, row, strict=True)]

    def rows(self, baseline: str, number: int) -> pd.DataFrame:
        """One row per variant and question (`engine.results.verdicts.ROWS`), this dialogue being ``number``."""
        standard = self.answers[self.variants.index(baseline)]
        right, hits, of = np.moveaxis(self.judged_VP3.astype(float), 2, 0)
        return pd.DataFrame({
            "dialogue": number, "turn": [turn for turn, _ in self.places] * len(self.variants),
            "task": [task for _, task in self.places] * len(self.variants), "variant": np.repeat(self.variants, len(self.places)),
            "differs": [not same(one, base) for answers in self.answers for one, base in zip(answers, standard, strict=True)],
            "right": np.where(right < 0, np.nan, right).ravel(), "hits": np.where(right < 0, 0, hits).ravel(),
            "of": np.where(right < 0, 0, of).ravel()}, columns=ROWS)


class Shelf:
    """Makes answers compact; what was said before is kept once."""

    def __init__(self, labels: Mapping[str, Sequence[str]]) -> None:
        self._labels = labels
        self._known: dict[Any, Answer] = {}

    def keep(self, dialogue: Dialogue, variants: Sequence[str], found: Sequence[Prediction]) -> Answered:
        """The compact form of all answers of ``variants`` to one dialogue."""
        by: dict[str, list[int]] = {name: [] for name in variants}
        for place, one in enumerate(found):
            by[one.variant].append(place)
        shape = len(variants), len(found) // max(1, len(variants))
        flat = [place for name in variants for place in by[name]]
        first = [found[place] for place in flat[:shape[1]]]
        verdicts = judged(found, self._labels)
        marks = [(-1, 0, 0) if (verdict := verdicts[place]) is None else (verdict.right, verdict.hits, verdict.of) for place in flat]
        sure = [np.nan if (share := confidence(found[place])) is None else share for place in flat]
        return Answered(
            dialogue=dialogue, variants=tuple(variants), places=tuple((one.turn, one.task) for one in first),
            gold=tuple(None if one.gold is None else self._once(one.gold) for one in first),
            answers=tuple(tuple(self._once(found[place].answer) for place in by[name]) for name in variants),
            confidence_VP=np.array(sure, np.float32).reshape(shape), judged_VP3=np.array(marks, np.int16).reshape(*shape, 3))

    def _once(self, answer: Answer) -> Answer:
        key = ("state", *sorted(answer.items())) if isinstance(answer, Mapping) else (type(answer), answer)
        return self._known.setdefault(key, answer)


def _scores(answer: Answer, sure: float) -> dict[str, float]:
    return {} if np.isnan(sure) else dict.fromkeys(parts(answer), sure)
