"""What the server refuses, and that it refuses before it works: names, sizes, depths, types, hosts, origins, tokens, rates, slow bodies."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.dialogue.formats.node import MAX_DEPTH
from engine.dialogue.limits import Limits
from engine.serve.http.guard import hostname
from engine.serve.http.settings import ASKED
from engine.serve.wire import METHODS
from tests.unit.http_server import TALK, made, running

V1 = "/api/v1"
JSON = {"Content-Type": "application/json"}
EVIL = ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "/etc/passwd", "crm/../../x", "crm\x00", "C:\\x", "<script>alert(1)</script>", "a" * 5000, ""]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(made()) as opened:
        yield opened


def refused(said: Any, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = said.json()
    assert (said.status_code, problem["code"]) == (status, code), said.text
    assert said.headers["content-type"] == "application/json" and problem["sentence"].endswith(".") and "Traceback" not in said.text
    return problem


# Names


@pytest.mark.parametrize("name", EVIL)
def test_a_name_is_looked_up_never_opened(client: TestClient, name: str) -> None:
    asked = {"dialogue": TALK | {"corpus": name, "id": name, "split": name}, "variants": ["crm"], "task": "intent", "turn": 0}
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("/predict", {"dialogues": [TALK], "variants": [name]}), ("/predict", {"dialogues": [TALK], "tasks": [name]}),
        ("/zoo/answer", {"dialogue": TALK, "tasks": [name]}), ("/objectives", {"questions": [{"objective": name, "turns": TALK["turns"]}]}),
        ("/predictor/files", {"variants": [name]}), ("/predictor/files", {"variants": ["crm"], "tasks": [name]}),
        ("/predictor/files", {"variants": [], "objectives": [name]}), ("/predictor/explain", asked | {"task": name}),
        ("/predictor/explain", asked | {"target": name}), ("/predictor/seen", {"dialogue": asked["dialogue"], "variant": name, "task": "intent", "turn": 0})]
    for path, body in wrong:
        said = client.post(f"{V1}{path}", json=body)
        assert said.status_code == 422 and "root:" not in said.text, (path, said.text)
    assert client.post(f"{V1}/predictor/explain", json=asked).status_code == 200  # a dialogue's own name is but a text


@pytest.mark.parametrize("name", EVIL[:-1])
def test_query_names_too(client: TestClient, name: str) -> None:
    data = b"User: hello\nSystem: hi\n"
    assert client.post(f"{V1}/convert", params={"to": name}, content=data).status_code == 422
    assert client.post(f"{V1}/convert", params={"from": name}, content=data).status_code == 422
    said = client.post(f"{V1}/convert", params={"name": name[:200]}, content=data)
    assert said.status_code == 200 and "root:" not in said.text
    assert client.get(f"{V1}/results", params={"format": name}).status_code == 422
    assert client.get(f"{V1}/results", params={"regime": name}).status_code == 422
    assert client.get(f"{V1}/results", params={"protocol": name}).status_code == 422


@pytest.mark.parametrize("path", ["/predictor/__init__", "/predictor/card", "/predictor/_ask", "/../healthz/x", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd"])
def test_paths_lead_nowhere(client: TestClient, path: str) -> None:
    said = client.post(f"{V1}{path}", json={})
    assert said.status_code in (404, 405) and "root:" not in said.text


# Sizes


@pytest.mark.parametrize("path", ["/predict", "/predictor/compare", "/convert"])
def test_a_large_body_is_refused_before_it_is_read(path: str) -> None:
    small = Limits(bytes=1000)
    with TestClient(made(asked=small, upload=small)) as client:
        refused(client.post(f"{V1}{path}", content=b" " * 1001, headers=JSON), 413, "too_large")
        refused(client.post(f"{V1}{path}", content=(b" " * 400 for _ in range(3)), headers=JSON), 413, "too_large")  # without Content-Length


def head(length: int, path: str = f"{V1}/predict") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n".encode()


def test_a_body_that_lies_about_its_length_is_not_waited_for() -> None:
    with running(made()) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as line:
            line.sendall(head(ASKED.bytes + 1))
            assert b"413" in line.recv(4096)


@pytest.mark.parametrize("path", [f"{V1}/predict", "/mcp"])
def test_a_slow_body_is_given_up(path: str) -> None:
    with running(made(body_seconds=0.3)) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as line:
            line.sendall(head(100, path) + b"{")
            said = b""
            while b"slow_body" not in said and (more := line.recv(4096)):
                said += more
            assert b" 408 " in said and b"slow_body" in said


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 50_000, b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2)])
def test_deep_bodies_are_refused(client: TestClient, body: bytes) -> None:
    problem = refused(client.post(f"{V1}/predict", content=body, headers=JSON), 400, "bad_request")
    assert "deep" in problem["sentence"] or "JSON" in problem["sentence"]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"nonsense", b'{"a": ' + b"9" * 5000 + b"}"])
def test_bodies_that_are_no_json_are_refused(client: TestClient, body: bytes) -> None:
    refused(client.post(f"{V1}/predict", content=body, headers=JSON), 400, "bad_request")


def test_too_many_dialogues_turns_and_characters() -> None:
    with TestClient(made(asked=Limits(bytes=1_000_000, turns=5, dialogues=2), characters=100)) as client:
        long = {"turns": [{"speaker": "user", "text": "x" * 101}]}
        many = {"turns": TALK["turns"] * 3}
        for body in ({"dialogues": [TALK] * 3}, {"dialogues": [TALK, many]}, {"dialogues": [long]}):
            refused(client.post(f"{V1}/predict", json=body), 413, "too_large")
        question = {"objective": "mlm", "turns": many["turns"]}
        refused(client.post(f"{V1}/objectives", json={"questions": [question]}), 413, "too_large")
        refused(client.post(f"{V1}/predictor/probe", json={"question": question, "variants": []}), 413, "too_large")
        refused(client.post(f"{V1}/predictor/coverage", json={"dialogue": long | {"corpus": "", "id": "", "split": ""}}), 413, "too_large")
        refused(client.post(f"{V1}/zoo/answer", json={"dialogue": long}), 413, "too_large")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""])
def test_only_json_is_json(client: TestClient, kind: str) -> None:
    """A form of another site's page needs no leave of ours to send these types."""
    refused(client.post(f"{V1}/predict", content=json.dumps({"dialogues": []}), headers={"Content-Type": kind}), 415, "wrong_type")


