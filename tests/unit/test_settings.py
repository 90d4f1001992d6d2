"""Settings that keep visitors safe: Streamlit's own, bounded caches, and one sentence for what nobody foresaw."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.formparsers import MultiPartParser
from streamlit.testing.v1 import AppTest

from engine.paths import REPOSITORY
from ui.uploads import keep_in_memory

SETTINGS = {"browser.gatherUsageStats": False, "client.showErrorDetails": "none", "server.fileWatcherType": "none", "server.enableXsrfProtection": True,
            "server.enableCORS": True}


@pytest.mark.parametrize("name", SETTINGS)
def test_streamlit_is_set_to_be_safe(name: str) -> None:
    section, _, option = name.partition(".")
    config = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config[section][option] == SETTINGS[name]


def test_uploads_have_a_limit() -> None:
    config = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert 0 < config["server"]["maxUploadSize"] <= 200


def caches(tree: ast.Module) -> Iterator[ast.expr]:
    """Every ``st.cache_data`` or ``st.cache_resource`` of a module, with its arguments where it has any."""
    called = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("cache_data", "cache_resource"):
            yield called.get(id(node), node)


def unbounded(text: str) -> list[int]:
    return [cache.lineno for cache in caches(ast.parse(text))
            if not isinstance(cache, ast.Call) or "max_entries" not in {keyword.arg for keyword in cache.keywords}]


@pytest.mark.parametrize("file", sorted((REPOSITORY / "ui").glob("*.py")), ids=lambda file: file.stem)
def test_every_cache_is_bounded(file: Path) -> None:
    assert unbounded(file.read_text(encoding="utf-8")) == []


def test_an_unbounded_cache_would_be_seen() -> None:
    assert unbounded("@st.cache_data\ndef a(): ...\n@st.cache_resource(ttl=1)\ndef b(): ...\n@st.cache_data(max_entries=2)\ndef c(): ...") == [1, 3]
    assert len(list(caches(ast.parse((REPOSITORY / "ui" / "cache.py").read_text(encoding="utf-8"))))) >= 6


def test_no_part_of_an_upload_goes_to_disk() -> None:
    keep_in_memory()
    assert MultiPartParser.spool_max_size == 0  # for SpooledTemporaryFile: never


def failing() -> None:
    from engine.errors import InputError
    from ui.frame import page

    with page("Broken"):
        import streamlit as st

        if st.toggle("Known", key="broken_known"):
            raise InputError("it is *odd* <b>here</b>", remedy="mend it")
        raise RuntimeError("secret detail")


def test_what_nobody_foresaw_is_one_sentence_with_an_id(caplog: pytest.LogCaptureFixture) -> None:
    screen = AppTest.from_function(failing, default_timeout=60).run()
    assert not screen.exception and len(screen.error) == 1
    told = screen.error[0].value
    assert told.startswith("Something went wrong on our side; the server's log holds the details under id ") and told.endswith("Reload the page to try again.")
    mark = told.partition(" under id ")[2].split(".")[0]
    assert len(mark) == 8 and int(mark, 16) >= 0
    assert not any(word in str(screen) for word in ("secret detail", "Traceback", "RuntimeError"))
    [record] = [record for record in caplog.records if record.name == "dialatlas"]
    assert mark in record.getMessage() and record.exc_info and "secret detail" in str(record.exc_info[1])


def test_what_was_foreseen_is_its_sentence_verbatim() -> None:
    screen = AppTest.from_function(failing, default_timeout=60).run().toggle(key="broken_known").set_value(True).run()
    assert [error.value.replace("\\", "") for error in screen.error] == ["it is *odd* <b>here</b>; mend it."]
    assert "\\*odd\\*" in screen.error[0].value and "\\<b\\>" in screen.error[0].value
