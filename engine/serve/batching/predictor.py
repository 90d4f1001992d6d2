"""A predictor in front of another: everything that computes goes through one queue, comparisons and probes that meet are read together."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from engine.dialogue.model import Dialogue
from engine.serve.asked import Comparison, Probing, Together
from engine.serve.base import Coverage, Prediction, ProbeAnswer, ProbeQuestion, Progress
from engine.serve.batching.ticket import Ticket
from engine.serve.batching.worker import SCARCE, Worker
from engine.serve.parts import told
from engine.serve.reasons import STEPS, Ablation, Attribution, Baseline, Seen
from engine.serve.state import Description

Found = TypeVar("Found")
COMPARE, PROBE = "compare_many", "probe_many"
"""Kinds of requests that are answered together, by the name of what answers them."""


class BatchingPredictor:
    """Implements `engine.serve.base.Predictor`; answers are those of ``inner``, visitors are heard in turn (see `Worker` for ``options``).

    Who asks and until when is `engine.serve.request.current`; beside the errors of the contract each call may raise QueueFullError,
    DeadlineError, Interrupted, NoMemoryError and WorkerError.
    """

    def __init__(self, inner: Together, **options: Any) -> None:
        self._inner, self.card = inner, inner.card
        self._worker = Worker(partial(_answer, inner), inner.let_go, **options)
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
        found: list[Prediction] = self._worker.ask(COMPARE, asked, progress, weight=len(variants) * len(dialogue.turns))
        return found

    def probe(self, question: ProbeQuestion, *, variants: Sequence[str]) -> list[ProbeAnswer]:
        """See the contract."""
        return self.probe_all([question], variants=variants)[0]

    def probe_all(self, questions: Sequence[ProbeQuestion], *, variants: Sequence[str], progress: Progress | None = None) -> list[list[ProbeAnswer]]:
        """See the contract."""
        self._inner.check(variants, (), [question.objective for question in questions])
        asked = Probing(questions=questions, variants=variants)
        found: list[list[ProbeAnswer]] = self._worker.ask(PROBE, asked, progress, weight=len(variants) * len(questions))
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
        found: Found = self._worker.ask(None, ask, progress)
        return found


def _answer(inner: Together, tickets: Sequence[Ticket]) -> None:
    """Answer what was taken from the queue; one ticket alone where it has no kind."""
    if tickets[0].kind is None:
        [ticket] = tickets
        ticket.succeed(ticket.asked(progress=ticket.tell))
        return
    for number, found in getattr(inner, tickets[0].kind)([ticket.asked for ticket in tickets], [ticket.tell for ticket in tickets]):
        if isinstance(found, Exception):
            tickets[number].fail(told(found, SCARCE))
        else:
            tickets[number].succeed(found)
