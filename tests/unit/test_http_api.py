"""The API answers as the models behind it do, streams what they tell, and says every error in one form."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from pydantic import TypeAdapter

from engine.dialogue.model import Dialogue
from engine.dialogue.samples import samples
from engine.errors import CheckpointError, DialAtlasError, MissingDataError, QueueFullError
from engine.paths import REPOSITORY
from engine.serve.base import Prediction
from engine.serve.fake import FakePredictor
from engine.serve.http.bucket import Buckets
from engine.serve.problems import KINDS, REFUSALS
from engine.serve.request import current
from engine.serve.shared import LazyZoo
from engine.serve.wire import METHODS, NDJSON
from engine.zoo import ZOO_TASKS
from tests.unit.http_server import TALK, made, running, until

FAKE = FakePredictor()
V1 = "/api/v1"
DIALOGUES: TypeAdapter[Dialogue] = TypeAdapter(Dialogue)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(made()) as opened:
        yield opened


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line]


# Answers


@pytest.mark.parametrize("name", samples())
def test_predictions_are_those_of_the_predictor(client: TestClient, name: str) -> None:
    dialogue = samples()[name]
    said = client.post(f"{V1}/predict", json={"dialogues": [DIALOGUES.dump_python(dialogue, mode="json")] * 2})
    found = [TypeAdapter(list[Prediction]).validate_python(one["predictions"]) for one in said.json()]
    assert found == [FAKE.compare(dialogue, variants=[card.name for card in FAKE.card.variants], tasks=FAKE.card.tasks)] * 2


def test_turns_are_enough_for_a_dialogue(client: TestClient) -> None:
    said = client.post(f"{V1}/predict", json={"dialogues": [TALK, TALK], "variants": ["crm"], "tasks": ["intent"]}).json()
    assert [one["dialogue"] for one in said] == ["1", "2"] and [len(one["predictions"]) for one in said] == [1, 1]


def test_a_stream_tells_progress_and_ends_with_the_plain_answer(client: TestClient) -> None:
    asked = {"dialogues": [TALK], "tasks": ["intent"]}
    told = lines(client.post(f"{V1}/predict", json=asked, headers={"Accept": NDJSON}).text)
    assert told[-1] == {"result": client.post(f"{V1}/predict", json=asked).json()}
    assert all(0 <= one["progress"] <= 1 and one["words"] for one in told[:-1]) and told[:-1]


def test_objectives_are_answered(client: TestClient) -> None:
    question = {"objective": "crm", "turns": TALK["turns"], "candidates": ["Hello.", "In the north?"]}
    said = client.post(f"{V1}/objectives", json={"questions": [question], "variants": ["crm", "bert"]}).json()
    assert [[one["variant"] for one in answers] for answers in said] == [["crm", "bert"]] and said[0][0]["guess"][0] in question["candidates"]


def test_zoo_answers_come_word_by_word(client: TestClient) -> None:
    asked = {"dialogue": TALK, "tasks": ["rew", "dst", "sum"]}
    told = lines(client.post(f"{V1}/zoo/answer", json=asked, headers={"Accept": NDJSON}).text)
    plain = client.post(f"{V1}/zoo/answer", json=asked).json()
    assert told[-1]["result"] == plain and {one["task"] for one in plain["answers"]} | set(plain["not_asked"]) == {"rew", "dst", "sum"}
    assert told[:-1] and all(one["task"] in ZOO_TASKS for one in told[:-1])


def test_convert_gives_dialogues_or_a_file_and_keeps_nothing(client: TestClient) -> None:
    data = b"Front desk: Good morning.\nAda: A room, please.\n" * 2
    whom = {"system": "Front desk", "user": "Ada"}
    found = client.post(f"{V1}/convert", content=data, params=whom).json()
    assert [turn["speaker"] for turn in found["dialogues"][0]["turns"]] == ["system", "user"] * 2 and found["sentence"]
    written = client.post(f"{V1}/convert", content=data, params=whom | {"to": "csv_long"})
    assert written.headers["content-type"].startswith("text/csv") and "A room, please." in written.text
    unknown = client.post(f"{V1}/convert", content=data)
    assert unknown.status_code == 422 and unknown.json()["code"] == "unknown_speakers" and set(unknown.json()["details"]["labels"]) == {"front desk", "ada"}


@pytest.mark.parametrize("form", ["json", "csv", "markdown", "latex"])
def test_results_come_in_four_forms(client: TestClient, form: str) -> None:
    said = client.get(f"{V1}/results", params={"format": form})
    assert said.status_code == 200 and "84.96" in said.text
    assert form != "json" or {"variant", "reported", "measured"} <= set(said.json()[0])


def test_models_are_described(client: TestClient) -> None:
    said = client.get(f"{V1}/models").json()
    assert [card["name"] for card in said["card"]["variants"]] == [card.name for card in FAKE.card.variants] and said["zoo"]["name"] == "fake"


# What the API says of itself


def test_the_description_works_without_any_other_host(client: TestClient) -> None:
    page = client.get(V1, follow_redirects=True)
    assert page.status_code == 200 and "POST /api/v1/predict" in page.text
    assert not any(mark in page.text for mark in ("<script", "src=", "<link", "@import", "url("))
    assert client.get("/api").text == page.text


def test_fields_are_described_once_and_routes_cover_the_contract(client: TestClient) -> None:
    schema = client.get(f"{V1}/openapi.json").json()
    assert {f"/v1/predictor/{name}" for name in METHODS} <= set(schema["paths"])
    assert "annotation says" in schema["components"]["schemas"]["Prediction"]["properties"]["gold"]["description"]
    assert schema["components"]["schemas"]["PredictRequest"]["additionalProperties"] is False


def test_health_and_metrics(client: TestClient) -> None:
    assert client.get("/healthz").json()["ok"] is True
    client.post(f"{V1}/predict", json={"dialogues": []})
    text = client.get("/metrics").text
    assert 'dialatlas_requests_total{method="POST",room="/api/v1/predict",status="200"}' in text and 'dialatlas_parts{state="ready"} 90.0' in text


# Errors


@pytest.mark.parametrize(("body", "where"), [
    ({"dialogues": [{"turns": [{"speaker": "robot", "text": "x"}]}]}, "/dialogues/0/turns/0/speaker"),
    ({"dialogues": [{"turns": [{"speaker": "user"}]}]}, "/dialogues/0/turns/0/text"),
    ({"dialogues": [], "varients": []}, "/varients"),
    ({}, "/dialogues"), ([], "top level"), ({"dialogues": "x"}, "/dialogues"),
])
def test_a_wrong_form_is_told_with_its_place(client: TestClient, body: Any, where: str) -> None:
    said = client.post(f"{V1}/predict", json=body)
    assert said.status_code == 422 and said.json()["code"] == "bad_form" and said.json()["where"] == where


def test_a_wrong_name_is_told_with_a_hint(client: TestClient) -> None:
    said = client.post(f"{V1}/predict", json={"dialogues": [TALK], "variants": ["crn"]})
    assert said.status_code == 422 and said.json()["code"] == "unknown_name" and "did you mean 'crm'" in said.json()["sentence"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("GET", "/predict", 405), ("DELETE", "/models", 405)])
def test_no_route_is_a_problem_too(client: TestClient, method: str, path: str, status: int) -> None:
    said = client.request(method, f"{V1}{path}")
    assert said.status_code == status and said.json()["sentence"].endswith(".") and said.json()["remedy"]


class Broken(FakePredictor):
    """Raises what it is given."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def compare(self, *arguments: Any, **choices: Any) -> list[Prediction]:
        raise self.error


