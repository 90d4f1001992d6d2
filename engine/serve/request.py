"""Who asks, until when, and whether the answer is still wanted: set by whoever takes a request in, read by whatever queues it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from engine.errors import DeadlineError, Interrupted
from engine.fingerprint import fingerprint


def _still_wanted() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Request:
    """Travels beside a predictor's arguments, so that its contract stays about dialogues."""

    visitor: str = ""
    """Whom the queue is fair to: a page's session, an API token or address, a phone; empty for work of the machine's own."""
    deadline: float | None = None
    """On `time.monotonic`'s clock; None where the request may wait for ever."""
    unwanted: Callable[[], bool] = _still_wanted
    """Whether the visitor has gone or cancelled."""

    @property
    def seconds_left(self) -> float | None:
        """Until the deadline; negative after it."""
        return None if self.deadline is None else self.deadline - time.monotonic()

    def check(self) -> None:
        """Whether the answer is still wanted.

        Raises:
            DeadlineError: The request's time is over.
            Interrupted: The visitor has gone.
        """
        left = self.seconds_left
        if left is not None and left <= 0:
            raise DeadlineError("the answer did not come in time", remedy="try again, with fewer variants or a shorter dialogue")
        if self.unwanted():
            raise Interrupted("the request was cancelled", remedy="ask again if you still want the answer")


NOBODY = Request()
"""Work of the machine's own."""
_CURRENT: ContextVar[Request] = ContextVar("request", default=NOBODY)


def current() -> Request:
    """The request that this thread or task works for."""
    return _CURRENT.get()


@contextmanager
def asking(visitor: str = "", *, seconds: float | None = None, unwanted: Callable[[], bool] = _still_wanted) -> Iterator[Request]:
    """Everything asked inside is asked for this visitor.

    Args:
        visitor: See `Request`.
        seconds: From now to the deadline.
        unwanted: See `Request`.
    """
    request = Request(visitor=visitor, deadline=None if seconds is None else time.monotonic() + seconds, unwanted=unwanted)
    token = _CURRENT.set(request)
    try:
        yield request
    finally:
        _CURRENT.reset(token)


def named(kind: str, secret: str) -> str:
    """A visitor's name that does not give away what it is made from, e.g. a browser session.

    >>> named("page", "x")
    'page cd65ea2c2ad9'
    """
    return f"{kind} {fingerprint([secret])}"
