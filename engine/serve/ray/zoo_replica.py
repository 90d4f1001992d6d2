"""What runs in a replica of the text-to-text model: answers told word by word."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from engine.serve.ray.replica import Outcome, failed
from engine.serve.shared import LazyZoo
from engine.serve.zoo.base import ZooQuestion

ALIVE_S = 0.5
"""So often at least the asking side hears something, and can end the writing."""


class Zoo:
    """One replica.

    Args:
        name: Of the model in the registry `ZOO_MODELS`; it is opened when it is first asked.
    """

    def __init__(self, name: str) -> None:
        self._model = LazyZoo(name)

    async def card(self) -> Outcome:
        """The model's card."""
        return await _outcome(asyncio.to_thread(lambda: self._model.card))

    async def prompt(self, question: ZooQuestion) -> Outcome:
        """See `ZooModel`."""
        return await _outcome(asyncio.to_thread(self._model.prompt, question))

    async def answer(self, questions: Sequence[ZooQuestion], constrained: bool) -> AsyncIterator[tuple[int, str] | Outcome | None]:
        """Place and text as answers grow, nothing now and then, the outcome last; closing this ends the writing."""
        loop, gone = asyncio.get_running_loop(), threading.Event()
        news: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue()

        def told(place: int, text: str) -> None:
            loop.call_soon_threadsafe(news.put_nowait, (place, text))

        task = asyncio.ensure_future(asyncio.to_thread(self._model.answer, questions, constrained=constrained, told=told, stop=gone.is_set))
        task.add_done_callback(lambda _: news.put_nowait(None))
        try:
            while not (task.done() and news.empty()):
                said = None
                with suppress(TimeoutError):
                    said = await asyncio.wait_for(news.get(), ALIVE_S)
                yield said
            yield await _outcome(task)
        finally:
            gone.set()


async def _outcome(work: Any) -> Outcome:
    try:
        return Outcome(answer=await work)
    except Exception as error:
        return failed(error)
