"""A predictor over HTTP keeps the contract: the same answers, errors and progress as the one behind it, through a real server."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from engine.dialogue.model import Dialogue
from engine.dialogue.samples import samples
from engine.errors import (
    CheckpointError,
    DeadlineError,
    DialAtlasError,
    InputError,
    Interrupted,
    MissingDataError,
    QueueFullError,
    RefusedError,
    UnknownNameError,
    UnknownSpeakersError,
    UnreachableError,
)
from engine.serve import PREDICTORS, shared
from engine.serve.base import Prediction, Predictor
from engine.serve.fake import FakePredictor
from engine.serve.http.process import bound
from engine.serve.problems import error_of, problem_of
from engine.serve.questions import places
from engine.serve.remote import Line, RemotePredictor, checked, open_remote
from engine.serve.request import asking, current
from engine.serve.shared import LazyZoo
from engine.serve.verdicts import question_of
from engine.serve.wire import METHODS, PROBLEM
from engine.serve.zoo.base import ZooModel
from engine.serve.zoo.fake import FakeZoo
from engine.serve.zoo.questions import Given, all_asked
from engine.serve.zoo.remote import RemoteZoo
from engine.zoo import ZOO_TASKS
from tests.unit import test_fake, test_reasons
from tests.unit.http_server import made, running, until

FAKE = FakePredictor()
NAMES = [card.name for card in FAKE.card.variants]
TALK = samples()["train and hotel"]
EMPTY = TALK.with_turns(())


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(made(token="open sesame")) as address:
        yield address


@pytest.fixture(scope="module")
def far(url: str) -> Predictor:
    return RemotePredictor(Line(url, "open sesame"))


def contract_tests() -> list[Any]:
    """Every test of the fake predictor's contract, with each of its parameters: those that need nothing but it."""
    found = []
    for module in (test_fake, test_reasons):
        for name, test in vars(module).items():
            if name.startswith("test_") and "FAKE" in inspect.getsource(test):
                marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
                cases: list[dict[str, Any]] = [{}]
                for mark in marks:
                    names = [mark.args[0]] if isinstance(mark.args[0], str) else list(mark.args[0])
                    values = [value if len(names) > 1 else (value,) for value in mark.args[1]]
                    cases = [case | dict(zip(names, value, strict=True)) for case in cases for value in values]
                if all(set(inspect.signature(test).parameters) == set(case) for case in cases):
                    found += [pytest.param(module, partial(test, **case), id=f"{name}-{number}") for number, case in enumerate(cases)]
    return found


