"""A text-to-text model whose answers are written in the queue where everything else of the device waits (no torch here)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import copy_context

from engine.serve.base import Progress
from engine.serve.batching.worker import Worker
from engine.serve.zoo.base import Told, ZooAnswer, ZooCard, ZooModel, ZooQuestion
from engine.zoo.prompt import Prompt


class QueuedZoo:
    """Implements `ZooModel`; who asks and until when is `engine.serve.request.current`, errors beside the contract's are those of `Worker.ask`.

    Args:
        inner: Writes.
        worker: Where requests queue up.
        let_go: Called when the writing hangs.
    """

    def __init__(self, inner: ZooModel, worker: Worker, let_go: Callable[[], None]) -> None:
        self._inner, self._worker, self._let_go = inner, worker, let_go

    @property
    def card(self) -> ZooCard:
        """About the model."""
        return self._inner.card

    def prompt(self, question: ZooQuestion) -> Prompt:
        """See `ZooModel`; waits for nobody."""
        return self._inner.prompt(question)

    def answer(self, questions: Sequence[ZooQuestion], *, constrained: bool = True, told: Told | None = None,
               stop: Callable[[], bool] = lambda: False) -> list[ZooAnswer]:
        """See `ZooModel`; ``told`` is called in the thread that asks, ``stop`` in another, with the asking one's context."""
        context = copy_context()

        def write(progress: Progress) -> list[ZooAnswer]:
            def stopped() -> bool:
                progress(0.0, "")  # a sign of life, which ends the writing where nobody waits any more; beams tell nothing for long
                return stop()

            return context.run(self._inner.answer, questions, constrained=constrained, told=progress if told else None, stop=stopped)

        def hear(place: float, text: str) -> None:
            if told and text:
                told(int(place), text)

        found: list[ZooAnswer] = self._worker.ask(None, write, hear if told else None, let_go=self._let_go)
        return found
