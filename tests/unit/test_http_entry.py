"""The entrance where a token is set: everything but health is behind it, browsers sign in once, phones come into the talk alone, guessing is slow."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi.responses import PlainTextResponse
from fastapi.testclient import TestClient
from starlette.routing import Mount, Route, Router, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from engine.serve.fake import FakePredictor
from engine.serve.http.api import build_api
from engine.serve.http.entry import COOKIE_S, Seals
from engine.serve.http.settings import Settings
from engine.serve.shared import LazyZoo
from tests.unit.http_server import made, whole

TOKEN, ROOM = "s3cret of the lab", "room-key"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PATHS = ["/", "/compare", "/talk", "/talk/", "/talk/config", "/static/x.js", "/api/", "/api/v1/models", "/api/v1/openapi.json", "/metrics", "/mcp", "/mcp/",
         "/x", "/healthz/", "/healthz/../compare", "//healthz", "/_stcore/stream", "/_stcore/health", "/_stcore/upload_file/a/b"]
METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")


async def _room(request: object) -> PlainTextResponse:
    return PlainTextResponse("inside")


async def _stream(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("inside")
    await socket.close()


def opened(**choices: object) -> TestClient:
    """The server with stand-ins for the talk and for the pages, which take every path and every method, and sockets."""
    server = made(token=TOKEN, room=ROOM, **choices)
    rooms = Router([Route("/{path:path}", _room, methods=METHODS), WebSocketRoute("/{path:path}", _stream)])
    server.router.routes += [Route("/talk", _room, methods=["GET"]), Mount("/talk", rooms), Mount("/", rooms)]
    return TestClient(server, follow_redirects=False)


@pytest.fixture
def client() -> Iterator[TestClient]:
    with opened() as made_client:
        yield made_client


def signed_in(client: TestClient, token: str = TOKEN, path: str = "/compare?x=1") -> httpx.Response:
    return client.post(path, data={"token": token}, headers=HTML)


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_open_but_health(client: TestClient, path: str) -> None:
    for method in METHODS:
        said = client.request(method, f"http://testserver{path}")
        assert said.status_code == 401 and "inside" not in said.text, method
    assert client.get(path, headers=HTML).status_code == 401
    said = client.get("/healthz")
    assert said.status_code == 200 and TOKEN not in said.text
    for method in METHODS[1:]:
        assert client.request(method, "/healthz").status_code == 401  # pages would answer these
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(path):
        pass


@pytest.mark.parametrize("path", [path for path in PATHS if path not in ("/mcp", "/api/")])
def test_the_token_opens_everything_to_programs(client: TestClient, path: str) -> None:
    assert client.get(f"http://testserver{path}", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert client.get(f"http://testserver{path}", headers={"Authorization": f"bearer  {TOKEN} "}).status_code == 200


def test_a_browser_signs_in_once(client: TestClient) -> None:
    said = client.get("/compare?x=1", headers=HTML)
    assert said.status_code == 401 and 'type="password"' in said.text and "alert" not in said.text and "<script" not in said.text
    assert said.headers["referrer-policy"] == "same-origin"  # without a referrer browsers would send the form from the origin "null"
    assert "frame-ancestors 'none'" in said.headers["content-security-policy"] and said.headers["cache-control"] == "no-store"
    said = signed_in(client)
    assert (said.status_code, said.headers["location"]) == (303, "/compare?x=1")
    cookie = said.headers["set-cookie"]
    assert TOKEN not in cookie and re.search(r"^dialatlas_all=\d+\.[0-9a-f]{64};", cookie)
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/;", f"Max-Age={COOKIE_S}")) and "Secure" not in cookie
    for path in ("/compare", "/talk/", "/api/v1/models", "/metrics", "/api/", "/_stcore/health"):
        assert client.get(path, headers=HTML).status_code == 200, path
    with client.websocket_connect("/_stcore/stream") as socket:
        assert socket.receive_text() == "inside"
    assert client.get("/compare", headers={"Authorization": "Basic of-the-proxy"}).status_code == 200


def test_over_tls_the_cookie_stays_there() -> None:
    with opened() as client:
        assert "; Secure" in signed_in(client, path="https://testserver/").headers["set-cookie"]


@pytest.mark.parametrize("token", ["", "s3cret", f"{TOKEN}x", "é" * 50, "a" * 9_000, "\x00"])
def test_another_token_signs_nobody_in(client: TestClient, token: str) -> None:
    said = signed_in(client, token)
    assert said.status_code == 401 and "This is not the token of this server." in said.text and "set-cookie" not in said.headers
    assert client.get("/compare", headers=HTML).status_code == 401 and (not token or token not in said.text)


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "/%2f/evil.example", "/%5cevil.example", "/https://evil.example"])
def test_signing_in_leads_nowhere_else(client: TestClient, path: str) -> None:
    place = client.post(f"http://testserver{path}", data={"token": TOKEN}, headers=HTML).headers["location"]
    assert place.startswith("/") and not place.startswith(("//", "/\\"))


@pytest.mark.parametrize("value", ["", "x", "99999999999.", f"99999999999.{'0' * 64}", "1.2.3", TOKEN, "é.é", ".", f"{'9' * 5000}.{'0' * 64}"])
def test_made_up_cookies_open_nothing(client: TestClient, value: str) -> None:
    for name in ("dialatlas_all", "dialatlas_talk"):
        raw = f"{name}={value}".encode()
        assert client.get("/talk/", headers=[(b"cookie", raw)]).status_code == 401
        assert client.get("/compare", headers=[(b"cookie", raw)]).status_code == 401


def test_cookies_end_and_belong_to_their_token_and_part() -> None:
    one = Seals("one")
    value = one.made("all", 1000.0)
    assert one.fits("all", value, 1000.0 + COOKIE_S - 1) and not one.fits("all", value, 1000.0 + COOKIE_S)
    assert not one.fits("talk", value, 1000.0) and not Seals("two").fits("all", value, 1000.0)
    assert Seals("one").fits("all", value, 1000.0)  # a restart signs nobody out
    assert not Seals("one").fits("talk", one.made("talk", 1000.0), 1000.0)  # but ends a talk
    later = f"{int(value.partition('.')[0]) + 1}.{value.partition('.')[2]}"
    assert not one.fits("all", later, 1000.0)


def test_other_sites_may_not_sign_anybody_in(client: TestClient) -> None:
    said = client.post("/", data={"token": TOKEN}, headers=HTML | {"Origin": "https://evil.example"})
    assert said.status_code == 403 and "set-cookie" not in said.headers


def test_the_api_alone_lets_nobody_in_who_did_not_come_by_the_entrance() -> None:
    api = build_api(FakePredictor(), LazyZoo("fake"), Settings(token=TOKEN))
    assert TestClient(api).get("/v1/models", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 401


# Guesses


def test_guesses_are_slow_however_they_come_and_hurt_nobody_who_is_in() -> None:
    with opened(try_rate=0.001, tries=3.0) as client:
        inside = {"Cookie": signed_in(client).headers["set-cookie"].partition(";")[0]}
        client.cookies.clear()
        wrong, right = {"Authorization": "Bearer guess"}, {"Authorization": f"Bearer {TOKEN}"}
        codes = [signed_in(client, "guess").status_code, client.get("/metrics", headers=wrong).status_code, signed_in(client, "another").status_code]
        assert codes == [401, 401, 401]
        late = [signed_in(client, "guess"), client.get("/", headers=wrong), signed_in(client), client.get("/", headers=right)]
        assert [said.status_code for said in late] == [429] * 4  # the right one too: who guesses shall not learn that it is
        assert all(int(said.headers["retry-after"]) >= 1 for said in late) and "too many wrong tokens" in late[0].text and 'type="password"' in late[0].text
        assert client.get("/compare", headers=inside).status_code == 200 and client.get("/healthz").status_code == 200


def test_asking_without_a_token_is_no_guess() -> None:
    with opened(try_rate=0.001, tries=2.0) as client:
        assert {client.get("/", headers=HTML).status_code for _ in range(10)} == {401}
        assert {client.get("/talk/?room=wrong").status_code for _ in range(10)} == {401}
        assert signed_in(client).status_code == 303


def test_a_filled_form_is_bounded() -> None:
    with opened(body_seconds=0.3) as client:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        said = client.post("/", content=b"token=" + b"x" * 20_000, headers=form)
        assert (said.status_code, said.json()["code"]) == (413, "too_large")
        assert client.post("/", content=b"&".join(b"a=b" for _ in range(2000)), headers=form).status_code == 401
        assert client.post("/", content=b"\xff\xfe=&token=%ff", headers=form).status_code == 401
        assert signed_in(client).status_code == 303


# Phones


def test_the_room_key_opens_the_talk_and_nothing_else(client: TestClient) -> None:
    said = client.get(f"/talk/?step=3&room={ROOM}", headers=HTML)
    assert said.status_code == 200 and said.text == "inside"  # no way round: the first page is already the talk
    cookie = said.headers["set-cookie"]
    assert "Path=/talk;" in cookie and "HttpOnly" in cookie and ROOM not in cookie
    assert client.get("/talk/gradio_api/queue/data", headers=HTML).status_code == 200 and client.post("/talk/gradio_api/queue/join", json={}).status_code == 200
    assert client.get("/talk").status_code == 200
    raw = [(b"cookie", cookie.partition(";")[0].encode())]  # wherever a phone sends it
    for path in ("/", "/compare", "/talkative", "/api/v1/models", "/metrics", "/mcp", "/_stcore/stream", "/_stcore/health"):
        assert client.get(path, headers=raw).status_code == 401, path
        assert client.get(f"{path}?room={ROOM}").status_code == 401, path
    assert client.post("/talk", headers=raw).status_code == 401  # pages would answer that
    assert client.get("/compare", headers=[(b"cookie", raw[0][1].replace(b"_talk", b"_all"))]).status_code == 401


@pytest.mark.parametrize("room", ["", "wrong", "room-ke", "é"])
def test_another_room_key_opens_nothing(client: TestClient, room: str) -> None:
    said = client.get("/talk/", params={"room": room}, headers=HTML)
    assert said.status_code == 401 and "scan the code" in said.text and "set-cookie" not in said.headers


def test_without_a_talk_no_key_opens_its_path() -> None:
    with TestClient(made(token=TOKEN)) as client:
        assert client.get("/talk/?room=").status_code == 401


# The whole program


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with whole(tmp_path_factory.mktemp("whole"), DIALATLAS_TOKEN=TOKEN) as address:
        yield address


def test_pages_talk_and_their_sockets_are_behind_the_token(url: str) -> None:
    stream = f"ws{url.removeprefix('http')}/_stcore/stream"
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        for path in ("/", "/talk/", "/talk/config", "/talk/gradio_api/info", "/_stcore/health", "/_stcore/host-config", "/metrics", "/api/v1/models"):
            assert client.get(path).status_code == 401, path
        assert client.post("/talk/gradio_api/queue/join", json={}).status_code == 401
        with pytest.raises(InvalidStatus, match="403"), connect(stream, origin=url, subprotocols=["streamlit"], proxy=None):  # type: ignore[arg-type,list-item]
            pass
        assert client.post("/", data={"token": TOKEN}, headers=HTML).status_code == 303
        cookie = "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)
        assert '<div id="root">' in client.get("/").text and "gradio" in client.get("/talk/").text and client.get("/_stcore/health").status_code == 200
        with connect(stream, origin=url, subprotocols=["streamlit"], proxy=None, open_timeout=60,  # type: ignore[arg-type,list-item]
                     additional_headers={"Cookie": cookie}):
            pass