# Texts


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "![x](http://evil/x.png) *b* :smile: $x^2$", "</style><b>", "\u202etxt", "\U0001f600",
                                  "a\nb\tc"])
def test_texts_come_back_verbatim(client: TestClient, text: str) -> None:
    talk = {"turns": [{"speaker": "user", "text": "hi"}, {"speaker": "system", "text": text}]}
    said = client.post(f"{V1}/predict", json={"dialogues": [talk], "variants": ["crm"], "tasks": ["response_selection"]})
    assert said.headers["content-type"] == "application/json" and said.json()[0]["predictions"][0]["answer"] == text
    found = client.post(f"{V1}/convert", content=json.dumps([{"messages": [{"role": "user", "content": text}]}]).encode()).json()
    assert found["dialogues"][0]["turns"][0]["text"] == text


def test_half_characters_harm_nobody(client: TestClient) -> None:
    body = b'{"dialogues": [{"turns": [{"speaker": "user", "text": "a\\ud83d b\\u0000"}]}]}'
    assert client.post(f"{V1}/predict", content=body, headers=JSON).status_code == 200


def test_what_a_client_wrote_is_escaped_nowhere_but_shown_nowhere_as_html(client: TestClient) -> None:
    for said in (client.get("/api/<script>alert(1)</script>"), client.post(f"{V1}/predict", json={"<b>": 1})):
        assert said.headers["content-type"] == "application/json"


# Hosts, origins, tokens, rates


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "192.168.1.1", "", "localhost@evil", "[::2]"])
@pytest.mark.parametrize("path", ["/healthz", "/metrics", f"{V1}/models", "/"])
def test_a_foreign_name_is_refused(client: TestClient, host: str, path: str) -> None:
    refused(client.get(path, headers={"Host": host}), 421, "wrong_host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8501", "127.0.0.1:1", "[::1]:8501", "lab.example.", "localhost."])
