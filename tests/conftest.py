"""Fixtures for every tier: a private home, one thread, and the published data sets where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

TESTS = Path(__file__).resolve().parent
REPOSITORY = TESTS.parent
SHARED_DATA = Path(os.environ.get("DIALATLAS_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
TIERS = ("unit", "pages", "browser", "realdata", "slow")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by its folder; examples in docstrings of the program are unit tests."""
    for item in items:
        tier = item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else "unit"
        if tier in TIERS:
            item.add_marker(tier)


@pytest.fixture(autouse=True)
def private_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches, runs, results and data go to a temporary folder; the shipped weights stay readable."""
    for name in ("CACHE", "RUNS", "RESULTS", "DATA"):
        monkeypatch.setenv(f"DIALATLAS_{name}", str(tmp_path / name.lower()))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of published data sets (``DIALATLAS_TEST_DATA``); skips where absent, fails under CI."""
    if not (SHARED_DATA / "INDEX.md").is_file():
        reason = f"published data sets are not at {SHARED_DATA}; set DIALATLAS_TEST_DATA"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return SHARED_DATA
