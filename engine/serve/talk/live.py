"""Live answers under a deadline: one question at a time in a thread of its own, the newest first, and what stands in when it is slow or fails."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.errors import DialAtlasError, Interrupted
from engine.paths import without_home
from engine.serve.request import asking
from engine.serve.talk.answers import Answered, Models, Question
from engine.serve.talk.recorded import Entry, Recorded

LOG = logging.getLogger("dialatlas")
Clock = Callable[[], float]


@dataclass(kw_only=True, eq=False)
class Ticket:
    """One question on its way."""

    question: Question
    seconds: float
    """Allowed, from ``began``."""
    entry: Entry | None
    """What was recorded."""
    began: float
    ended: float | None = None
    answered: Answered | None = None
    trouble: str = ""
    """Why there is no answer, in one sentence."""
    left: bool = False
    """Nobody waits any more."""

    def late(self, now: float) -> bool:
        """Whether the time allowed has passed without an end, or had when it came."""
        return (now if self.ended is None else self.ended) - self.began > self.seconds


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What there is to show of a question at this moment."""

    badge: Literal["live", "recorded", "waiting", "failed"]
    answered: Answered | None = None
    note: str = ""
    """How long it took; or why the answers are recorded ones, of when, and whether by these weights."""


class Live:
    """Asks `Models`; a question that takes the place of another makes that one stop as soon as the models allow."""

    def __init__(self, models: Models, recorded: Recorded, clock: Clock = time.monotonic) -> None:
        self._models, self._recorded, self._clock = models, recorded, clock
        self._changed = threading.Condition()
        self._next: Ticket | None = None
        self._newest: Ticket | None = None
        self._thread: threading.Thread | None = None
        self._weights: dict[str, str] = {}

    def begin(self, question: Question, seconds: float) -> Ticket:
        """Ask; returns at once."""
        ticket = Ticket(question=question, seconds=seconds, entry=self._recorded.get(question.mark), began=self._clock())
        with self._changed:
            self._leave()
            self._next = self._newest = ticket
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="talk", daemon=True)
                self._thread.start()
            self._changed.notify()
        return ticket

    def leave(self) -> None:
        """Nobody waits for the newest question any more."""
        with self._changed:
            self._leave()

    def shown(self, ticket: Ticket) -> Shown:
        """What to show of a question now."""
        now = self._clock()
        late, took = ticket.late(now), (now if ticket.ended is None else ticket.ended) - ticket.began
        slow = f"live took longer than the {ticket.seconds:g} s of this step"
        if ticket.answered is not None and (not late or ticket.entry is None):
            return Shown(badge="live", answered=ticket.answered, note=f"{took:.1f} s{f'; {slow}, and nothing is recorded' * late}")
        if ticket.entry is not None and (ticket.trouble or late):
            return Shown(badge="recorded", answered=ticket.entry.answered, note=f"{self._dated(ticket, ticket.entry)}; {ticket.trouble or slow}")
        if ticket.trouble:
            return Shown(badge="failed", note=f"{ticket.trouble}; nothing is recorded")
        return Shown(badge="waiting", note=f"{slow}, and nothing is recorded: still waiting" * late)

    def check_weights(self, questions: Sequence[Question]) -> None:
        """Find out by which weights each question would be answered now; takes as long as reading the files."""
        for question in questions:
            try:
                self._weights[question.mark] = self._models.weights(question.ask)
            except DialAtlasError:
                LOG.warning("talk: the weights behind a question cannot be read, so its recorded answers cannot be told to be stale")

    def _dated(self, ticket: Ticket, entry: Entry) -> str:
        now = self._weights.get(ticket.question.mark)
        doubt = ", not known whether by these weights" if now is None else ", STALE: by other weights" if now != entry.weights else ""
        return f"on {entry.day}{doubt}"

    def _leave(self) -> None:
        if self._newest is not None:
            self._newest.left = True

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._next is not None)
                ticket, self._next = self._next, None
            if ticket is not None and not ticket.left:
                self._ask(ticket)

    def _ask(self, ticket: Ticket) -> None:
        def unwanted() -> bool:
            return ticket.left or (ticket.entry is not None and ticket.late(self._clock()))

        def check() -> None:
            if unwanted():
                raise Interrupted("nobody waits for the answer")

        try:
            with asking("talk", seconds=ticket.seconds if ticket.entry else None, unwanted=unwanted):
                ticket.answered = self._models.answer(ticket.question, check)
        except DialAtlasError as error:
            ticket.trouble = "" if unwanted() else f"live failed: {without_home(error.sentence).rstrip('.')}"
        except Exception:
            mark = uuid.uuid4().hex[:8]
            LOG.exception("a talk's question failed, id %s", mark)
            ticket.trouble = f"live failed, the server's log holds the details under id {mark}"
        ticket.ended = self._clock()
