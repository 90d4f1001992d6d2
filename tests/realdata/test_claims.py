"""Quotations stand in the papers' text, word for word."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

import pytest

from engine.results.claims import CLAIMS

TEXTS = {1: "further_pretraining_tasks.txt", 2: "dialogzoo.txt"}


@pytest.fixture(scope="session")
def papers(shared_data: Path) -> Path:
    """The folder of the papers' texts (``DIALATLAS_TEST_PAPERS``, else beside the data sets); skips where absent."""
    folder = Path(os.environ.get("DIALATLAS_TEST_PAPERS", shared_data.parent / "papers"))
    if not all((folder / name).is_file() for name in TEXTS.values()):
        pytest.skip(f"the papers' texts are not at {folder}; set DIALATLAS_TEST_PAPERS")
    return folder


def squeezed(text: str) -> str:
    """Without spaces and hyphens: the text breaks words at the end of lines."""
    return re.sub(r"[-\s]+", "", text)


@cache
def text(file: Path) -> str:
    return squeezed(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CLAIMS)
def test_quotation(papers: Path, name: str) -> None:
    claim, place = CLAIMS[name], 0
    for piece in claim.quotation.split("…"):
        found = text(papers / TEXTS[claim.paper]).find(squeezed(piece), place)
        assert found >= 0, f"{piece!r} is not in the text of paper {claim.paper}"
        place = found + len(squeezed(piece))
