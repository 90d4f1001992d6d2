"""One process, one set of models: pages, talk, API, health and metrics behind one address; what cannot be started is one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection

import httpx
import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import ui.cache
from engine.__main__ import main
from engine.errors import InputError
from engine.serve import shared
from engine.serve.fake import FakePredictor
from engine.serve.http.process import bound, build, opened
from engine.serve.http.settings import LOCAL_HOSTS, Settings
from tests.unit.http_server import TALK, made, whole

V1 = "/api/v1"


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The fakes, opened by nobody yet; pages and server forget them afterwards."""
    monkeypatch.setenv("DIALATLAS_PREDICTOR", "fake")
    monkeypatch.setenv("DIALATLAS_ZOO", "fake")
    monkeypatch.delenv("ENGINE_URL", raising=False)
    forget()
    yield
    forget()


def forget() -> None:
    shared.withdraw()
    shared.OPENINGS.clear()
    ui.cache._open.clear()
    ui.cache._open_zoo.clear()


# One set of models


def test_pages_and_api_share_what_is_opened_once(fakes: None) -> None:
    predictor, zoo = opened()
    assert ui.cache.predictor() is predictor and ui.cache.zoo_model() is zoo
    with TestClient(build(predictor, zoo, Settings(hosts=("testserver",)))) as client:
        for _ in range(3):
            assert client.post(f"{V1}/predict", json={"dialogues": [TALK]}).status_code == 200
            assert client.post(f"{V1}/zoo/answer", json={"dialogue": TALK, "tasks": ["sum"]}).status_code == 200
        assert ui.cache.zoo_model().card.name == "fake"
        assert dict(shared.OPENINGS) == {"predictor fake": 1, "zoo fake": 1}
        text = client.get("/metrics").text
        assert 'dialatlas_openings_total{model="predictor fake"} 1.0' in text and 'dialatlas_openings_total{model="zoo fake"} 1.0' in text


def test_without_a_server_pages_open_their_own(fakes: None) -> None:
    assert ui.cache.predictor() is not FakePredictor() and shared.OPENINGS["predictor fake"] == 1


# The whole program


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with whole(tmp_path_factory.mktemp("whole")) as address:
        yield address


@pytest.mark.parametrize(("path", "inside"), [("/", '<div id="root">'), ("/compare", '<div id="root">'), ("/talk", "gradio"), ("/api", "POST /api/v1/predict"),
                                              ("/api/v1/models", '"name":"fake"'), ("/healthz", '"ok":true'), ("/metrics", "dialatlas_parts"),
                                              ("/_stcore/health", "ok")])
def test_every_room_answers_at_one_address(url: str, path: str, inside: str) -> None:
    said = httpx.get(f"{url}{path}", follow_redirects=True, trust_env=False, timeout=60)
    assert said.status_code == 200 and inside in said.text


