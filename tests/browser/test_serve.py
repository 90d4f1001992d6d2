"""The one process in a browser: pages and talk demo draw, ask no other host, and have opened the models once; pages with a remote engine too."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.unit.http_server import whole


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
