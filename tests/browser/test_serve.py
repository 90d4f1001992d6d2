"""The one process in a browser: pages and talk draw, ask no other host, and share what is opened; so do pages with a remote engine, and behind a token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from engine.paths import REPOSITORY
from engine.serve.fake import FakePredictor
from engine.serve.http.process import build
from engine.serve.http.settings import LOCAL_HOSTS, Settings
from engine.serve.shared import LazyZoo
from engine.serve.talk.blocks import build as build_talk
from engine.serve.talk.opened import open_room
from engine.serve.talk.story import read_story
from tests.unit.http_server import running, whole


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with whole(tmp_path_factory.mktemp("whole")) as address:
        yield address


def drawn(screen: Page, address: str, title: str) -> None:
    screen.goto(address)
    expect(screen.get_by_role("heading", name=title, exact=True).first).to_be_visible()
    expect(screen.locator("[data-testid=stStatusWidget]")).to_have_count(0)
    expect(screen.get_by_test_id("stAlertContentError")).to_have_count(0)
    assert "went wrong" not in screen.inner_text("body")


def test_pages_talk_and_api_share_one_opening(screen: Page, url: str) -> None:
    asked: list[str] = []
    screen.on("request", lambda request: asked.append(request.url))
    drawn(screen, url, "DialAtlas")
    drawn(screen, f"{url}/compare", "Compare")
    drawn(screen, f"{url}/dialogzoo", "DialogZoo")
    screen.goto(f"{url}/talk/")
    expect(screen.locator("gradio-app")).to_be_visible()
    assert httpx.get(f"{url}/api/v1/models", trust_env=False, timeout=60).json()["zoo"]["name"] == "fake"
    metrics = httpx.get(f"{url}/metrics", trust_env=False, timeout=60).text
    assert {line for line in metrics.splitlines() if line.startswith("dialatlas_openings_total")} == {
        'dialatlas_openings_total{model="predictor fake"} 1.0', 'dialatlas_openings_total{model="zoo fake"} 1.0'}
    assert {urlsplit(one).netloc for one in asked if one.startswith("http")} == {urlsplit(url).netloc}


def test_pages_with_a_remote_engine(screen: Page, url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with whole(tmp_path_factory.mktemp("pages"), ENGINE_URL=url) as pages:
        for path, title in {"": "DialAtlas", "/compare": "Compare", "/why": "Why", "/probe": "Probe", "/health": "Health", "/dialogzoo": "DialogZoo"}.items():
            drawn(screen, f"{pages}{path}", title)
        metrics = httpx.get(f"{pages}/metrics", trust_env=False, timeout=60).text
        assert 'dialatlas_openings_total{model="predictor remote"} 1.0' in metrics and "predictor fake" not in metrics


def test_a_browser_signs_in_and_a_phone_comes_by_the_code(visitor: Callable[[], Page]) -> None:
    story = read_story(REPOSITORY / "samples" / "talk" / "abilities.yaml")
    predictor, zoo = FakePredictor(), LazyZoo("fake")
    room = open_room(predictor, zoo, story)
    settings = Settings(token="s3cret", room="room-key", hosts=LOCAL_HOSTS)
    with running(build(predictor, zoo, settings, talk=build_talk(predictor, zoo, story, room=room, entry=settings.room))) as url:
        desk, phone = visitor(), visitor()
        desk.goto(f"{url}/talk/?key={room.key}")
        desk.get_by_label("Token of this server").fill("wrong")
        desk.get_by_role("button", name="Sign in").click()
        expect(desk.get_by_role("alert")).to_have_text("This is not the token of this server.")
        desk.get_by_label("Token of this server").fill("s3cret")
        desk.keyboard.press("Enter")
        code = desk.locator(".dt-qr:visible")
        expect(code).to_have_attribute("href", f"{url}/talk?step=1&room=room-key")
        phone.goto(f"{url}/talk/")
        expect(phone.get_by_text("scan the code on its screen")).to_be_visible()
        phone.goto(code.get_attribute("href") or "")
        expect(phone.locator(".dt-slide:visible")).to_have_attribute("data-step", "1")
        expect(desk.get_by_text("1 phone", exact=True)).to_be_visible()
        desk.keyboard.press("ArrowRight")
        expect(phone.locator(".dt-slide:visible")).to_have_attribute("data-step", "2")
        assert phone.request.get(f"{url}/api/v1/models").status == 401 and desk.request.get(f"{url}/api/v1/models").status == 200


def test_pages_open_after_signing_in(screen: Page, tmp_path_factory: pytest.TempPathFactory) -> None:
    with whole(tmp_path_factory.mktemp("token"), DIALATLAS_TOKEN="s3cret") as url:
        screen.goto(f"{url}/compare")
        screen.get_by_label("Token of this server").fill("s3cret")
        screen.get_by_role("button", name="Sign in").click()
        expect(screen.get_by_role("heading", name="Compare", exact=True).first).to_be_visible()
        drawn(screen, f"{url}/dialogue", "Dialogue")
