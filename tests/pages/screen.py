"""Opening a page in AppTest with the fake models, and reading what is on it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from engine.paths import REPOSITORY


def open_page(name: str, monkeypatch: pytest.MonkeyPatch, **address: str | list[str]) -> AppTest:
    """The page after its first run, with ``address`` as query parameters."""
    monkeypatch.setenv("DIALATLAS_PREDICTOR", "fake")
    monkeypatch.setenv("DIALATLAS_ZOO", "fake")
    st.cache_resource.clear()
    screen = AppTest.from_file(str(REPOSITORY / "pages" / f"{name}.py"), default_timeout=60)
    screen.query_params.update(address)
    return screen.run()


def html(screen: AppTest) -> str:
    """All HTML that the page drew, that of tables whose cells open included."""
    return "\n".join([*(element.proto.body for element in screen.get("html")), *(opening_table(element) for element in screen.get("bidi_component"))])


def opening_table(element: Any) -> str:
    """The HTML that `ui.cell_grid` drew."""
    return str(json.loads(element.proto.json or element.proto.mixed.json or "{}").get("html", ""))


def words(screen: AppTest) -> str:
    """All captions and plain texts."""
    return "\n".join(element.value for element in [*screen.caption, *screen.text])
