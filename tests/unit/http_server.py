"""Real servers on free ports for tests: uvicorn in a thread, or the whole program as a process; models without weights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from engine.paths import REPOSITORY
from engine.serve.base import Predictor
from engine.serve.fake import FakePredictor
from engine.serve.http.process import bound, build
from engine.serve.http.settings import LOCAL_HOSTS, Settings
from engine.serve.shared import LazyZoo

HOSTS = (*LOCAL_HOSTS, "testserver")
"""The last is Starlette's name for itself in its test client."""
TALK = {"turns": [{"speaker": "user", "text": "I need a cheap thai restaurant."}, {"speaker": "system", "text": "In the north?"}]}


def made(predictor: Predictor | None = None, zoo: LazyZoo | None = None, talk: Any = None, **choices: Any) -> FastAPI:
    """The server without pages, around the fakes where nothing else is given; no rate limits unless a test sets them."""
    return build(predictor or FakePredictor(), zoo or LazyZoo("fake"), Settings(**({"hosts": HOSTS, "rate": 0.0, "try_rate": 0.0} | choices)), talk=talk)


@contextmanager
def running(server: FastAPI) -> Iterator[str]:
    """The server's address while it runs."""
    listening = bound("127.0.0.1", 0)
    uvicorn_server = uvicorn.Server(uvicorn.Config(server, log_level="warning", access_log=False, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=uvicorn_server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        _wait_for(url)
        yield url
    finally:
        uvicorn_server.should_exit = True
        thread.join(20)
        listening.close()


def _wait_for(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            httpx.get(f"{url}/healthz", timeout=5, trust_env=False)
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start")


def until(true: Any, seconds: float = 30.0) -> bool:
    """Whether something becomes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return bool(true())


@contextmanager
def whole(home: Path, *flags: str, place: Path = REPOSITORY, **environment: str) -> Iterator[str]:
    """The address of ``python -m engine serve`` as a process of its own, of the code at ``place``, around the fakes; results, runs, data and caches
    are below ``home``."""
    homes = {f"DIALATLAS_{name}": str(home / name.lower()) for name in ("CACHE", "RUNS", "RESULTS", "DATA")}
    fakes = {"DIALATLAS_PREDICTOR": "fake", "DIALATLAS_ZOO": "fake"}
    with subprocess.Popen([sys.executable, "-m", "engine", "serve", "--host", "127.0.0.1", "--port", "0", *flags], cwd=place, text=True,
                          env={**os.environ, **homes, **fakes, **environment}, stdout=subprocess.PIPE) as server:
        assert server.stdout
        url = server.stdout.readline().partition(" at ")[2].partition(" ")[0]
        try:
            assert url, "the server ended before it said its address"
            _wait_for(url)
            yield url
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(60) == 0
