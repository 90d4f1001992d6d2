"""The progress bar of short and long work: none for what is done at once, and never more messages than a visitor can see."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from engine.dialogue.samples import samples
from engine.serve.fake import FakePredictor
from tests.pages.screen import open_page


def work_that_is_waited_for() -> None:
    import streamlit as st

    from ui.waiting import Bar

    now = [0.0]
    bar = Bar("Working …", clock=lambda: now[0])
    bar.tell(0.1, "before anybody waits")
    bar.show()
    for step in range(90):
        now[0] += 1 / 64
        bar.tell(step / 100, f"*step* {step}")
    if not st.session_state.get("stay"):
        bar.close()
    bar.show()


def test_a_bar_moves_a_few_times_a_second_and_a_closed_one_stays_away() -> None:
    screen = AppTest.from_function(work_that_is_waited_for)
    screen.session_state["stay"] = True
    screen.run()
    assert not screen.exception
    bar, = screen.get("progress")
    assert (bar.proto.text, bar.proto.value) == ("\\*step\\* 79", 79), "every quarter of a second, by the clock that it was given"
    assert not AppTest.from_function(work_that_is_waited_for).run().get("progress")


def test_what_is_done_at_once_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr("ui.waiting.PATIENCE_S", 600)
    monkeypatch.setattr("streamlit.progress", lambda *about: told.append(about))
    for name, button in (("compare", "compare_run"), ("health", "health_check")):
        screen = open_page(name, monkeypatch)
        screen.button(key=button).click().run()
        assert not screen.exception and not screen.error
    assert told == []


def test_probe_asks_all_that_it_shows_at_once_and_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    probe_all = FakePredictor.probe_all
    monkeypatch.setattr(FakePredictor, "probe_all", lambda self, questions, **more: calls.append(len(questions)) or probe_all(self, questions, **more))
    screen = open_page("probe", monkeypatch, probe_objective="DSP", dialogue_sample="train and hotel")
    assert calls == [len({(turn.speaker, turn.text) for turn in samples()["train and hotel"].turns})]
    screen.run()
    assert len(calls) == 1 and not screen.exception


def test_health_looks_once_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    from engine.serve import found, weights
    from ui import health

    monkeypatch.setattr(health, "weight_files", lambda **how: looks.append("files") or weights.weight_files(**how))
    stores = found.results
    monkeypatch.setattr(found, "results", lambda: looks.append("stores") or stores())
    screen = open_page("health", monkeypatch)
    assert sorted(looks) == ["files", "stores"] and not screen.exception
    screen.button(key="health_check").click().run()
    assert sorted(looks[2:]) == ["files", "stores"], "what the button read is not read again"
