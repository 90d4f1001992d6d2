"""Starting the app as a process of its own, for browser tests and benchmarks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine.paths import REPOSITORY

WAIT_S = 40
"""For the server to start, and for anything to appear on a page."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
"""Chromium's, in a container and without requests of its own."""
STREAMLIT = ("-m", "streamlit")


@contextmanager
def serving(home: Path, environment: Mapping[str, str], python: Sequence[str] = STREAMLIT, script: str = "app.py") -> Iterator[str]:
    """The address of the app while it runs; results, runs, data and caches are below ``home``.

    Args:
        home: A folder of the caller's.
        environment: Further variables, e.g. which predictor.
        python: What the interpreter runs: Streamlit, or something around it.
        script: Another page than the app.

    Raises:
        RuntimeError: The app ended or did not answer; with its log.
    """
    homes = {f"DIALATLAS_{name}": str(home / name.lower()) for name in ("CACHE", "RUNS", "RESULTS", "DATA")}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    log = home / "server.txt"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, *python, "run", script, "--server.headless", "true", "--server.address", "127.0.0.1",
             "--server.port", address.partition(":")[2]],
            cwd=REPOSITORY, env={**os.environ, **homes, **environment}, stdout=out, stderr=subprocess.STDOUT)
    try:
        _await_health(f"http://{address}", server, log)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _await_health(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the app ended with status {server.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError(f"the app did not answer within {WAIT_S} s:\n{log.read_text()}")
