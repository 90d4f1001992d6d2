"""A real browser before the running app, with the fake predictor; every address that the browser asks for is kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.server import FLAGS, WAIT_S, serving


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium (``CHROMIUM`` or on the path); without one the tests skip, and fail under CI."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not executable:
        reason = "no browser: install chromium or set CHROMIUM"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    expect.set_options(timeout=WAIT_S * 1000)  # its own five seconds are few on a busy machine
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the running app; results, runs, data and caches are a temporary folder's."""
    with serving(tmp_path_factory.mktemp("app"), {"DIALATLAS_PREDICTOR": "fake", "DIALATLAS_ZOO": "fake"}) as address:
        yield address


@pytest.fixture(scope="session")
def asked() -> list[str]:
    """Every address that a page of this session asked for."""
    return []


@pytest.fixture
def visitor(browser: Browser, asked: list[str]) -> Iterator[Callable[[], Page]]:
    """Makes visitors: each is an empty page of 1280 x 800 in a browser profile of its own, whose requests are kept in ``asked``."""
    with ExitStack() as contexts:
        def come() -> Page:
            context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
            contexts.callback(context.close)
            context.set_default_timeout(WAIT_S * 1000)
            context.on("request", lambda request: asked.append(request.url))
            page = context.new_page()
            page.on("websocket", lambda socket: asked.append(socket.url))
            return page
        yield come


@pytest.fixture
def screen(visitor: Callable[[], Page]) -> Page:
    """One visitor's empty page."""
    return visitor()
