"""One request between the thread that asks and the thread that computes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from engine.errors import Interrupted
from engine.serve.base import Progress
from engine.serve.request import NOBODY, Request

LOOK_S = 0.1
"""How often a waiting thread looks whether its request is still wanted."""
TEND_S = 1.0
"""How often a waiting thread looks after the worker."""


class Ticket:
    """A request with its outcome.

    Args:
        kind: Requests of equal kinds can be answered together; None for one that is answered alone.
        asked: What the worker does with it is the worker's affair.
        request: Who asks, and until when.
        weight: About how much work it is.
    """

    def __init__(self, kind: Any, asked: Any, request: Request = NOBODY, weight: int = 1) -> None:
        self.kind, self.asked, self.request, self.weight = kind, asked, request, weight
        self.since = time.monotonic()
        self.dropped = False
        """Nobody waits for the outcome any more."""
        self.sign: Callable[[], None] = lambda: None
        """Called at each sign of life of the computation."""
        self.let_go: Callable[[], None] = lambda: None
        """Called where the computation hangs."""
        self._listens = False
        self._told: list[tuple[float, str]] = []
        self._outcome: list[Any] = []
        self._failed = False
        self._changed = threading.Condition()

    # The worker's side

    def tell(self, share: float, words: str) -> None:
        """Progress, for the asking thread; raises where the answer is not wanted any more, which ends the work."""
        self.sign()
        if self.dropped:
            raise Interrupted("nobody waits for this answer any more")
        self.check()
        if self._listens:
            with self._changed:
                self._told.append((share, words))
                self._changed.notify()

    def wanted(self) -> bool:
        """Whether somebody still waits for the answer; if not, that is the outcome."""
        try:
            self.check()
        except Exception as error:
            self.fail(error)
        return not self.done

    def succeed(self, answer: Any) -> None:
        """The answer; the first outcome counts."""
        self._end(answer, failed=False)

    def fail(self, error: BaseException) -> None:
        """What went wrong; the first outcome counts."""
        self._end(error, failed=True)

    def _end(self, outcome: Any, failed: bool) -> None:
        with self._changed:
            if not self._outcome:
                self._outcome, self._failed = [outcome], failed
            self._changed.notify()

    @property
    def done(self) -> bool:
        """Whether there is an outcome, or nobody who waits for one."""
        return bool(self._outcome) or self.dropped

    # The asking side

    def check(self) -> None:
        """Whether the answer is still wanted (raises as `Request.check`)."""
        self.request.check()

    def wait(self, progress: Progress | None, tend: Callable[[], None]) -> Any:
        """The answer, waited for in the asking thread, which alone hears progress: what that raises ends this request alone.

        Args:
            progress: Told in this thread.
            tend: Looks after the worker now and then.
        """
        self._listens, tended = progress is not None, time.monotonic()
        try:
            while True:
                for share, words in self._heard():
                    if progress:
                        progress(share, words)
                if self._outcome and not self._told:
                    break
                self.check()
                if time.monotonic() - tended > TEND_S:
                    tended = time.monotonic()
                    tend()
        finally:
            self.dropped = True
        if self._failed:
            raise self._outcome[0]
        return self._outcome[0]

    def _heard(self) -> list[tuple[float, str]]:
        """Progress since last time, waited for a while."""
        left = self.request.seconds_left
        patience = TEND_S if self.request.unwanted is NOBODY.unwanted else LOOK_S
        with self._changed:
            if not self._told and not self._outcome:
                self._changed.wait(patience if left is None else max(0.0, min(patience, left)))
            told, self._told = self._told, []
        return told