@pytest.mark.parametrize(("module", "test"), contract_tests())
def test_the_contract(module: Any, test: Any, far: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FAKE", far)
    test()


def test_there_are_contract_tests() -> None:
    assert len(contract_tests()) > 30


# The same answers


def test_the_card_and_the_description(far: Predictor) -> None:
    assert far.card == FAKE.card and far.describe() == FAKE.describe()
    far.warm()


@pytest.mark.parametrize(("turn", "task"), [(turn, task) for turn, task in places(TALK, FAKE.card.tasks) if turn > 2])
def test_reasons_are_the_same(far: Predictor, turn: int, task: str) -> None:
    for ask in ("explain", "ablate"):
        assert getattr(far, ask)(TALK, variants=["crm", "dcv"], task=task, turn=turn) == getattr(FAKE, ask)(TALK, variants=["crm", "dcv"], task=task, turn=turn)
    assert far.seen(TALK, variant="crm", task=task, turn=turn) == FAKE.seen(TALK, variant="crm", task=task, turn=turn)


def test_everything_else_is_the_same(far: Predictor) -> None:
    questions = [question_of(one) for one in test_fake.posed(TALK)]
    assert far.probe_all(questions, variants=NAMES) == FAKE.probe_all(questions, variants=NAMES)
    assert far.coverage(TALK) == FAKE.coverage(TALK)
    assert far.pieces(["Thai", "guesthouses"]) == FAKE.pieces(["Thai", "guesthouses"])
    assert far.files(["crm"], ["intent"], ["mlm"]) == FAKE.files(["crm"], ["intent"], ["mlm"])
    assert far.compare(TALK, variants=NAMES, tasks=FAKE.card.tasks) == FAKE.compare(TALK, variants=NAMES, tasks=FAKE.card.tasks)


def test_every_method_of_the_contract_is_there() -> None:
    assert set(METHODS) == {name for name, value in vars(Predictor).items() if callable(value) and not name.startswith("_")}
    for name in METHODS:
        assert inspect.signature(getattr(RemotePredictor, name)) == inspect.signature(getattr(Predictor, name))


# The same errors


@pytest.mark.parametrize("ask", [
    lambda one: one.compare(TALK, variants=["crn"], tasks=["intent"]), lambda one: one.compare(TALK, variants=["crm"], tasks=["../../etc/passwd"]),
    lambda one: one.compare(EMPTY, variants=["crm"], tasks=["intent"]), lambda one: one.explain(TALK, variants=["crm"], task="intent", turn=1),
    lambda one: one.explain(TALK, variants=["crm"], task="intent", turn=0, target="x"), lambda one: one.coverage(EMPTY),
    lambda one: one.compare(TALK, variants=["crn"], tasks=["intent"], progress=lambda share, words: None)])
def test_errors_are_the_same(far: Predictor, ask: Any) -> None:
    with pytest.raises(InputError) as there:
        ask(FAKE)
    with pytest.raises(InputError) as here:
        ask(far)
    assert type(here.value) is type(there.value) and str(here.value) == str(there.value)
    assert (here.value.what, here.value.where, here.value.remedy) == (there.value.what, there.value.where, there.value.remedy)


@pytest.mark.parametrize("error", [
    DialAtlasError("odd"), InputError("bad", where="line 3", remedy="mend it"), UnknownNameError("unknown x", remedy="Known: y"),
    UnknownSpeakersError({"Ada": "line 1", "Bob": "line 2"}), MissingDataError("not there", where="a/b"), CheckpointError("damaged", remedy="restore it"),
    QueueFullError(12, 3.4), DeadlineError("late", remedy="try again"), Interrupted("gone"), UnreachableError("no answer", remedy="look"),
    RefusedError("too_large", "too much", where="/dialogues", remedy="ask for less")])
def test_every_class_of_error_travels(error: DialAtlasError) -> None:
    back = error_of(PROBLEM.validate_json(PROBLEM.dump_json(problem_of(error)[1])))
    assert type(back) is type(error) and str(back) == str(error) and vars(back) == vars(error) and back.exit_code == error.exit_code


# Progress, who asks, and until when


class Listening(FakePredictor):
    """Notes what it is asked for whom, and waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, float | None]] = []
        self.ended: list[str] = []
        self.go = threading.Event()
        self.go.set()

    def compare(self, dialogue: Dialogue, **choices: Any) -> list[Prediction]:
        self.asked.append((current().visitor, current().seconds_left))
        try:
            while not self.go.wait(0.02):
                choices["progress"](0.25, "at <it>")
        except DialAtlasError as error:
            self.ended.append(type(error).__name__)
            raise
        return super().compare(dialogue, **choices)


def test_progress_that_raises_ends_the_work_over_there() -> None:
    behind, told = Listening(), []
    behind.go.clear()

    def progress(share: float, words: str) -> None:
        told.append((share, words))
        raise KeyError("enough")

    with running(made(behind)) as address:
        far = RemotePredictor(Line(address))
        with pytest.raises(KeyError, match="enough"):
            far.compare(TALK, variants=["crm"], tasks=["intent"], progress=progress)
        assert told == [(0.25, "at <it>")] and until(lambda: behind.ended == ["Interrupted"])
        behind.go.set()
        assert far.compare(TALK, variants=["crm"], tasks=["intent"], progress=lambda share, words: told.append((share, words)))
        assert told[-1][0] == 1.0


def test_the_visitor_and_the_deadline_travel_with_a_token_only() -> None:
    behind = Listening()
    with running(made(behind, token="t")) as address, asking("session 7", seconds=50):
        RemotePredictor(Line(address, "t")).compare(TALK, variants=["crm"], tasks=["intent"])
    with running(made(behind)) as address, asking("session 7"):
        RemotePredictor(Line(address)).compare(TALK, variants=["crm"], tasks=["intent"])
    (first, left), (second, otherwise) = behind.asked
    assert first == "127.0.0.1 session 7" and second == "127.0.0.1"
    assert left is not None and 0 < left <= 50 and otherwise is not None and otherwise > 50


def test_a_deadline_that_passes_is_a_deadline_error() -> None:
    behind = Listening()
    behind.go.clear()
    with running(made(behind)) as address:
        far = RemotePredictor(Line(address))
        with asking(seconds=0.3), pytest.raises(DeadlineError, match="not there in time"):
            far.compare(TALK, variants=["crm"], tasks=["intent"])


# Where the engine is


@pytest.mark.parametrize("address", ["", "localhost:8501", "ftp://host", "file:///etc/passwd", "http://", "http://user:word@host", "http://host:port",
                                     "http://host?x=1", "javascript:alert(1)", "http://[::1"])
def test_a_bad_address_is_one_sentence(address: str) -> None:
    with pytest.raises(InputError, match="ENGINE_URL") as told:
        checked(address)
    assert str(told.value).count("; ") == 1


def test_nobody_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = bound("127.0.0.1", 0)
    port = closed.getsockname()[1]
    closed.close()
    monkeypatch.setenv("ENGINE_URL", f"http://127.0.0.1:{port}")
    with pytest.raises(UnreachableError, match=r"does not answer .*python -m engine serve"):
        open_remote()


def test_pages_whose_engine_goes_away_are_told_and_come_back() -> None:
    with running(made()) as address:
        far = RemotePredictor(Line(address))
        here = TestClient(made(far))
        assert here.get("/healthz").status_code == 200
    assert here.get("/healthz").status_code == 503 and here.get("/healthz").json()["code"] == "unreachable"
    assert here.post("/api/v1/predictor/pieces", json={"words": []}).status_code == 502
    assert "dialatlas_busy 0.0" in here.get("/metrics").text


def test_something_else_there_is_one_sentence() -> None:
    from fastapi import FastAPI

    other = FastAPI()
    other.add_api_route("/healthz", lambda: "fine")
    other.add_api_route("/api/v1/models", lambda: {"hello": "world"})
    with running(other) as address, pytest.raises(UnreachableError, match="no engine of this version"):
        RemotePredictor(Line(address))


def test_a_wrong_token_is_the_servers_own_sentence(url: str) -> None:
    with pytest.raises(RefusedError, match="wants its token"):
        RemotePredictor(Line(url, "guess"))


def test_redirects_are_not_followed() -> None:
    line = Line("http://127.0.0.1:9")
    line._client = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(302, headers={"Location": "http://elsewhere/"})),
                                base_url="http://127.0.0.1:9")
    with pytest.raises(UnreachableError, match="no engine"):
        RemotePredictor(line)


def test_the_environment_chooses_the_remote_engine(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALATLAS_PREDICTOR", "fake")
    assert shared.predictor_name() == "fake"
    monkeypatch.setenv("ENGINE_URL", url)
    monkeypatch.setenv("DIALATLAS_TOKEN", "open sesame")
    assert shared.predictor_name() == shared.zoo_name() == "remote"
    assert PREDICTORS["remote"]().card == FAKE.card


# The text-to-text model


@pytest.fixture(scope="module")
def far_zoo(url: str) -> ZooModel:
    return RemoteZoo(Line(url, "open sesame"))


@pytest.mark.parametrize("name", samples())
@pytest.mark.parametrize("constrained", [True, False])
def test_zoo_answers_are_the_same(far_zoo: ZooModel, name: str, constrained: bool) -> None:
    questions = [one.question for one in all_asked(Given(dialogue=samples()[name]), list(ZOO_TASKS)) if one.question]
    told: list[tuple[int, str]] = []
    found = far_zoo.answer(questions, constrained=constrained, told=lambda place, text: told.append((place, text)))
    assert found == FakeZoo().answer(questions, constrained=constrained) and len(questions) > 8
    assert [far_zoo.prompt(question) for question in questions] == [FakeZoo().prompt(question) for question in questions]
    assert {place for place, _ in told} == set(range(len(questions)))


def test_a_stopped_zoo_answer_says_so(far_zoo: ZooModel) -> None:
    question = next(one.question for one in all_asked(Given(dialogue=TALK), ["sum"]) if one.question)
    found, = far_zoo.answer([question], stop=lambda: True)
    whole, = FakeZoo().answer([question])
    assert found.stopped and not found.valid and whole.text.startswith(found.text) and found.prompt == whole.prompt


def test_edited_prompts_travel(far_zoo: ZooModel) -> None:
    question = next(one.question for one in all_asked(Given(dialogue=TALK, prompts={"rew": "[sum] Hello. [EK] none [C] rewrite"}), ["rew"]) if one.question)
    with pytest.raises(InputError, match="begins with"):
        far_zoo.prompt(question)
    with pytest.raises(UnknownNameError, match="unknown zoo task"):
        far_zoo.prompt(replace(question, sample=replace(question.sample, task="../x")))


def test_a_missing_zoo_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> ZooModel:
        raise MissingDataError("the weights are not there", remedy="fetch them")

    monkeypatch.setattr("engine.serve.shared.ZOO_MODELS", {"fake": missing})
    with running(made(zoo=LazyZoo("fake"))) as address, pytest.raises(MissingDataError, match="the weights are not there"):
        RemoteZoo(Line(address))