@pytest.mark.parametrize(("error", "status", "code"), [
    (QueueFullError(40, 3.0), 503, "queue_full"), (CheckpointError("the file is damaged", where="/x", remedy="restore it"), 500, "damaged_weights"),
    (MissingDataError("not there"), 503, "missing_data"), (DialAtlasError("odd"), 500, "failed"),
    (RuntimeError("secret of /etc"), 500, "unexpected"), (MemoryError(), 500, "unexpected")])
def test_every_failure_has_code_and_sentence_and_the_next_request_succeeds(error: Exception, status: int, code: str) -> None:
    with TestClient(made(Broken(error))) as client:
        asked = {"dialogues": [TALK]}
        said = client.post(f"{V1}/predict", json=asked)
        assert (said.status_code, said.json()["code"]) == (status, code) and "secret" not in said.text
        assert lines(client.post(f"{V1}/predict", json=asked, headers={"Accept": NDJSON}).text)[-1]["problem"]["code"] == code
        assert said.headers.get("retry-after") == ("3" if code == "queue_full" else None)
        assert client.post(f"{V1}/predictor/pieces", json={"words": ["Thai"]}).json() == [["thai"]]


def test_paths_of_this_machine_are_not_told() -> None:
    with TestClient(made(Broken(CheckpointError("damaged", where=f"{REPOSITORY}/checkpoints/x")))) as client:
        said = client.post(f"{V1}/predict", json={"dialogues": [TALK]}).json()
        assert str(REPOSITORY) not in json.dumps(said) and said["where"] == "checkpoints/x"


def test_codes_are_distinct() -> None:
    codes = [code for _, code, _ in KINDS] + list(REFUSALS)
    assert len(set(codes)) == len(codes)


# Threads, deadlines, clients that go


