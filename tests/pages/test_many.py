"""The page Many dialogues with the fake predictor: runs in the background, keeps to its visitor, sums up, drills down."""

from __future__ import annotations

import json
import threading
from io import StringIO
from types import SimpleNamespace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from engine.dialogue.model import Dialogue, Turn
from engine.dialogue.samples import samples
from engine.serve import fake
from engine.serve.base import Prediction
from engine.serve.fake import FakePredictor, open_fake
from engine.serve.many import Asked, Job
from engine.serve.many_summary import summary
from tests.pages.screen import html, open_page, words
from ui.many import time_left
from ui.many_export import as_csv, as_json

ALL = len(samples())

CARD = open_fake().card
LONG_S = 60
NASTY = "*star* <b>bold</b> ![x](http://example.org/x.png) :smile: $x$"


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page("many", monkeypatch)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Nothing is answered after the first two dialogues until this is set."""
    go, calls = threading.Event(), []
    usual = FakePredictor.compare

    def compare(self: FakePredictor, dialogue: Dialogue, **asked: object) -> list[Prediction]:
        calls.append(dialogue)
        assert len(calls) <= 2 or go.wait(LONG_S)
        return usual(self, dialogue, **asked)  # type: ignore[arg-type]

    monkeypatch.setattr(fake.FakePredictor, "compare", compare)
    return go


def run(screen: AppTest) -> AppTest:
    screen.button(key="many_run").click().run()
    assert job(screen).wait(LONG_S)
    return screen.run()


def job(screen: AppTest) -> Job:
    found = screen.session_state["many_kept"].job
    assert isinstance(found, Job)
    return found


def markdown(screen: AppTest) -> str:
    return "\n".join(element.value for element in screen.markdown)


def brought(*texts: str, name: str = "mine") -> SimpleNamespace:
    """An upload of one dialogue per text, of a user's and a system's turn each."""
    return SimpleNamespace(dialogues=tuple(
        Dialogue(corpus="upload", id=f"{name} {number}", split="all", turns=(Turn(speaker="user", text=text), Turn(speaker="system", text="Indeed.")))
        for number, text in enumerate(texts)))


def test_nothing_runs_before_the_button_then_everything_is_summed_up(screen: AppTest) -> None:
    assert "many_kept" not in screen.session_state and f"{ALL} of {ALL} dialogues of our samples" in words(screen)
    run(screen)
    assert not screen.exception and not screen.error
    assert len(job(screen).answered) == len(samples())
    assert "Cannot tell any variant from BERT" in markdown(screen) and "bootstrap over dialogues" in words(screen)
    assert "da-verdicts" in html(screen) and "data-cell" in html(screen)
    table = screen.dataframe[0].value
    assert sorted(table["dialogue"]) == sorted(samples())
    assert list(table["differing"]) == sorted(table["differing"], reverse=True)


def test_cancel_keeps_what_is_answered_and_coming_back_finds_the_run(screen: AppTest, held: threading.Event) -> None:
    screen.button(key="many_run").click().run()
    assert "many_run" not in [button.key for button in screen.button]
    back = AppTest.from_file(screen._script_path, default_timeout=60)  # the same session after another page: widgets are new, the session's values stay
    back.session_state["many_kept"] = screen.session_state["many_kept"]
    back.run()
    back.button(key="many_cancel").click().run()
    held.set()
    assert job(back).wait(LONG_S)
    back.run()
    assert job(back).state().status == "cancelled" and len(job(back).answered) == 2
    assert f"The run ended after 2 of {ALL} dialogues" in words(back) and "da-verdicts" in html(back)


def test_two_visitors_runs_do_not_mix(screen: AppTest) -> None:
    other = AppTest.from_file(screen._script_path, default_timeout=60)
    for visitor, upload in ((screen, brought("I want thai food", "hello there", name="ada")), (other, brought("a taxi to london please", name="bob"))):
        visitor.session_state["dialogue_file_kept"] = upload
        visitor.run()
        visitor.button(key="many_run").click().run()
    for visitor, mine, foreign, count in ((screen, "thai food", "taxi to london", 2), (other, "taxi to london", "thai food", 1)):
        assert job(visitor).wait(LONG_S) and len(job(visitor).answered) == count
        visitor.run()
        seen = html(visitor) + str(visitor.dataframe[0].value) + str(visitor.selectbox(key="many_open").options)
        assert foreign not in seen and ("bob" in seen) != ("ada" in seen)
        assert mine in html(visitor) or count == 2
    assert job(screen) is not job(other)


def test_a_file_is_offered_beside_the_samples_and_shown_verbatim(screen: AppTest) -> None:
    screen.session_state["dialogue_file_kept"] = brought(NASTY, name=NASTY)
    run(screen.run())
    assert "1 of 1 dialogues of your file" in words(screen)
    assert "<b>bold" not in html(screen) and "&lt;b&gt;bold" in html(screen)
    assert "McNemar" in words(screen) or "Agrees" in words(screen)
    screen.segmented_control(key="many_from").set_value("samples").run()
    assert f"{ALL} of {ALL} dialogues of our samples" in words(screen)


def test_a_draw_is_stated_with_its_seed_and_its_cuts(screen: AppTest) -> None:
    screen.segmented_control(key="many_which").set_value("random").run()
    screen.number_input(key=f"many_count_{ALL}").set_value(3)
    screen.number_input(key="many_utterances").set_value(4)
    screen.number_input(key="many_seed").set_value(5).run()
    assert f"3 of {ALL} dialogues of our samples \\(drawn with seed 5\\), 12 utterances; 3 of them cut after 4 utterances" in words(screen)
    run(screen)
    assert [len(one.dialogue.turns) for one in job(screen).answered] == [4, 4, 4]


def test_orders_parts_and_another_baseline_need_no_new_run(screen: AppTest) -> None:
    first = job(run(screen))
    screen.segmented_control(key="many_order").set_value("wrong").run()
    wrong = screen.dataframe[0].value["wrong"]
    assert list(wrong) == sorted(wrong, reverse=True)
    screen.segmented_control(key="many_split_by").set_value("domain").run()
    screen.toggle(key="many_split_twin_table").set_value(True).run()
    assert "highest in domain" in words(screen) and set(screen.dataframe[0].value["Domain"]) == {"movies", "restaurant"}  # the others have no acts
    screen.selectbox(key="many_baseline").set_value("crm").run()
    assert "Cannot tell any variant from CRM" in markdown(screen) and job(screen) is first
    weather = next(option for option in screen.selectbox(key="many_open").options if "weather" in option)
    screen.selectbox(key="many_open").select(weather).run()
    assert samples()["weather"].turns[0].text[:40] in html(screen)
    screen.toggle(key="many_differences").set_value(True).run()
    assert not screen.exception


def test_a_failure_is_one_sentence(screen: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> list[Prediction]:
        raise RuntimeError("secret")

    monkeypatch.setattr(fake.FakePredictor, "compare", broken)
    run(screen)
    assert len(screen.error) == 1 and "secret" not in screen.error[0].value and "server's log" in screen.error[0].value
    assert screen.button(key="many_run")


def test_downloads_hold_every_answer() -> None:
    done = Job(FakePredictor(), Asked(dialogues=tuple(samples().values()), variants=("bert", "crm"), tasks=CARD.tasks)).start()
    assert done.wait(LONG_S)
    found = summary(done.answered, "bert")
    count = 2 * sum(len(one.places) for one in done.answered)
    frame = pd.read_csv(StringIO(as_csv(done.answered, "bert")))
    assert len(frame) == count and set(frame["variant"]) == {"bert", "crm"} and frame["turn"].min() == 1
    whole = json.loads(as_json(done.answered, found, done.asked, CARD, "all of them"))
    assert len(whole["answers"]) == count and whole["fingerprints"] == {"bert": "fake-bert", "crm": "fake-crm"}
    assert len(whole["dialogues"]) == len(samples()) and {row["verdict"] for row in whole["summary"]} == {"", "cannot tell"}
    assert "NaN" not in json.dumps(whole)


def test_time_left_is_rough() -> None:
    assert (time_left(None), time_left(59), time_left(600), time_left(7_200)) == ("", "less than a minute left", "about 10 min left", "about 2 h left")
