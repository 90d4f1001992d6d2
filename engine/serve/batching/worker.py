"""The thread that computes for everybody: takes what waits, replaced when it dies or hangs.

A hung computation cannot be stopped from outside in Python. Its worker is disowned: those who wait for it get one sentence, a new worker
takes the queue over, and what the old one still says counts no more; should it ever wake, it ends. Its memory and its core are lost until then,
so after `LOST` of them no further one is begun before one has ended.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from engine.errors import QueueFullError, WorkerError
from engine.serve.base import Progress
from engine.serve.batching.fair import FairQueue
from engine.serve.batching.ticket import Ticket
from engine.serve.memory import give_back
from engine.serve.parts import told
from engine.serve.request import current

LOG = logging.getLogger("dialatlas")
RECENT_S = 2.0
"""A visitor who asked within this time may ask again while another's request gathers company."""
IDLE_S = 5.0
"""After this time without a request the system gets back what was freed."""
LOST = 3
REMEDY = "ask again; the next request is served"
SCARCE = "there is too little memory for this"


class Worker:
    """One queue and one thread for one device.

    Args:
        answer: Answers tickets of one kind, each with `Ticket.succeed` or `Ticket.fail`.
        window_s: How long a request may wait for others to be answered with it; one visitor alone never waits.
        most: Requests that may wait.
        together: Requests that are answered at once, at most.
        weight: Work that is done at once, at most, as the tickets weigh it; limits how long others wait.
        patience_s: After this time without a sign of life a computation hangs.
        grace_s: The same, where nobody waits for it any more.
    """

    def __init__(self, answer: Callable[[Sequence[Ticket]], None], *, window_s: float = 0.005, most: int = 256, together: int = 32,
                 weight: int = 400, patience_s: float = 600.0, grace_s: float = 20.0) -> None:
        self._answer = answer
        self._window_s, self._together, self._weight, self._patience_s, self._grace_s = window_s, together, weight, patience_s, grace_s
        self._queue = FairQueue(most, max(1, most // 2))
        self._turn = threading.Condition()
        self._thread: threading.Thread | None = None
        self._lost: list[threading.Thread] = []
        self._in_hand: list[Ticket] = []
        self._sign = 0.0
        self._pace_s = 1.0
        self._seen: dict[str, float] = {}
        self._closed = False

    @property
    def waiting(self) -> int:
        """Requests that nobody has begun."""
        return len(self._queue)

    @property
    def pace_s(self) -> float:
        """Seconds per request of late."""
        return self._pace_s

    def ask(self, kind: Any, asked: Any, progress: Progress | None = None, weight: int = 1, let_go: Callable[[], None] = lambda: None) -> Any:
        """Queue a request of `engine.serve.request.current` and wait for its answer.

        Args:
            kind: See `Ticket`, as ``asked`` and ``weight``.
            progress: Told in this thread.
            let_go: Called when the computation hangs.

        Raises:
            QueueFullError: There is no place.
            DeadlineError, Interrupted: As `Ticket.check`.
            WorkerError: The computation died or hangs; further errors as the computation's own.
        """
        ticket = Ticket(kind, asked, current(), weight)
        ticket.let_go = let_go
        ticket.check()
        with self._turn:
            if self._closed:
                raise WorkerError("this predictor is closed", remedy="open it again")
            if self._queue.full(ticket.request.visitor):
                raise QueueFullError(len(self._queue), self._pace_s * len(self._queue))
            self._begin()
            if self._thread is None:
                raise WorkerError(f"{LOST} computations hang, so no further one is begun", remedy="restart the server")
            self._queue.put(ticket)
            self._seen[ticket.request.visitor] = time.monotonic()
            self._turn.notify()
        try:
            return ticket.wait(progress, self._tend)
        finally:
            with self._turn:
                self._queue.discard(ticket)

    def close(self) -> None:
        """End the thread when it has done what is in hand; those who wait are told."""
        with self._turn:
            self._closed = True
            while ticket := self._queue.first():
                self._queue.discard(ticket)
                ticket.fail(WorkerError("this predictor was closed", remedy="open it again"))
            self._turn.notify()

    def _begin(self) -> None:
        """See that there is a thread (the lock is held)."""
        if self._thread is None or not self._thread.is_alive():
            self._lost = [thread for thread in self._lost if thread.is_alive()]
            if len(self._lost) < LOST:
                self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        mine: list[Ticket] = []
        try:
            while mine := self._take():
                self._serve(mine)
        except BaseException as error:  # also what would end a thread silently
            LOG.error("the worker ended", exc_info=error)
        finally:
            for ticket in mine:
                ticket.fail(WorkerError("the computation ended unexpectedly", remedy=REMEDY))
            with self._turn:
                if self._thread is threading.current_thread():
                    self._thread, self._in_hand = None, []
                    if len(self._queue):
                        self._begin()

    def _take(self) -> list[Ticket]:
        """What to do next; nothing where this thread has been replaced or is not needed any more."""
        with self._turn:
            tidy = False
            while True:
                if self._thread is not threading.current_thread() or self._closed:
                    return []
                self._in_hand = []
                left = self._gathering()
                if left is None and not tidy:
                    tidy = not self._turn.wait(IDLE_S)
                    if tidy:
                        give_back()
                    continue
                if left is None or left > 0:
                    self._turn.wait(left)
                    continue
                self._in_hand = [ticket for ticket in self._queue.take(self._together, self._weight) if not ticket.done]
                if self._in_hand:
                    self._sign = time.monotonic()
                    return self._in_hand

    def _gathering(self) -> float | None:
        """Seconds until the next request is begun; None while there is none."""
        first = self._queue.first()
        if first is None:
            return None
        now = time.monotonic()
        self._seen = {visitor: when for visitor, when in self._seen.items() if now - when < RECENT_S}
        alone = len(self._queue) == 1 and not self._seen.keys() - {first.request.visitor}
        if first.kind is None or alone or len(self._queue) >= self._together:
            return 0.0
        return first.since + self._window_s - now

    def _serve(self, mine: Sequence[Ticket]) -> None:
        begun, mine = time.monotonic(), [ticket for ticket in mine if ticket.wanted()]
        if not mine:
            return
        for ticket in mine:
            ticket.sign = self._alive
        try:
            self._answer(mine)
        except Exception as error:
            for ticket in mine:
                ticket.fail(told(error, SCARCE))
        self._pace_s += 0.2 * ((time.monotonic() - begun) / len(mine) - self._pace_s)

    def _alive(self) -> None:
        if self._thread is threading.current_thread():
            self._sign = time.monotonic()

    def _tend(self) -> None:
        """Replace a worker that hangs; called by those who wait."""
        with self._turn:
            hand = self._in_hand
            quiet = time.monotonic() - self._sign
            if not hand or quiet < (self._grace_s if all(ticket.done for ticket in hand) else self._patience_s) or self._thread is None:
                return self._begin()
            LOG.error("a computation has given no sign of life for %.0f s; its worker is replaced", quiet)
            self._lost.append(self._thread)
            self._thread, self._in_hand = None, []
            for ticket in hand:
                ticket.let_go()
            self._begin()
        for ticket in hand:
            ticket.fail(WorkerError("the computation hangs and was given up", remedy=REMEDY))
        return None
