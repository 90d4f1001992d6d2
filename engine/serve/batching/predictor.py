"""A predictor in front of another: everything that computes goes through one queue, comparisons and probes that meet are read together."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from engine.dialogue.model import Dialogue
from engine.serve.asked import Comparison, Probing, Together
from engine.serve.base import Coverage, Prediction, ProbeAnswer, ProbeQuestion, Progress
from engine.serve.batching.device import answer
from engine.serve.batching.worker import Worker
from engine.serve.reasons import STEPS, Ablation, Attribution, Baseline, Seen
from engine.serve.state import Description

Found = TypeVar("Found")


class BatchingPredictor:
    """Implements `engine.serve.base.Predictor`; answers are those of ``inner``, visitors are heard in turn.

    Who asks and until when is `engine.serve.request.current`; beside the errors of the contract each call may raise QueueFullError,
    DeadlineError, Interrupted, NoMemoryError and WorkerError.

    Args:
        inner: Answers several requests at once.
        worker: Where requests queue up; None for one of its own, which ends with it.
    """

    def __init__(self, inner: Together, worker: Worker | None = None) -> None:
        self._inner, self.card = inner, inner.card
        self._worker = worker or Worker(answer)
        if worker is None:
            weakref.finalize(self, self._worker.close)

    @property
    def waiting(self) -> int:
        """Requests that nobody has begun."""
        return self._worker.waiting

    def compare(self, dialogue: Dialogue, *, variants: Sequence[str], tasks: Sequence[str],
                candidates: Sequence[str] = (), progress: Progress | None = None) -> list[Prediction]:
        """See the contract."""
        self._inner.check(variants, tasks)
        asked = Comparison(dialogue=dialogue, variants=variants, tasks=tasks, candidates=candidates)
        found: list[Prediction] = self._worker.ask(self._inner.compare_many, asked, progress, len(variants) * len(dialogue.turns), self._inner.let_go)
        return found

    def probe(self, question: ProbeQuestion, *, variants: Sequence[str]) -> list[ProbeAnswer]:
        """See the contract."""
        return self.probe_all([question], variants=variants)[0]

    def probe_all(self, questions: Sequence[ProbeQuestion], *, variants: Sequence[str], progress: Progress | None = None) -> list[list[ProbeAnswer]]:
        """See the contract."""
        self._inner.check(variants, (), [question.objective for question in questions])
        asked = Probing(questions=questions, variants=variants)
        found: list[list[ProbeAnswer]] = self._worker.ask(self._inner.probe_many, asked, progress, len(variants) * len(questions), self._inner.let_go)
        return found

    def explain(self, dialogue: Dialogue, *, variants: Sequence[str], task: str, turn: int, target: str | None = None, candidates: Sequence[str] = (),
                baseline: Baseline = "mask", steps: int = STEPS, shuffled: int | None = None, progress: Progress | None = None) -> list[Attribution]:
        """See the contract."""
        return self._alone(partial(self._inner.explain, dialogue, variants=variants, task=task, turn=turn, target=target, candidates=candidates,
                                   baseline=baseline, steps=steps, shuffled=shuffled), progress)

    def ablate(self, dialogue: Dialogue, *, variants: Sequence[str], task: str, turn: int, target: str | None = None, candidates: Sequence[str] = (),
               blank: bool = False, progress: Progress | None = None) -> list[Ablation]:
        """See the contract."""
        return self._alone(partial(self._inner.ablate, dialogue, variants=variants, task=task, turn=turn, target=target, candidates=candidates,
                                   blank=blank), progress)

    def seen(self, dialogue: Dialogue, *, variant: str, task: str, turn: int, candidates: Sequence[str] = ()) -> Seen:
        """See the contract."""
        return self._alone(lambda progress: self._inner.seen(dialogue, variant=variant, task=task, turn=turn, candidates=candidates), None)

    def coverage(self, dialogue: Dialogue) -> Coverage:
        """See the contract."""
        return self._alone(lambda progress: self._inner.coverage(dialogue), None)

    def pieces(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """See the contract; waits for nobody."""
        return self._inner.pieces(words)

    def files(self, variants: Sequence[str], tasks: Sequence[str] = (), objectives: Sequence[str] = ()) -> Mapping[str, str]:
        """See the contract; waits for nobody."""
        return self._inner.files(variants, tasks, objectives)

    def warm(self) -> None:
        """See the contract."""
        self._inner.warm()

    def describe(self) -> Description:
        """See the contract; waits for nobody."""
        return self._inner.describe()

    def close(self) -> None:
        """End the worker."""
        self._worker.close()

    def _alone(self, ask: Callable[..., Found], progress: Progress | None) -> Found:
        found: Found = self._worker.ask(None, ask, progress, let_go=self._inner.let_go)
        return found
