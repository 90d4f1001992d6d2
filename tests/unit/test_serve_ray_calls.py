"""What becomes of Ray's own failures: a question is asked again where a replica died, and every other failure is one of our errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ray.exceptions import ActorDiedError, GetTimeoutError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError

from engine.dialogue.samples import samples
from engine.errors import DialAtlasError, QueueFullError, UnknownNameError, UnreachableError, WorkerError
from engine.serve.problems import problem_of
from engine.serve.ray.call import TRIES, Call
from engine.serve.ray.described import joined
from engine.serve.ray.replica import Outcome, failed
from engine.serve.ray.zoo import RayZoo
from engine.serve.state import Description, Part
from engine.serve.zoo.base import ZooQuestion
from engine.serve.zoo.fake import FakeZoo
from engine.serve.zoo.questions import Given, all_asked


def posed() -> list[ZooQuestion]:
    """Every task of the fake model, asked of a sample."""
    return [one.question for one in all_asked(Given(dialogue=samples()["train and hotel"]), FakeZoo.card.tasks) if one.question]


class Said:
    """A response of Ray that goes as it is told, turn by turn."""

    def __init__(self, *turns: Any) -> None:
        self.turns = list(turns)

    def result(self, **_: Any) -> Any:
        turn = self.turns.pop(0)
        if isinstance(turn, Exception):
            raise turn
        return turn

    def __iter__(self) -> Iterator[Any]:
        while self.turns:
            yield self.result()


def nothing() -> None:
    """Nobody minds."""


def test_a_question_is_asked_again_until_somebody_answers() -> None:
    responses = [Said(GetTimeoutError(), ActorDiedError()), Said(ActorDiedError()), Said(Outcome(answer=7))]
    assert Call(lambda: responses.pop(0)).answer(nothing) == 7 and not responses


def test_a_question_that_kills_its_replicas_is_given_up() -> None:
    asked = list[int]()

    def ask() -> Said:
        asked.append(1)
        return Said(ActorDiedError())

    with pytest.raises(WorkerError, match="6 replicas died with this question in hand; ask for less at once"):
        Call(ask).answer(nothing)
    assert len(asked) == TRIES + 1


@pytest.mark.parametrize(("error", "kind", "code"), [
    (BackPressureError(num_queued_requests=40, max_queued_requests=40), QueueFullError, "queue_full"),
    (DeploymentUnavailableError("dialatlas"), UnreachableError, "unreachable"),
])
def test_failures_of_ray_have_our_codes(error: Exception, kind: type[DialAtlasError], code: str) -> None:
    with pytest.raises(kind) as caught:
        Call(lambda: Said(error)).answer(nothing)
    assert problem_of(caught.value)[1].code == code


def test_an_error_of_a_replica_keeps_its_class_and_sentence() -> None:
    error = UnknownNameError("unknown variant 'x'", where="--variants", remedy="look at `ls`")
    with pytest.raises(UnknownNameError) as caught:
        Call(lambda: Said(failed(error))).answer(nothing)
    assert str(caught.value) == str(error)


def test_a_failure_for_no_reason_of_ours_is_raised_over_there() -> None:
    with pytest.raises(ZeroDivisionError):
        failed(ZeroDivisionError())


class Model:
    """The handle of a deployment whose first replica dies in the midst of its answer."""

    def __init__(self) -> None:
        right = FakeZoo().answer(posed())
        self.responses = [Said((0, "half"), None, ActorDiedError()), Said((0, "half"), (0, "half of it"), Outcome(answer=right))]
        self.card = self.answer = self

    def options(self, **_: Any) -> Model:
        return self

    def remote(self, *asked: Any) -> Said:
        return self.responses.pop(0) if asked else Said(Outcome(answer=FakeZoo.card))


def test_a_text_is_written_anew_where_its_replica_died() -> None:
    told = list[str]()
    assert RayZoo(Model()).answer(posed(), told=lambda place, text: told.append(text)) == FakeZoo().answer(posed())
    assert told == ["half", "half", "half of it"]


def described(*states: Any, **more: Any) -> Description:
    parts = tuple(Part(variant="crm", kind="task", name=str(number), state=state) for number, state in enumerate(states))
    return Description(predictor="local", device="cpu", threads=1, memory_bytes=100, parts=parts, **more)


def test_a_part_is_as_where_it_is_best() -> None:
    found = joined([described("ready", "not loaded", "failed", weights_limit=5), described("failed", "loading", "not loaded", warming=True)])
    assert [part.state for part in found.parts] == ["ready", "loading", "failed"]
    assert (found.threads, found.memory_bytes, found.warming, found.weights_limit) == (2, 200, True, 5)
