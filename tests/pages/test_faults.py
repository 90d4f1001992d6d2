"""What may go wrong while the server computes: each has its own sentence on the page and its own code in the API, and the next request is served."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from streamlit.testing.v1 import AppTest

from engine.errors import CheckpointError
from engine.serve import shared
from engine.serve.asked import Comparison, Probing
from engine.serve.base import Progress
from engine.serve.batching.device import answer
from engine.serve.batching.predictor import BatchingPredictor
from engine.serve.batching.worker import Worker
from engine.serve.fake import FakePredictor
from engine.serve.wire import NDJSON
from tests.pages.screen import html, open_page
from tests.unit.http_server import TALK, made, running, until

PREDICT, ASKED = "/api/v1/predict", {"dialogues": [TALK], "variants": ["crm"], "tasks": ["intent"]}
LONG_S = 60


class Troubled(FakePredictor):
    """Comparisons do first what `trouble` says."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: Callable[[Progress], None] = lambda tell: None
        self.go, self.ended = threading.Event(), list[str]()

    def check(self, variants: Sequence[str], tasks: Sequence[str], objectives: Sequence[str] = ()) -> None:
        return

    def let_go(self) -> None:
        return

    def compare_many(self, asked: Sequence[Comparison], tell: Sequence[Progress]) -> Iterator[tuple[int, Any]]:
        for number, one in enumerate(asked):
            try:
                self.trouble(tell[number])
                yield number, self.compare(one.dialogue, variants=one.variants, tasks=one.tasks, candidates=one.candidates)
            except Exception as error:
                self.ended.append(type(error).__name__)
                yield number, error

    def probe_many(self, asked: Sequence[Probing], tell: Sequence[Progress]) -> Iterator[tuple[int, Any]]:
        for number, one in enumerate(asked):
            yield number, self.probe_all(one.questions, variants=one.variants)

    def hang(self, tell: Progress) -> None:
        self.go.wait(LONG_S)

    def talk_on(self, tell: Progress) -> None:
        while not self.go.wait(0.02):
            tell(0.5, "still at it")


def raising(error: BaseException) -> Callable[[Troubled], Callable[[Progress], None]]:
    def trouble(tell: Progress) -> None:
        raise error

    return lambda inner: trouble


DAMAGED = CheckpointError("the weight file is damaged", where="checkpoints/variants/crm/encoder.safetensors", remedy="restore it")
FAULTS: dict[str, tuple[Callable[[Troubled], Callable[[Progress], None]], int, str, str]] = {
    "a worker thread is killed": (raising(SystemExit()), 503, "worker_lost", "the computation ended unexpectedly; ask again; the next request is served."),
    "a weight file is damaged": (raising(DAMAGED), 500, "damaged_weights",
                                 "checkpoints/variants/crm/encoder.safetensors: the weight file is damaged; restore it."),
    "memory runs out": (raising(MemoryError()), 503, "no_memory", "there is too little memory for this; try again with a shorter dialogue"),
    "a request hangs": (lambda inner: inner.hang, 503, "worker_lost", "the computation hangs and was given up; ask again"),
}


@pytest.fixture
def inner() -> Iterator[Troubled]:
    one = Troubled()
    yield one
    one.go.set()


@pytest.fixture
def queued(inner: Troubled) -> Iterator[BatchingPredictor]:
    predictor = BatchingPredictor(inner, Worker(answer, patience_s=0.3, grace_s=0.3))
    yield predictor
    predictor.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_the_api_tells_a_code_and_serves_the_next(inner: Troubled, queued: BatchingPredictor, fault: str) -> None:
    trouble, status, code, sentence = FAULTS[fault]
    with TestClient(made(queued)) as client:
        inner.trouble = trouble(inner)
        said = client.post(PREDICT, json=ASKED)
        assert (said.status_code, said.json()["code"]) == (status, code) and said.json()["sentence"].startswith(sentence) and said.json()["remedy"]
        last = json.loads(client.post(PREDICT, json=ASKED, headers={"Accept": NDJSON}).text.splitlines()[-1])
        assert last["problem"]["code"] == code
        inner.trouble = Troubled().trouble
        assert client.post(PREDICT, json=ASKED).status_code == 200 and client.get("/healthz").status_code == 200


@pytest.mark.parametrize("fault", FAULTS)
def test_the_page_tells_a_sentence_and_serves_the_next(inner: Troubled, queued: BatchingPredictor, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trouble, _, _, sentence = FAULTS[fault]
    screen = page(queued, monkeypatch)
    inner.trouble = trouble(inner)
    screen.button(key="compare_run").click().run()
    [told] = [error.value.replace("\\", "") for error in screen.error]
    assert told.startswith(sentence), told
    assert not screen.exception and "Traceback" not in str(screen)
    inner.trouble = Troubled().trouble
    screen.button(key="compare_run").click().run()
    assert not screen.error and "da-grid" in html(screen)


def page(predictor: BatchingPredictor, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(shared, "opened_predictor", lambda name: predictor)
    return open_page("compare", monkeypatch, dialogue_sample="thai restaurant")


def test_a_full_queue_is_told_by_both_and_empties(inner: Troubled, monkeypatch: pytest.MonkeyPatch) -> None:
    queued = BatchingPredictor(inner, Worker(answer, most=1, together=1))
    inner.trouble = inner.talk_on
    with TestClient(made(queued)) as client:
        screen = page(queued, monkeypatch)
        threads = [threading.Thread(target=client.post, args=(PREDICT,), kwargs={"json": ASKED}) for _ in range(2)]
        threads[0].start()
        assert until(lambda: queued._worker._in_hand)
        threads[1].start()
        assert until(lambda: queued.waiting == 1)
        said = client.post(PREDICT, json=ASKED)
        assert (said.status_code, said.json()["code"], said.json()["details"]["waiting"]) == (503, "queue_full", 1) and int(said.headers["retry-after"]) >= 1
        screen.button(key="compare_run").click().run()
        assert [error.value.startswith("1 requests wait already; try again in ") for error in screen.error] == [True]
        inner.go.set()
        for thread in threads:
            thread.join(LONG_S)
        assert client.post(PREDICT, json=ASKED).status_code == 200
        assert not screen.button(key="compare_run").click().run().error


def test_a_client_that_vanishes_midstream_frees_the_worker(inner: Troubled, queued: BatchingPredictor) -> None:
    inner.trouble = inner.talk_on
    with running(made(queued)) as url, httpx.Client(trust_env=False, timeout=LONG_S) as client:
        with client.stream("POST", f"{url}{PREDICT}", json=ASKED, headers={"Accept": NDJSON}) as answer:
            assert "progress" in next(line for line in answer.iter_lines() if line)
        assert until(lambda: inner.ended == ["Interrupted"])
        inner.trouble = Troubled().trouble
        assert client.post(f"{url}{PREDICT}", json=ASKED).status_code == 200


def test_a_deadline_has_a_code_of_its_own(inner: Troubled, queued: BatchingPredictor) -> None:
    inner.trouble = inner.talk_on
    with TestClient(made(queued)) as client:
        said = client.post(PREDICT, json=ASKED, headers={"X-DialAtlas-Seconds": "0.2"})
        assert (said.status_code, said.json()["code"]) == (504, "too_late")
        inner.trouble = Troubled().trouble
        assert client.post(PREDICT, json=ASKED).status_code == 200


def test_faults_differ_in_their_sentences() -> None:
    sentences = [sentence for *_, sentence in FAULTS.values()]
    assert len(set(sentences)) == len(sentences)