class Slow(FakePredictor):
    """Tells progress until nobody wants it, or until it is let go; notes how it ended and for whom it worked."""

    def __init__(self, heeds: bool = True) -> None:
        super().__init__()
        self.heeds, self.go = heeds, threading.Event()
        self.at_work = threading.Semaphore(0)
        self.ended: list[str] = []
        self.visitors: list[str] = []

    def compare(self, dialogue: Dialogue, **choices: Any) -> list[Prediction]:
        self.visitors.append(current().visitor)
        self.at_work.release()
        try:
            while not self.go.wait(0.02):
                if self.heeds:
                    choices["progress"](0.5, "still at it")
        except DialAtlasError as error:
            self.ended.append(type(error).__name__)
            raise
        return []


def test_a_deadline_ends_the_work() -> None:
    slow = Slow()
    with TestClient(made(slow)) as client:
        said = client.post(f"{V1}/predict", json={"dialogues": [TALK]}, headers={"X-DialAtlas-Seconds": "0.2"})
        assert (said.status_code, said.json()["code"]) == (504, "too_late") and until(lambda: slow.ended == ["DeadlineError"])


def test_a_hung_request_is_given_up_and_the_next_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.serve.http.work.GRACE_S", 0.1)
    slow = Slow(heeds=False)
    with TestClient(made(slow)) as client:
        said = client.post(f"{V1}/predict", json={"dialogues": [TALK]}, headers={"X-DialAtlas-Seconds": "0.1"})
        assert (said.status_code, said.json()["code"]) == (504, "too_late")
        assert client.post(f"{V1}/predictor/pieces", json={"words": ["Thai"]}).status_code == 200
        slow.go.set()


@pytest.mark.parametrize("accept", ["application/json", NDJSON])
def test_a_client_that_goes_ends_its_work(accept: str) -> None:
    slow = Slow()
    with running(made(slow)) as url, httpx.Client(trust_env=False, timeout=1.0) as client:
        with suppress(httpx.ReadTimeout), client.stream("POST", f"{url}{V1}/predict", json={"dialogues": [TALK]}, headers={"Accept": accept}) as answer:
            next(answer.iter_lines())  # of the stream, its first sign; of the plain answer, nothing comes before the client gives up
        assert until(lambda: slow.ended == ["Interrupted"])


def test_more_than_can_be_at_work_is_refused_at_once_and_places_come_back() -> None:
    slow = Slow()
    server = made(slow, at_once=2)
    with running(server) as url, httpx.Client(trust_env=False, timeout=60.0) as client:
        def ask() -> httpx.Response:
            return client.post(f"{url}{V1}/predict", json={"dialogues": [TALK]})

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        assert all(slow.at_work.acquire(timeout=30) for _ in threads)
        said = ask()
        assert (said.status_code, said.json()["code"]) == (503, "queue_full") and said.headers["retry-after"] == "2"
        slow.go.set()
        for thread in threads:
            thread.join(30)
        assert until(lambda: ask().status_code == 200) and slow.visitors[0] == "127.0.0.1"


def test_a_slow_reader_keeps_no_thread() -> None:
    asked = {"dialogue": TALK, "tasks": ["sum", "dst"]}
    with running(made()) as url, httpx.Client(trust_env=False, timeout=60.0) as client, \
            client.stream("POST", f"{url}{V1}/zoo/answer", json=asked, headers={"Accept": NDJSON}) as answer:
        chunks = answer.iter_raw(64)
        next(chunks)
        assert until(lambda: "dialatlas_busy 0.0" in client.get(f"{url}/metrics").text)
        assert b'"result"' in b"".join(chunks)


def test_models_are_opened_once_for_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[int] = []

    class Registry(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            loads.append(1)
            time.sleep(0.1)
            return super().__getitem__(name)

    from engine.serve.zoo.fake import open_fake

    monkeypatch.setattr("engine.serve.shared.ZOO_MODELS", Registry(fake=open_fake))
    zoo = LazyZoo("fake")
    threads = [threading.Thread(target=lambda: zoo.card) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert loads == [1] and zoo.ready


def test_the_bucket_fills_again_and_forgets_the_oldest() -> None:
    now = [0.0]
    buckets = Buckets(2.0, 3.0, 2, clock=lambda: now[0])
    assert [buckets.wait("a") for _ in range(4)] == [0, 0, 0, 0.5]
    now[0] = 0.5
    assert buckets.wait("a") == 0 and buckets.wait("a") > 0
    assert buckets.wait("b") == buckets.wait("c") == 0 and buckets.wait("a") == 0  # forgotten: full again


def test_records_of_the_program_are_requests(client: TestClient) -> None:
    """What a Python client makes with ``asdict`` is understood."""
    dialogue = replace(samples()["hotel"], domains=frozenset())
    body = {"dialogues": [asdict(dialogue) | {"domains": []}], "variants": ["crm"], "tasks": ["intent"]}
    assert client.post(f"{V1}/predict", json=body).status_code == 200