@pytest.mark.parametrize("path", ["/", "/talk/", "/_stcore/health", "/_stcore/host-config", f"{V1}/models", "/healthz", "/metrics", "/talk/gradio_api/info"])
def test_no_room_answers_to_a_foreign_name_or_opens_to_another_site(url: str, path: str) -> None:
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        assert client.get(path, headers={"Host": "evil.example"}).status_code == 421
        answer = client.get(path, headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers
        assert client.post(path, headers={"Origin": "https://evil.example"}).status_code == 403


def test_uploads_to_pages_want_the_token_against_forged_requests(url: str) -> None:
    said = httpx.put(f"{url}/_stcore/upload_file/session/file", files={"file": b"x"}, trust_env=False, timeout=60)
    assert said.status_code == 403 and "XSRF" in said.text


def xsrf(client: httpx.Client) -> dict[str, str]:
    """The token against forged requests, as a page's own script sends it back."""
    client.get("/_stcore/health")
    return {"X-Xsrftoken": client.cookies["_streamlit_xsrf"]}


def test_uploads_go_to_ones_own_session_and_are_given_to_nobody(url: str) -> None:
    """With a token against forgery, too: a session's name is a secret, and there is no way to read a file or to list sessions."""
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        headers = xsrf(client)
        for session in ("session", "../../x", "..%2f..%2fx", "%00", "0" * 36):
            path = f"/_stcore/upload_file/{session}/file"
            assert client.put(path, files={"file": b"x"}, headers=headers).status_code in (400, 404, 405)
            said = client.get(path)
            assert said.status_code in (400, 404, 405) or '<div id="root">' in said.text  # the start page, as for any unknown path
        assert client.put("/_stcore/upload_file/session/file", files={"file": b"x"}, headers={"X-Xsrftoken": "made up"}).status_code == 403


OUTSIDE = ("../../../../../../etc/passwd", "..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/etc/passwd",
           "%2fetc%2fpasswd", "....//....//etc/passwd", "..%5c..%5cetc%5cpasswd", "..%252f..%252fetc%252fpasswd", "etc/passwd%00.js")
FILES = ("/", "/static/", "/media/", "/component/", "/_stcore/", "/app/static/", "/talk/", "/talk/file=", "/talk/static/", "/talk/assets/", "/talk/svelte/",
         "/talk/gradio_api/file=", "/talk/gradio_api/file/", "/talk/gradio_api/proxy=", "/talk/custom_component/", "/talk/gradio_api/custom_component/",
         "/api/", "/mcp/", "/healthz/", "/metrics/")


@pytest.mark.parametrize("room", FILES)
def test_no_path_leads_out_of_what_is_served(url: str, room: str) -> None:
    """Sent as written: no client tidies the dots away."""
    host, port = url.removeprefix("http://").split(":")
    for path in OUTSIDE:
        line = HTTPConnection(host, int(port), timeout=60)
        line.putrequest("GET", f"{room}{path}", skip_accept_encoding=True)
        line.endheaders()
        answer = line.getresponse()
        text = answer.read().decode("utf-8", "replace")
        assert answer.status < 500 and "root:" not in text and "Traceback" not in text, path
        line.close()


@pytest.mark.parametrize("path", ["/%00", "/api/v1/%00", "/talk/%00", "/a%0ab", "/healthz%0d%0ax", "/%1b[31m", "/%7f"])
def test_no_address_holds_control_characters(url: str, path: str) -> None:
    said = httpx.get(f"{url}{path}", trust_env=False, timeout=60)
    assert (said.status_code, said.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize("path", ["/talk/gradio_api/proxy=http://127.0.0.1:1/x", "/talk/gradio_api/proxy=http://[", "/talk/proxy=https://evil.example/"])
def test_the_talk_fetches_nothing_for_anybody(url: str, path: str) -> None:
    said = httpx.get(f"{url}{path}", trust_env=False, timeout=60)
    assert (said.status_code, said.json()["code"]) == (404, "not_found")


TALK_POSTS = ("/talk/gradio_api/queue/join", "/talk/gradio_api/run/predict", "/talk/gradio_api/call/x", "/talk/gradio_api/cancel", "/talk/gradio_api/upload")


def test_a_link_to_a_step_keeps_its_step(url: str) -> None:
    said = httpx.get(f"{url}/talk?step=3&room=x", trust_env=False, timeout=60)
    assert (said.status_code, said.headers["location"]) == (307, "/talk/?step=3&room=x")


@pytest.mark.parametrize("path", TALK_POSTS)
def test_what_is_sent_to_the_talk_is_bounded(url: str, path: str) -> None:
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        json_type = {"Content-Type": "application/json"}
        for body, code in ((b"[" * 100_000, "bad_request"), (b'{"a":' * 50_000, "bad_request"), (b" " * 2_000_000, "too_large")):
            said = client.post(path, content=body, headers=json_type)
            assert said.json()["code"] == code and "Traceback" not in said.text
        assert client.post(path, files={"files": b"x" * 1000}).json()["code"] == "wrong_type"
        assert client.post(path, content=b"{", headers={"Origin": "https://evil.example"}).json()["code"] == "wrong_origin"  # judged before the body
        assert client.get("/talk/").status_code == 200


def test_the_pages_socket_opens_to_our_own_pages_only(url: str) -> None:
    socket = f"ws{url.removeprefix('http')}/_stcore/stream"
    with connect(socket, origin=url, subprotocols=["streamlit"], proxy=None, open_timeout=60):  # type: ignore[arg-type,list-item]
        pass
    for origin in ("https://evil.example", "null", "http://localhost:1"):
        with pytest.raises(InvalidStatus, match="403"), connect(socket, origin=origin, subprotocols=["streamlit"], proxy=None,  # type: ignore[arg-type,list-item]
                                                                open_timeout=60):
            pass


def test_a_socket_to_a_foreign_name_is_closed() -> None:
    with TestClient(made(hosts=LOCAL_HOSTS)) as client, pytest.raises(WebSocketDisconnect) as closed, \
            client.websocket_connect("/_stcore/stream", headers={"Host": "evil.example"}):
        pass
    assert closed.value.code == 1008


def test_a_name_that_was_allowed_may_ask_through_a_proxy() -> None:
    with TestClient(made(hosts=(*LOCAL_HOSTS, "lab.example", "testserver"))) as client:
        for origin, status in (("https://lab.example", 200), ("https://lab.example:8443", 403), ("https://evil.example", 403), ("http://[", 403)):
            assert client.post(f"{V1}/predictor/pieces", json={"words": []}, headers={"Origin": origin}).status_code == status


# What cannot be started


def test_a_port_in_use_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with bound("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--host", "127.0.0.1", "--port", str(port)]) == 2
    assert f"the address 127.0.0.1:{port} cannot be used" in capsys.readouterr().err


@pytest.mark.parametrize(("host", "port"), [("no.such.host.invalid", 80), ("localhost", 70_000), ("localhost", -1)])
def test_an_address_that_cannot_be_had_is_one_sentence(host: str, port: int) -> None:
    with pytest.raises(InputError, match="cannot be used"):
        bound(host, port)


def test_a_rate_below_zero_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--rate", "-1"]) == 2 and "--rate" in capsys.readouterr().err


def test_a_bad_engine_address_is_one_sentence(fakes: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ENGINE_URL", "nonsense")
    assert main(["serve", "--port", "0"]) == 2 and capsys.readouterr().err.count("\n") == 1
