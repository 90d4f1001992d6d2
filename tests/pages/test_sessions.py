"""Sixteen visitors of one process, step by step between each other: each sees their own dialogue and answers, and nobody else's.

AppTest takes one script run at a time; runs at the same moment are tests/browser/test_visitors.py's and tests/slow/test_parallel.py's.
"""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.screen import html, open_page

SESSIONS = 16


def word(number: int) -> str:
    return f"unmistakable{number:02d}x"


def pasted(screen: AppTest, number: int) -> AppTest:
    text = f"User: {word(number)} thai food\nSystem: Here is {word(number)}.\nUser: Bye."
    return screen.text_area(key="dialogue_text").set_value(text).run()


def compared(screen: AppTest) -> AppTest:
    return screen.button(key="compare_run").click().run()


def test_visitors_see_their_own_dialogue_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = html(compared(pasted(open_page("compare", monkeypatch, dialogue_from="Paste"), 3)))
    first = open_page("compare", monkeypatch, dialogue_from="Paste")
    monkeypatch.setattr("streamlit.cache_resource.clear", lambda: None)  # they share one server's caches
    screens = [first, *(open_page("compare", monkeypatch, dialogue_from="Paste") for _ in range(SESSIONS - 1))]
    for number, screen in enumerate(screens):
        pasted(screen, number)
    for screen in reversed(screens):
        compared(screen)
    for number, screen in enumerate(screens):
        shown = html(screen)
        assert "da-grid" in shown and word(number) in shown and not screen.exception and not screen.error
        assert not [other for other in range(SESSIONS) if other != number and word(other) in shown]
    assert html(screens[3]) == alone
