"""What runs in a replica of the predictor: variants held as Ray hands them out, requests for one variant that meet read together."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ray import serve

from engine.errors import DialAtlasError
from engine.serve.asked import Comparison, Probing
from engine.serve.base import Progress
from engine.serve.batching.worker import SCARCE
from engine.serve.parts import told
from engine.serve.problems import Problem, problem_of
from engine.serve.ray.inner import Inner
from engine.serve.request import Request
from engine.serve.state import Description
from engine.serve.wire import METHODS

TOGETHER = 32
"""Requests for one variant that are read together, at most."""
WINDOW_S = 0.005
"""How long a request may wait for others."""
HANGS_S = 900.0
"""Work older than this, longer than any client waits, hangs: Ray replaces the replica."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """An answer, or what went wrong; errors travel as they do over HTTP, since they are rebuilt from their JSON and not from code."""

    answer: Any = None
    problem: Problem | None = None


def failed(error: Exception) -> Outcome:
    """The outcome of an error of ours; others are raised."""
    said = told(error, SCARCE)
    if not isinstance(said, DialAtlasError):
        raise error
    return Outcome(problem=problem_of(said)[1])


class Held:
    """A variant that this replica holds; when Ray drops it for another, its parts go."""

    def __init__(self, inner: Inner, variant: str) -> None:
        self._forget: list[Callable[[], None]] = [lambda: inner.forget(variant)]

    def __del__(self) -> None:
        """Called by Ray, and once more by Python."""
        while self._forget:
            self._forget.pop()()


class Variants:
    """One replica.

    Args:
        opening: Opens its predictor when it is first asked; an opening that failed is told, and tried again.
        held: Variants that it holds at once, at most.
    """

    def __init__(self, opening: Callable[[], Inner], held: int) -> None:
        async def hold(variant: str) -> Held:
            return Held(await self._opened(), variant)

        self._hold = serve.multiplexed(max_num_models_per_replica=held)(hold)
        self._opening, self._inner, self._lock = opening, list[Inner](), threading.Lock()
        self._loading = 0
        self._begun: dict[object, float] = {}

    async def _opened(self) -> Inner:
        return self._inner[0] if self._inner else await asyncio.to_thread(self._open)

    def _open(self) -> Inner:
        with self._lock:
            if not self._inner:
                self._inner.append(self._opening())
            return self._inner[0]

    async def card(self) -> Outcome:
        """The predictor's card."""
        try:
            return Outcome(answer=(await self._opened()).card)
        except Exception as error:
            return failed(error)

    async def describe(self) -> Description:
        """This replica's own description; waits for nobody."""
        described = (await self._opened()).describe()
        return replace(described, warming=self._loading > 0)

    async def load(self) -> None:
        """Load all of the variant that the request is routed by."""
        self._loading += 1
        try:
            variant = serve.get_multiplexed_model_id()
            await self._hold(variant)
            await asyncio.to_thread((await self._opened()).load, variant)
        finally:
            self._loading -= 1

    async def ask(self, method: str, arguments: Mapping[str, Any], seconds: float | None) -> Outcome:
        """One method of `Predictor`, for the variant that the request is routed by; being cancelled, this ends its work.

        Args:
            method: Its name.
            arguments: Its arguments; of ``compare`` and ``probe_all`` in ``asked``, as `Together` takes them.
            seconds: To the deadline.
        """
        gone = threading.Event()
        request = Request(deadline=None if seconds is None else time.monotonic() + seconds, unwanted=gone.is_set)
        try:
            await self._hold(serve.get_multiplexed_model_id())
            found = await self._answer(method, arguments, request)
            return failed(found) if isinstance(found, Exception) else Outcome(answer=found)
        except Exception as error:
            return failed(error)
        finally:
            gone.set()

    async def _answer(self, method: str, arguments: Mapping[str, Any], request: Request) -> Any:
        if method == "compare":
            return await self._compare((arguments["asked"], request))
        if method == "probe_all":
            return await self._probe((arguments["asked"], request))
        call = getattr(await self._opened(), method)
        tells = {"progress": _check(request)} if METHODS[method].tells else {}
        with self._at_work():
            return await asyncio.to_thread(call, **arguments, **tells)

    @serve.batch(max_batch_size=TOGETHER, batch_wait_timeout_s=WINDOW_S)
    async def _compare(self, asked: list[tuple[Comparison, Request]]) -> list[Any]:
        return await self._together((await self._opened()).compare_many, asked)

    @serve.batch(max_batch_size=TOGETHER, batch_wait_timeout_s=WINDOW_S)
    async def _probe(self, asked: list[tuple[Probing, Request]]) -> list[Any]:
        return await self._together((await self._opened()).probe_many, asked)

    async def _together(self, answer: Callable[[Sequence[Any], Sequence[Progress]], Iterator[tuple[int, Any]]], asked: list[tuple[Any, Request]]) -> list[Any]:
        """Answers, or what each request raised, in the order in which they were asked."""
        with self._at_work():
            found = await asyncio.to_thread(lambda: dict(answer([one for one, _ in asked], [_check(request) for _, request in asked])))
        return [found[number] for number in range(len(asked))]

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        mark = object()
        self._begun[mark] = time.monotonic()
        try:
            yield
        finally:
            del self._begun[mark]

    async def check_health(self) -> None:
        """Asked by Ray now and then.

        Raises:
            RuntimeError: A computation hangs, which nobody can stop from outside.
        """
        if self._begun and time.monotonic() - min(self._begun.values()) > HANGS_S:
            raise RuntimeError("a computation hangs")


def _check(request: Request) -> Progress:
    """Told how far the work is, ends it where nobody waits for it any more."""
    return lambda share, words: request.check()
