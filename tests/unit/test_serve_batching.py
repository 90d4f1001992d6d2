"""The queue in front of a predictor: who is next, who is refused, what ends a request, and what happens to the worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from engine.errors import DeadlineError, InputError, Interrupted, NoMemoryError, QueueFullError, WorkerError
from engine.serve.batching.fair import FairQueue
from engine.serve.batching.ticket import Ticket
from engine.serve.batching.worker import LOST, Worker
from engine.serve.request import Request, asking

LONG_S = 30.0


class Desk:
    """A worker whose computation waits for a gate, and notes what it did together."""

    def __init__(self, **options: Any) -> None:
        self.open, self.begun = threading.Event(), threading.Event()
        self.batches: list[list[Any]] = []
        self.worker = Worker(self.answer, **options)
        self.freed = 0
        self.pool = ThreadPoolExecutor(64)

    def let_go(self) -> None:
        self.freed += 1

    def answer(self, tickets: Sequence[Ticket]) -> None:
        self.batches.append([ticket.asked for ticket in tickets])
        self.begun.set()
        for ticket in tickets:
            if callable(ticket.asked):
                ticket.succeed(ticket.asked(ticket))
                continue
            while not self.open.wait(0.01):
                ticket.tell(0.5, "half")
            ticket.succeed(f"{ticket.asked}!")

    def ask(self, asked: Any, visitor: str = "", kind: str | None = "x", **about: Any) -> Future[Any]:
        def call() -> Any:
            with asking(visitor, **about):
                return self.worker.ask(kind, asked, let_go=self.let_go)

        return self.pool.submit(call)

    def hold(self) -> Future[Any]:
        """Keep the worker busy until the gate opens."""
        held = self.ask("held", "holder", kind=None)
        assert self.begun.wait(LONG_S)
        return held

    def until(self, count: int) -> None:
        """Wait until so many wait."""
        end = time.monotonic() + LONG_S
        while self.worker.waiting != count:
            assert time.monotonic() < end
            time.sleep(0.005)


@pytest.fixture
def desks() -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def desk(**options: Any) -> Desk:
        made.append(Desk(**options))
        return made[-1]

    yield desk
    for one in made:
        one.open.set()
        one.worker.close()
        one.pool.shutdown(wait=False, cancel_futures=True)


@pytest.fixture
def desk(desks: Callable[..., Desk]) -> Desk:
    return desks()


# Who is next


def queue(*waiting: tuple[str, str], kind: str | None = "x") -> FairQueue:
    made = FairQueue(most=100, per_visitor=50)
    for visitor, asked in waiting:
        made.put(Ticket(kind, asked, Request(visitor=visitor)))
    return made


def taken(tickets: Sequence[Ticket]) -> list[Any]:
    return [ticket.asked for ticket in tickets]


def test_visitors_take_turns_each_in_his_own_order() -> None:
    waiting = queue(("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1"), ("b", "b2"), kind=None)
    assert [taken(waiting.take(9, 9)) for _ in range(7)] == [["a1"], ["b1"], ["c1"], ["a2"], ["b2"], ["a3"], []]


def test_those_of_one_kind_go_together_up_to_a_number_and_a_weight() -> None:
    waiting = queue(("a", "a1"), ("a", "a2"), ("b", "b1"), ("c", "c1"), ("b", "b2"))
    waiting.put(Ticket(None, "other", Request(visitor="d")))
    assert taken(waiting.take(4, 99)) == ["a1", "b1", "c1", "a2"]
    assert taken(waiting.take(4, 99)) == ["other"] and taken(waiting.take(4, 99)) == ["b2"]
    heavy = queue(("a", "a1"), ("b", "b1"))
    heavy.put(Ticket("x", "c1", Request(visitor="c"), weight=50))
    assert taken(heavy.take(9, 10)) == ["a1", "b1"] and taken(heavy.take(9, 10)) == ["c1"]


def test_a_visitor_with_many_requests_holds_nobody_up(desks: Callable[..., Desk]) -> None:
    desk = desks(together=1)
    held = desk.hold()
    for number in range(10):
        desk.ask(f"many{number}", "greedy")
    desk.until(10)
    late = desk.ask("late", "patient")
    desk.until(11)
    desk.open.set()
    assert late.result(LONG_S) == "late!" and held.result(LONG_S) == "held!"
    assert ["late"] in desk.batches[:3]


def test_what_waits_while_the_worker_is_busy_is_answered_together(desk: Desk) -> None:
    desk.hold()
    asked = [desk.ask(number, f"v{number}") for number in range(20)]
    desk.until(20)
    desk.open.set()
    assert [one.result(LONG_S) for one in asked] == [f"{number}!" for number in range(20)]
    assert [len(batch) for batch in desk.batches] == [1, 20]


def test_requests_gather_company_when_several_visitors_ask_but_one_alone_never_waits(desks: Callable[..., Desk]) -> None:
    desk = desks(window_s=LONG_S)
    desk.open.set()
    begun = time.monotonic()
    assert [desk.ask(number, "only").result(LONG_S) for number in range(3)] == ["0!", "1!", "2!"] and time.monotonic() - begun < LONG_S
    desk = desks(window_s=1.0)
    desk.open.set()
    assert desk.ask("first", "a").result(LONG_S) == "first!"
    both = [desk.ask("second", "b"), desk.ask("third", "c")]
    assert [one.result(LONG_S) for one in both] == ["second!", "third!"] and sorted(desk.batches[-1]) == ["second", "third"]


def test_forty_threads_lose_no_request(desk: Desk) -> None:
    desk.open.set()

    def many(number: int) -> list[Any]:
        found = []
        for turn in range(25):
            with asking(f"v{number % 7}"):
                found.append(desk.worker.ask("x" if turn % 3 else None, (number, turn)))
        return found

    with ThreadPoolExecutor(40) as pool:
        assert list(pool.map(many, range(40))) == [[f"{(number, turn)}!" for turn in range(25)] for number in range(40)]
    assert sum(map(len, desk.batches)) == 1000 and desk.worker.waiting == 0


# Who is refused


def test_a_full_queue_answers_at_once_and_one_visitor_cannot_fill_it(desks: Callable[..., Desk]) -> None:
    desk = desks(most=4)
    desk.hold()
    waiting = [desk.ask(number, "a") for number in range(2)]
    desk.until(2)
    with pytest.raises(QueueFullError):
        desk.ask("more", "a").result(LONG_S)
    waiting += [desk.ask("b", "b"), desk.ask("c", "c")]
    desk.until(4)
    with pytest.raises(QueueFullError, match=r"4 requests wait already; try again in \d+ s") as caught:
        desk.ask("d", "d").result(LONG_S)
    assert caught.value.waiting == 4 and caught.value.seconds == pytest.approx(4 * desk.worker.pace_s)
    desk.open.set()
    assert [one.result(LONG_S) for one in waiting] == ["0!", "1!", "b!", "c!"] and desk.ask("d", "d").result(LONG_S) == "d!"


def test_the_pace_is_what_was_measured(desk: Desk) -> None:
    desk.open.set()
    for number in range(40):
        desk.ask(number).result(LONG_S)
    assert desk.worker.pace_s < 0.5, "it began at a second per request"


# What ends a request


def test_a_deadline_passes_while_waiting_computing_or_before(desk: Desk) -> None:
    held = desk.ask("held", "holder", seconds=0.3)
    waits = desk.ask("waits", "b", seconds=0.2)
    for late in (held, waits, desk.ask("late", seconds=-1.0)):
        with pytest.raises(DeadlineError, match="the answer did not come in time; try again"):
            late.result(LONG_S)
    desk.open.set()
    assert desk.ask("next").result(LONG_S) == "next!" and ["waits"] not in desk.batches and ["late"] not in desk.batches


def test_a_visitor_who_has_gone_frees_the_place_and_the_worker(desk: Desk) -> None:
    gone = threading.Event()
    computing = desk.ask("held", "a", unwanted=gone.is_set)
    assert desk.begun.wait(LONG_S)
    waiting, other = desk.ask("waits", "a", unwanted=gone.is_set), desk.ask("other", "b")
    desk.until(2)
    gone.set()
    for one in (computing, waiting):
        with pytest.raises(Interrupted, match="the request was cancelled"):
            one.result(LONG_S)
    desk.open.set()
    assert other.result(LONG_S) == "other!" and ["waits"] not in desk.batches


def test_progress_is_heard_in_the_thread_that_asks_and_ends_its_own_request_alone(desk: Desk) -> None:
    heard: list[tuple[int, float]] = []

    def told(ticket: Ticket) -> str:
        for share in (0.1, 0.2, 1.0):
            ticket.tell(share, "words")
        return "told"

    assert desk.worker.ask(None, told, lambda share, words: heard.append((threading.get_ident(), share))) == "told"
    assert heard == [(threading.get_ident(), share) for share in (0.1, 0.2, 1.0)]

    def stop(share: float, words: str) -> None:
        raise KeyboardInterrupt  # what Streamlit raises to end a page's run is no Exception either

    with pytest.raises(KeyboardInterrupt):
        desk.worker.ask("x", "mine", stop)
    desk.open.set()
    assert desk.ask("other").result(LONG_S) == "other!"


def raising(error: BaseException) -> Callable[[Ticket], Any]:
    def asked(ticket: Ticket) -> Any:
        raise error

    return asked


@pytest.mark.parametrize(("error", "raised", "sentence"), [
    (InputError("no"), InputError, "no."), (ValueError("bug"), ValueError, "bug"), (MemoryError(), NoMemoryError, "there is too little memory for this"),
    (SystemExit(), WorkerError, "the computation ended unexpectedly; ask again; the next request is served."),
])
def test_what_fails_is_told_and_the_next_request_is_served(desk: Desk, error: BaseException, raised: type[Exception], sentence: str) -> None:
    desk.open.set()
    for _ in range(3):
        with pytest.raises(raised, match=sentence):
            desk.ask(raising(error)).result(LONG_S)
        assert desk.ask("next").result(LONG_S) == "next!"


def test_a_worker_that_dies_with_others_waiting_is_replaced(desk: Desk) -> None:
    def die(ticket: Ticket) -> Any:
        desk.open.wait(LONG_S)
        raise SystemExit

    killed = desk.ask(die, "a", kind=None)
    assert desk.begun.wait(LONG_S)
    others = [desk.ask(number, f"v{number}") for number in range(5)]
    desk.until(5)
    desk.open.set()
    with pytest.raises(WorkerError):
        killed.result(LONG_S)
    assert [one.result(LONG_S) for one in others] == [f"{number}!" for number in range(5)]


def test_a_computation_that_hangs_is_given_up_and_its_late_answer_counts_no_more(desks: Callable[..., Desk]) -> None:
    desk, go_on = desks(patience_s=0.2, grace_s=0.2), threading.Event()

    def hang(ticket: Ticket) -> Any:
        go_on.wait(LONG_S)
        return "late"

    with pytest.raises(WorkerError, match="the computation hangs and was given up; ask again"):
        desk.ask(hang, kind=None).result(LONG_S)
    desk.open.set()
    assert desk.ask("next").result(LONG_S) == "next!" and desk.freed == 1
    with pytest.raises(DeadlineError):
        desk.ask(hang, kind=None, seconds=0.1).result(LONG_S)
    assert desk.ask("again").result(LONG_S) == "again!", "nobody waits for the one that hangs, so the next in line has it replaced"
    for _ in range(LOST - 2):
        with pytest.raises(WorkerError):
            desk.ask(hang, kind=None).result(LONG_S)
    with pytest.raises(WorkerError, match=f"{LOST} computations hang, so no further one is begun; restart the server"):
        desk.ask("too many").result(LONG_S)
    go_on.set()
    end = time.monotonic() + LONG_S
    while any(thread.is_alive() for thread in desk.worker._lost):
        assert time.monotonic() < end
        time.sleep(0.01)
    assert desk.ask("at last").result(LONG_S) == "at last!"


def test_closing_tells_those_who_wait(desk: Desk) -> None:
    held = desk.hold()
    waiting = desk.ask("waits", "b")
    desk.until(1)
    desk.worker.close()
    with pytest.raises(WorkerError, match="this predictor was closed; open it again"):
        waiting.result(LONG_S)
    desk.open.set()
    assert held.result(LONG_S) == "held!"
    with pytest.raises(WorkerError, match="closed"):
        desk.ask("more").result(LONG_S)
