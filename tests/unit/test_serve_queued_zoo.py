"""The text-to-text model behind the queue: answers, words in the asking thread, the visitor's stop, deadlines, a writing that hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.dialogue.model import Dialogue, Turn
from engine.errors import DeadlineError, InputError, WorkerError
from engine.serve.batching.device import answer
from engine.serve.batching.worker import Worker
from engine.serve.batching.zoo import QueuedZoo
from engine.serve.request import asking, current
from engine.serve.zoo.base import Told, ZooAnswer, ZooQuestion
from engine.serve.zoo.fake import FakeZoo, open_fake
from engine.serve.zoo.questions import Given, all_asked

TURNS = Turn(speaker="user", text="a thai place in the north please"), Turn(speaker="system", text="there is one")
DIALOGUE = Dialogue(id="d", corpus="", split="", turns=TURNS)
QUESTIONS = [one.question for one in all_asked(Given(dialogue=DIALOGUE), ["rew", "sum", "chat"]) if one.question]
LONG_S = 30.0


class Held(FakeZoo):
    """Writes when it is let, and remembers for whom."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.begun, self.freed = threading.Event(), threading.Event(), 0
        self.threads: list[threading.Thread] = []
        self.visitors: list[str] = []

    def answer(self, questions: Sequence[ZooQuestion], *, constrained: bool = True, told: Told | None = None,
               stop: Callable[[], bool] = lambda: False) -> list[ZooAnswer]:
        self.threads.append(threading.current_thread())
        self.visitors.append(current().visitor)
        self.begun.set()
        assert self.open.wait(LONG_S)
        return super().answer(questions, constrained=constrained, told=told, stop=stop)

    def let_go(self) -> None:
        self.freed += 1


@pytest.fixture
def held() -> Held:
    return Held()


@pytest.fixture
def queued(held: Held) -> Iterator[QueuedZoo]:
    worker = Worker(answer, patience_s=0.5)
    yield QueuedZoo(held, worker, held.let_go)
    held.open.set()
    worker.close()


def test_answers_are_those_of_the_model_itself(held: Held, queued: QueuedZoo) -> None:
    held.open.set()
    assert queued.answer(QUESTIONS) == open_fake().answer(QUESTIONS)
    assert queued.card == held.card and queued.prompt(QUESTIONS[0]) == held.prompt(QUESTIONS[0])


def test_words_are_heard_where_they_were_asked_for(held: Held, queued: QueuedZoo) -> None:
    held.open.set()
    heard: list[tuple[int, str]] = []
    where: set[threading.Thread] = set()

    def told(place: int, text: str) -> None:
        where.add(threading.current_thread())
        heard.append((place, text))

    plain: list[tuple[int, str]] = []
    with asking("somebody"):
        found = queued.answer(QUESTIONS, told=told)
    open_fake().answer(QUESTIONS, told=lambda place, text: plain.append((place, text)))
    assert heard == plain and {type(place) for place, _ in heard} == {int} and found
    assert where == {threading.current_thread()} and held.threads != [threading.current_thread()] and held.visitors == ["somebody"]


def test_a_visitor_who_stops_keeps_what_is_written(held: Held, queued: QueuedZoo) -> None:
    held.open.set()
    cut = queued.answer(QUESTIONS, stop=lambda: True)
    assert len(cut) == len(QUESTIONS) and all(one.stopped for one in cut)


def test_errors_of_questions_come_through(held: Held, queued: QueuedZoo) -> None:
    held.open.set()
    with pytest.raises(InputError, match="has not the form"):
        queued.answer([ZooQuestion(sample=QUESTIONS[0].sample, prompt="[sum] hello")])


def test_requests_wait_for_one_another_and_time_out(held: Held, queued: QueuedZoo) -> None:
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(queued.answer, QUESTIONS)
        assert held.begun.wait(LONG_S)
        with pytest.raises(DeadlineError), asking("other", seconds=0.05):
            queued.answer(QUESTIONS)
        assert len(held.threads) == 1, "the second was never begun"
        held.open.set()
        assert first.result(LONG_S) == open_fake().answer(QUESTIONS)


def test_after_a_writing_that_hangs_the_next_is_served(held: Held, queued: QueuedZoo) -> None:
    with pytest.raises(WorkerError, match="hangs"):
        queued.answer(QUESTIONS)
    assert held.freed == 1
    held.open.set()
    assert queued.answer(QUESTIONS) == open_fake().answer(QUESTIONS)


class Quiet(Held):
    """Asks for long whether to stop before it tells anything, as where there are beams."""

    def answer(self, questions: Sequence[ZooQuestion], *, constrained: bool = True, told: Told | None = None,
               stop: Callable[[], bool] = lambda: False) -> list[ZooAnswer]:
        for _ in range(60):
            stop()
            time.sleep(0.05)
        return super().answer(questions, constrained=constrained, told=told, stop=stop)


def test_a_writing_that_tells_nothing_for_long_does_not_hang() -> None:
    quiet, worker, heard = Quiet(), Worker(answer, patience_s=1.0), list[str]()
    quiet.open.set()
    assert QueuedZoo(quiet, worker, quiet.let_go).answer(QUESTIONS, told=lambda place, text: heard.append(text)) == open_fake().answer(QUESTIONS)
    worker.close()
    assert quiet.freed == 0 and heard and all(heard)
