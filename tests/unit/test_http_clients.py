"""Gradio's own client gets the API's answers, its errors in one sentence, and nothing without the token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.unit.http_server import TALK, made, running

TOKEN = "a token for tests"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with gr.Blocks(analytics_enabled=False) as talk:
        gr.Markdown("a talk")
    with running(made(talk=talk)) as url:
        yield url


@pytest.fixture(scope="module")
def client(address: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(f"{address}/gradio/", verbose=False, analytics_enabled=False, download_files=str(Path(tmp_path_factory.mktemp("files"))))


def test_its_client_gets_what_the_api_says(address: str, client: Client) -> None:
    asked = {"dialogues": [TALK], "variants": ["crm"], "tasks": ["intent"]}
    said = httpx.post(f"{address}/api/v1/predict", json=asked, trust_env=False).json()
    assert client.predict(asked, api_name="/predict") == said and said[0]["predictions"]
    zoo = {"dialogue": TALK, "tasks": ["sum"]}
    assert client.predict(zoo, api_name="/zoo_answer") == httpx.post(f"{address}/api/v1/zoo/answer", json=zoo, trust_env=False).json()
    assert client.predict(api_name="/models")["zoo"]["name"] == "fake"


def test_its_client_lists_what_there_is(client: Client) -> None:
    named = client.view_api(return_format="dict", print_info=False)
    assert isinstance(named, dict) and set(named["named_endpoints"]) == {"/predict", "/zoo_answer", "/models"}


@pytest.mark.parametrize(("asked", "sentence"), [
    ({"dialogues": [TALK], "variants": ["crn"]}, "did you mean 'crm'"), ({"dialogues": [{"turns": []}]}, "has no turns"),
    ({"talks": []}, "dialogues: Field required"), ([1], "the request: .*(object|dictionary)"),
])
def test_errors_are_sentences(client: Client, asked: object, sentence: str) -> None:
    with pytest.raises(AppError, match=sentence) as caught:
        client.predict(asked, api_name="/predict")
    assert "Traceback" not in str(caught.value)
    assert client.predict({"dialogues": [TALK], "variants": ["mlm"], "tasks": ["intent"]}, api_name="/predict")


def test_without_the_token_nothing_is_said() -> None:
    with gr.Blocks(analytics_enabled=False) as talk:
        gr.Markdown("a talk")
    with running(made(talk=talk, token=TOKEN)) as url:
        assert httpx.get(f"{url}/gradio/config", trust_env=False).status_code == 401
        known = Client(f"{url}/gradio/", verbose=False, analytics_enabled=False, headers={"Authorization": f"Bearer {TOKEN}"})
        assert known.predict(api_name="/models")["card"]["name"] == "fake"
