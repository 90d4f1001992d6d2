"""Model work of a request in a thread: what it tells on the way, its end, its deadline, and the client that goes away."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import suppress
from typing import Any, Generic, TypeVar

import anyio
from fastapi import Request

from engine.errors import DeadlineError, DialAtlasError, Interrupted, QueueFullError
from engine.serve.http.settings import Settings
from engine.serve.problems import UNEXPECTED, Problem, problem_of
from engine.serve.request import asking, current
from engine.serve.wire import PROBLEM, SECONDS

LOG = logging.getLogger("dialatlas")
Found = TypeVar("Found")
Tell = Callable[[Hashable, dict[str, Any]], None]
"""Notes what there is to tell under a key; a client that reads slowly gets of each key only what came last."""
GRACE_S = 5.0
"""After its deadline, work that nobody can stop is left to itself."""
ALIVE_S = 10.0
"""So often a stream sends an empty line at least."""


class Crew:
    """Threads for model work: a bounded number, apart from those that serve files."""

    def __init__(self, size: int) -> None:
        self.size, self.busy = size, 0
        self._limiter = anyio.CapacityLimiter(size)
        self._lock = threading.Lock()

    def take(self) -> Callable[[], None]:
        """A place for one request; what is returned gives it back, once, however often it is called.

        Raises:
            QueueFullError: There is none.
        """
        with self._lock:
            if self.busy >= self.size:
                raise QueueFullError(self.busy, 2.0)
            self.busy += 1
        first = threading.Lock()

        def leave() -> None:
            if first.acquire(blocking=False):
                with self._lock:
                    self.busy -= 1

        return leave

    async def run(self, work: Callable[[], Found]) -> Found:
        """In a thread; being cancelled, this does not wait for it."""
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=self._limiter)


class Job(Generic[Found]):
    """One request's work, begun at once (raises as `Crew.take`)."""

    def __init__(self, crew: Crew, work: Callable[[Tell], Found], *, visitor: str, seconds: float) -> None:
        self._work, self._visitor, self._seconds = work, visitor, seconds
        self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()
        self._told: dict[Hashable, dict[str, Any]] = {}
        self.gone = threading.Event()
        """Set when nobody wants the answer any more."""
        self._leave = crew.take()
        self._begun = False
        self._task = asyncio.ensure_future(asyncio.wait_for(crew.run(self._in_thread), seconds + GRACE_S))
        self._task.add_done_callback(self._ended)

    def _in_thread(self) -> Found:
        self._begun = True
        try:
            with asking(self._visitor, seconds=self._seconds, unwanted=self.gone.is_set):
                return self._work(self._tell)
        finally:
            self._leave()  # when the thread is done, not when its client has gone

    def _ended(self, task: asyncio.Future[Found]) -> None:
        if not self._begun:  # cancelled before it had a thread
            self._leave()
        if not task.cancelled():
            task.exception()  # looked at: `result` need not be called by anybody
        self._news.set()

    def _tell(self, key: Hashable, message: dict[str, Any]) -> None:
        check_wanted()
        self._loop.call_soon_threadsafe(self._note, key, message)

    def _note(self, key: Hashable, message: dict[str, Any]) -> None:
        self._told[key] = message
        self._news.set()

    async def result(self, request: Request) -> Found:
        """What the work gives; ends it when the client goes."""
        watch = asyncio.ensure_future(self._watch(request))
        try:
            return await self.outcome()
        finally:
            watch.cancel()

    async def outcome(self) -> Found:
        """What the work gives; being cancelled, this ends it."""
        try:
            return await self._task
        except TimeoutError:
            raise late() from None
        finally:
            self.gone.set()

    async def _watch(self, request: Request) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self.gone.set()

    async def lines(self, plain: Callable[[Found], Any]) -> AsyncIterator[bytes]:
        """Everything told as lines of JSON, then the result or the problem; closing this ends the work."""
        try:
            while not self._task.done():
                self._news.clear()
                if not self._told:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._news.wait(), ALIVE_S)
                news, self._told = self._told, {}
                yield b"".join(map(_line, news.values())) or b"\n"
            yield b"".join(map(_line, self._told.values())) + self._last(plain)
        finally:
            self.gone.set()

    def _last(self, plain: Callable[[Found], Any]) -> bytes:
        try:
            return _line({"result": plain(self._task.result())})
        except Exception as error:
            return _line({"problem": PROBLEM.dump_python(as_problem(error)[1], mode="json")})


def check_wanted() -> None:
    """Ends work that is wanted no more, wherever it tells how far it is.

    Raises:
        Interrupted: The client has gone.
        DeadlineError: The deadline has passed.
    """
    if current().unwanted():
        raise Interrupted("the client has gone")
    left = current().seconds_left
    if left is not None and left < 0:
        raise late()


def late() -> DeadlineError:
    """The error of an answer that took too long."""
    return DeadlineError("the answer was not there in time", remedy="ask for less at once, or try again when fewer people ask")


def as_problem(error: Exception) -> tuple[int, Problem]:
    """Any failure as status and JSON; one of no class of ours goes to the log under an id."""
    if isinstance(error, TimeoutError):
        error = late()
    if isinstance(error, DialAtlasError):
        return problem_of(error)
    mark = uuid.uuid4().hex[:8]
    LOG.error("request failed, id %s", mark, exc_info=error)
    return 500, Problem(code=UNEXPECTED, sentence=f"something went wrong on our side, the server's log holds the details under id {mark}; try again.",
                        remedy="try again", details={"id": mark})


def seconds_of(request: Request, settings: Settings) -> float:
    """Until the client's deadline; what is no number is passed over for the default."""
    try:
        asked = float(request.headers.get(SECONDS, settings.seconds))
    except ValueError:
        return settings.seconds
    return min(max(asked, 0.001), settings.most_seconds) if asked == asked else settings.seconds


def _line(message: dict[str, Any]) -> bytes:
    return (json.dumps(message, ensure_ascii=False, allow_nan=False) + "\n").encode()