def test_our_own_names_are_not(host: str) -> None:
    with TestClient(made(hosts=("localhost", "127.0.0.1", "[::1]", "lab.example"))) as client:
        assert client.get("/healthz", headers={"Host": host}).status_code == 200
    assert hostname("[::1]") == "[::1]"


def test_other_sites_may_not_ask(client: TestClient) -> None:
    asked = {"dialogues": [TALK]}
    for origin in ("https://evil.example", "null", "http://testserver:81"):
        said = client.post(f"{V1}/predict", json=asked, headers={"Origin": origin})
        refused(said, 403, "wrong_origin")
        before = client.options(f"{V1}/predict", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
        assert before.status_code == 403
        assert not [name for answer in (said, before) for name in answer.headers if name.startswith("access-control")]
    assert client.post(f"{V1}/predict", json=asked, headers={"Origin": "http://testserver"}).status_code == 200


def test_the_token_is_wanted_everywhere_but_for_health() -> None:
    with TestClient(made(token="s3cret")) as client:
        paths = [("GET", f"{V1}/models"), ("GET", f"{V1}/openapi.json"), ("GET", "/metrics"), ("POST", f"{V1}/predict"), ("GET", f"{V1}/nothing")]
        paths += [("POST", f"{V1}/predictor/{name}") for name in METHODS]
        for method, path in paths:
            for header in ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer s3cre"}, {"Authorization": "Basic s3cret"}, {"Authorization": "s3cret"}):
                said = client.request(method, path, headers=header)
                refused(said, 401, "no_token")
                assert said.headers["www-authenticate"] == "Bearer" and "s3cret" not in said.text
        assert client.get("/healthz").status_code == 200
        assert client.get(f"{V1}/models", headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_a_client_that_asks_too_often_is_told_when_to_come_back() -> None:
    with TestClient(made(rate=0.5, burst=3.0)) as client:
        assert [client.get(f"{V1}/models").status_code for _ in range(4)] == [200, 200, 200, 429]
        said = client.get(f"{V1}/models")
        assert refused(said, 429, "too_many")["details"]["seconds"] > 0 and int(said.headers["retry-after"]) >= 1
        assert client.get("/healthz").status_code == 200


def test_guesses_of_the_token_are_counted() -> None:
    with TestClient(made(token="t", try_rate=0.01, tries=2.0)) as client:
        codes = [client.get(f"{V1}/models", headers={"Authorization": f"Bearer {guess}", "X-DialAtlas-Visitor": str(guess)}).status_code for guess in range(4)]
        assert codes == [401, 401, 429, 429]


def test_the_address_a_client_claims_is_not_believed() -> None:
    with TestClient(made(rate=0.5, burst=2.0)) as client:
        codes = [client.get(f"{V1}/models", headers={"X-Forwarded-For": f"10.0.0.{number}"}).status_code for number in range(3)]
        assert codes == [200, 200, 429]


# Other visitors


def test_nothing_of_a_visitor_is_left_for_another(client: TestClient, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No route stores or lists what was sent: every answer follows from its own request alone."""
    secret = "the password is swordfish"
    talk = {"id": "mine", "turns": [{"speaker": "user", "text": secret}, {"speaker": "system", "text": "ok"}]}
    client.post(f"{V1}/predict", json={"dialogues": [talk]})
    client.post(f"{V1}/convert", content=f"User: {secret}\nSystem: ok\n".encode())
    client.post(f"{V1}/zoo/answer", json={"dialogue": talk, "tasks": ["rew", "sum"]})
    schema = client.get(f"{V1}/openapi.json").json()
    readable = [path for path, methods in schema["paths"].items() if "get" in methods]
    assert readable == ["/v1/results", "/v1/models"] and not any("put" in methods or "delete" in methods for methods in schema["paths"].values())
    for path in (*(f"/api{one}" for one in readable), V1, "/metrics", "/healthz"):
        text = client.get(path).text
        assert "swordfish" not in text and '"mine"' not in text
