"""A real browser before the running app, with the fake predictor; every address that the browser asks for is kept."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from engine.paths import REPOSITORY

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
WAIT_S = 90
"""For the server to start, and for anything to appear on a page."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium (``CHROMIUM`` or on the path); without one the tests skip, and fail under CI."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not executable:
        reason = "no browser: install chromium or set CHROMIUM"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    expect.set_options(timeout=WAIT_S * 1000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the running app; results, runs, data and caches are a temporary folder's."""
    home = tmp_path_factory.mktemp("app")
    homes = {f"DIALATLAS_{name}": str(home / name.lower()) for name in ("CACHE", "RUNS", "RESULTS", "DATA")}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    log = home / "server.txt"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true", "--server.address", "127.0.0.1",
             "--server.port", address.partition(":")[2]],
            cwd=REPOSITORY, env=os.environ | homes | {"DIALATLAS_PREDICTOR": "fake"}, stdout=out, stderr=subprocess.STDOUT)
    try:
        _await_health(f"http://{address}", server, log)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture(scope="session")
def asked() -> list[str]:
    """Every address that a page of this session asked for."""
    return []


@pytest.fixture
def screen(browser: Browser, asked: list[str]) -> Iterator[Page]:
    """An empty page of 1280 x 800 whose requests are kept in ``asked``."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    context.set_default_timeout(WAIT_S * 1000)
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.on("websocket", lambda socket: asked.append(socket.url))
    yield page
    context.close()


def _await_health(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"the app ended with status {server.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"the app did not answer within {WAIT_S} s:\n{log.read_text()}")
