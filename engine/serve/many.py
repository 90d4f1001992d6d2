"""Many dialogues through chosen variants and tasks, in the background: progress, time left, cancel; whole dialogues only (no torch).

The thread holds no `Job`: when the visitor's session lets go of its job, the work stops by itself.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from engine.dialogue.model import Dialogue
from engine.errors import DialAtlasError, Interrupted
from engine.serve.base import Predictor
from engine.serve.compact import Answered, Shelf

LOG = logging.getLogger("dialatlas")
DIALOGUES, TURNS = 500, 100
"""The most dialogues of one run, and the most utterances of each."""
_ROOM = threading.BoundedSemaphore(2)
"""How many runs of all visitors ask at once; others wait."""
Status = Literal["waiting", "running", "finished", "cancelled", "failed"]


@dataclass(frozen=True, kw_only=True)
class Draw:
    """Which of the dialogues at hand are asked about."""

    count: int
    """At most `DIALOGUES`."""
    turns: int
    """The first utterances of each dialogue; at most `TURNS`."""
    seed: int | None = None
    """None: the first ``count``; else ``count`` drawn with this seed, in the order of the file."""

    def of(self, dialogues: Sequence[Dialogue]) -> tuple[Dialogue, ...]:
        """The chosen dialogues, cut; those without an utterance are passed over."""
        there = [dialogue for dialogue in dialogues if dialogue.turns]
        count = max(0, min(self.count, DIALOGUES, len(there)))
        places = range(count) if self.seed is None else sorted(Random(self.seed).sample(range(len(there)), count))
        return tuple(there[place].until(min(self.turns, TURNS)) for place in places)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked of every dialogue."""

    dialogues: tuple[Dialogue, ...]
    variants: tuple[str, ...]
    tasks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class State:
    """Where a run stands."""

    status: Status
    done: int
    of: int
    share: float
    """Of the utterances, 0..1."""
    seconds_left: float | None
    """None while nothing can be said of it."""
    now: str
    """What the predictor said last."""
    error: str = ""
    """One sentence, where the run failed."""

    @property
    def going(self) -> bool:
        """Whether answers are still to come."""
        return self.status in ("waiting", "running")


@dataclass
class _Work:
    """What the thread shares with its job."""

    asked: Asked
    clock: Callable[[], float]
    stop: threading.Event = field(default_factory=threading.Event)
    found: list[Answered] = field(default_factory=list)
    status: Status = "waiting"
    began: float = 0.0
    within: float = 0.0
    now: str = ""
    error: str = ""


class Job:
    """One run of `Asked`; methods may be called from any thread."""

    def __init__(self, predictor: Predictor, asked: Asked, clock: Callable[[], float] = time.monotonic) -> None:
        self.asked = asked
        self._work = work = _Work(asked=asked, clock=clock)
        self._thread = threading.Thread(target=_run, args=(predictor, work), name="many", daemon=True)
        weakref.finalize(self, work.stop.set)

    def start(self) -> Job:
        """Begin in the background; returns at once."""
        self._thread.start()
        return self

    def cancel(self) -> None:
        """Stop after the slice that is being read; dialogues that are answered stay, the one at hand is dropped."""
        self._work.stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end; whether it has come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def answered(self) -> tuple[Answered, ...]:
        """The dialogues answered so far, in their order."""
        return tuple(self._work.found)

    def state(self) -> State:
        """Where the run stands."""
        work, dialogues = self._work, self.asked.dialogues
        done = len(work.found)
        read = float(sum(len(one.turns) for one in dialogues[:done]))
        if done < len(dialogues):
            read += work.within * len(dialogues[done].turns)
        share = read / max(1, sum(len(one.turns) for one in dialogues))
        running = work.status == "running" and share > 0
        left = (work.clock() - work.began) * (1 - share) / share if running else None
        return State(status=work.status, done=done, of=len(dialogues), share=min(1.0, share), seconds_left=left, now=work.now, error=work.error)


def _run(predictor: Predictor, work: _Work) -> None:
    try:
        with _Room(work.stop):
            work.status, work.began = "running", work.clock()
            _ask_all(predictor, work)
        work.status = "finished"
    except Interrupted:
        work.status = "cancelled"
    except DialAtlasError as error:
        work.error, work.status = error.sentence, "failed"
    except Exception:
        LOG.exception("a run over many dialogues failed")
        work.error, work.status = "Something went wrong on our side; the server's log holds the details.", "failed"


class _Room:
    """One of the places in `_ROOM`; waiting for it can be interrupted."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop

    def __enter__(self) -> None:
        while not _ROOM.acquire(timeout=0.2):
            _heed(self.stop)

    def __exit__(self, *_: object) -> None:
        _ROOM.release()


def _ask_all(predictor: Predictor, work: _Work) -> None:
    asked, shelf = work.asked, Shelf(predictor.card.labels)

    def heard(share: float, words: str) -> None:
        _heed(work.stop)
        work.within, work.now = min(1.0, max(0.0, share)), words

    for dialogue in asked.dialogues:
        _heed(work.stop)
        found = predictor.compare(dialogue, variants=asked.variants, tasks=asked.tasks, progress=heard)
        work.found.append(shelf.keep(dialogue, asked.variants, found))
        work.within = 0.0


def _heed(stop: threading.Event) -> None:
    if stop.is_set():
        raise Interrupted("the run was stopped", remedy="start it again")
