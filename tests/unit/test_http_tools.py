"""The tools answer as the API does, behind the same doors, and say errors in one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.dialogue.formats.node import MAX_DEPTH
from tests.unit.http_server import TALK, made
from tests.unit.test_http_security import EVIL

HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(made()) as opened:
        yield opened


def called(client: TestClient, method: str, **parameters: Any) -> dict[str, Any]:
    said = client.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}, headers=HEADERS)
    assert said.status_code == 200, said.text
    result: dict[str, Any] = said.json()["result"]
    return result


def test_tools_are_listed_with_their_forms(client: TestClient) -> None:
    tools = {one["name"]: one for one in called(client, "tools/list")["tools"]}
    assert set(tools) == {"predict", "zoo_answer", "convert", "models"} and all(one["description"] for one in tools.values())


def test_a_prediction_is_the_apis(client: TestClient) -> None:
    asked = {"dialogues": [TALK], "variants": ["crm"], "tasks": ["intent"]}
    said = called(client, "tools/call", name="predict", arguments={"asked": asked})
    assert said["structuredContent"]["result"] == client.post("/api/v1/predict", json=asked).json()


def test_zoo_and_convert_and_models(client: TestClient) -> None:
    zoo = called(client, "tools/call", name="zoo_answer", arguments={"asked": {"dialogue": TALK, "tasks": ["sum"]}})
    assert zoo["structuredContent"]["answers"][0]["task"] == "sum"
    found = called(client, "tools/call", name="convert", arguments={"text": "User: hi\nSystem: hello\n"})
    assert len(found["structuredContent"]["dialogues"][0]["turns"]) == 2
    assert called(client, "tools/call", name="models", arguments={})["structuredContent"]["zoo"]["name"] == "fake"


def test_errors_are_sentences(client: TestClient) -> None:
    said = called(client, "tools/call", name="predict", arguments={"asked": {"dialogues": [TALK], "variants": ["crn"]}})
    assert said["isError"] and "did you mean 'crm'" in json.dumps(said) and "Traceback" not in json.dumps(said)


@pytest.mark.parametrize("name", EVIL)
def test_a_name_is_looked_up_never_opened(client: TestClient, name: str) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("predict", {"asked": {"dialogues": [TALK], "variants": [name]}}), ("predict", {"asked": {"dialogues": [TALK], "tasks": [name]}}),
        ("zoo_answer", {"asked": {"dialogue": TALK, "tasks": [name]}}), ("convert", {"text": "User: hi", "roles": {"User": name}}), (name, {})]
    for tool, arguments in calls:
        said = client.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}, headers=HEADERS)
        told = said.json()
        assert said.status_code in (200, 400) and ("error" in told or told["result"]["isError"]) and "root:" not in said.text and "Traceback" not in said.text


def test_the_doors_are_the_apis() -> None:
    with TestClient(made(token="t")) as client:
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        assert client.post("/mcp", json=body, headers=HEADERS).status_code == 401
        assert client.post("/mcp", json=body, headers=HEADERS | {"Origin": "https://evil.example"}).status_code == 403
        assert client.post("/mcp", json=body, headers=HEADERS | {"Host": "evil.example"}).status_code == 421
        assert client.post("/mcp", json=body, headers=HEADERS | {"Authorization": "Bearer t"}).status_code == 200


DEEP = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": ' + b'{"a": ' * (MAX_DEPTH + 2) + b"1" + b"}" * (MAX_DEPTH + 3)


@pytest.mark.parametrize(("body", "status", "code"), [
    (b"[" * 100_000, 400, "bad_request"), (b'{"a":' * 50_000, 400, "bad_request"), (DEEP, 400, "bad_request"), (b"nonsense", 400, "bad_request"),
    (b"\xff", 400, "bad_request"), (b" " * 5_000_000, 413, "too_large")], ids=["lists", "objects", "deep", "nonsense", "bytes", "large"])
def test_bodies_beyond_use_are_refused_as_by_the_api(client: TestClient, body: bytes, status: int, code: str) -> None:
    said = client.post("/mcp", content=body, headers=HEADERS | {"Content-Type": "application/json"})
    assert (said.status_code, said.json()["code"]) == (status, code) and "Traceback" not in said.text
    assert client.post("/mcp", content=b"{}", headers=HEADERS | {"Content-Type": "text/plain"}).json()["code"] == "wrong_type"
    assert called(client, "tools/list")["tools"]
