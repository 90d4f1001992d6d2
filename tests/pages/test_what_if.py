"""The page What if with the fake predictor: versions are made, kept and judged."""

from __future__ import annotations

import json
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from engine.dialogue.counterfactuals import COUNTERFACTUALS
from engine.serve.fake import FakePredictor, open_fake
from tests.pages.screen import html, open_page, words

NASTY = "User: I want *thai* <b>now</b> :smile: ![x](http://a.example/x.png)\nSystem: Which area?\nUser: The north.\n"


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page("what_if", monkeypatch, dialogue_sample="thai restaurant")


def pressed(screen: AppTest, key: str) -> AppTest:
    return screen.button(key=f"what_if_{key}").click().run()


def control(screen: AppTest, kind: str, part: str) -> Any:
    return next(element for element in getattr(screen, kind) if element.key and element.key.startswith("what_if_") and part in element.key)


def chosen(screen: AppTest, kind: str) -> AppTest:
    return screen.selectbox(key="what_if_kind").set_value(kind).run()


def versions(screen: AppTest) -> list[str]:
    return list(screen.radio[0].options)


def finding(screen: AppTest) -> str:
    return next((element.value for element in screen.markdown if "should have stayed" in element.value), "")


def fine(screen: AppTest) -> bool:
    return not screen.error and not screen.exception and not screen.warning


def test_it_begins_with_the_dialogue_as_it_is(screen: AppTest) -> None:
    assert fine(screen) and versions(screen) == ["0 original"]
    assert screen.button(key="what_if_undo").disabled and screen.button(key="what_if_redo").disabled
    assert "as it is" in screen.info[0].value and "da-mark\">" not in html(screen)


@pytest.mark.parametrize("kind", COUNTERFACTUALS)
def test_every_kind_can_be_set_up_applied_and_asked_about(screen: AppTest, kind: str) -> None:
    screen = chosen(screen, kind)
    assert fine(screen)
    if kind == "swap_value":
        control(screen, "text_input", "_new").set_value("greek")
    if kind == "edit":
        control(screen, "text_area", "_text").set_value("I would like to eat Greek food.")
    if kind == "insert":
        control(screen, "text_input", "_text").set_value("One moment.")
    screen = pressed(screen, "apply")
    assert fine(screen) and len(versions(screen)) == 2 and screen.radio[0].value == 1
    if "No answer moved" in "".join(element.value for element in screen.info):
        assert kind in ("casing", "swap_speakers"), "the fake reads lower case, and other speakers are asked other questions"
        screen = screen.segmented_control(key="what_if_rows").set_value("all").run()
    assert all(variant.title in html(screen) for variant in open_fake().card.variants)
    assert ("should have stayed" in finding(screen)) == (kind != "swap_speakers")
    assert "Gold annotation" in words(screen)


def test_a_swapped_value_is_shown_word_by_word_and_its_gold_is_followed(screen: AppTest) -> None:
    screen = chosen(screen, "swap_value")
    assert control(screen, "selectbox", "_old").value == "restaurant-food = thai"
    control(screen, "text_input", "_new").set_value("italian")
    screen = pressed(screen, "apply")
    assert "<del>Thai</del><ins>Italian</ins>" in html(screen)
    assert "state of utterances 1, 3, 5, 7, 9" in words(screen)
    assert "+restaurant-food=italian (should follow)" in html(screen) and 'da-letter">G' in html(screen)
    assert "whose gold answer changed **followed** it" in finding(screen)


def test_versions_branch_and_every_way_leads_back(screen: AppTest) -> None:
    screen = pressed(screen, "apply")
    dropped = html(screen)
    screen = pressed(screen, "undo")
    assert screen.radio[0].value == 0 and "da-mark" in html(screen) and "gone" not in html(screen).replace("not asked", "")
    screen = pressed(screen, "redo")
    assert screen.radio[0].value == 1 and html(screen) == dropped
    screen = pressed(screen, "undo")
    screen = pressed(chosen(screen, "repeat"), "apply")
    assert versions(screen) == ["0 original", "└ 1 utterance 1 dropped", "└ 2 utterance 1 said twice"]
    screen = pressed(screen, "apply")
    assert versions(screen)[-1] == "┆ └ 3 utterance 1 said twice" and "0 original → 2 utterance 1 said twice → 3" in words(screen)
    screen = screen.radio[0].set_value(1).run()
    assert html(screen) == dropped
    screen = pressed(screen, "undo")
    screen = pressed(chosen(screen, "drop"), "apply")
    assert len(versions(screen)) == 4 and screen.radio[0].value == 1, "the very same change is not made twice"


def test_what_cannot_be_done_is_told_and_nothing_is_lost(screen: AppTest) -> None:
    screen = pressed(chosen(screen, "swap_value"), "apply")
    assert "New value" in screen.error[0].value and "write at least one word" in screen.error[0].value
    assert versions(screen) == ["0 original"] and not screen.exception and "da-talk" in html(screen)
    control(screen, "text_input", "_new").set_value("north")
    screen = pressed(screen, "apply")
    assert "would become one" in screen.error[0].value
    control(screen, "text_input", "_new").set_value("greek")
    assert fine(pressed(screen, "apply"))


def test_answers_are_asked_once_and_only_by_a_click(screen: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    compare = FakePredictor.compare
    monkeypatch.setattr(FakePredictor, "compare", lambda self, dialogue, **more: asked.append(len(dialogue.turns)) or compare(self, dialogue, **more))
    st.cache_resource.clear()
    screen = pressed(screen, "apply")
    assert asked == [10, 9]
    screen = pressed(pressed(screen, "undo"), "redo")
    assert asked == [10, 9] and finding(screen)
    screen.pills(key="what_if_tasks").set_value(["intent"]).run()
    assert asked == [10, 9], "a part of what is known is known"
    screen = pressed(screen, "undo")
    screen = pressed(screen, "suite") if any(one.key == "what_if_suite" for one in screen.button) else screen
    assert asked == [10, 9]


def test_a_version_that_was_not_asked_about_has_a_button(screen: AppTest) -> None:
    screen.pills(key="what_if_tasks").set_value(["intent"]).run()
    screen = pressed(screen, "apply")
    assert "Intent" in html(screen) and "State tracking" not in html(screen)
    screen = screen.pills(key="what_if_tasks").set_value(["intent", "state_tracking"]).run()
    assert not finding(screen)
    screen = pressed(screen, "ask")
    assert fine(screen) and finding(screen)


def test_nobody_asked_is_told(screen: AppTest) -> None:
    screen = pressed(screen, "apply")
    screen = screen.pills(key="what_if_variants").set_value([]).run()
    assert "choose at least one variant" in screen.error[0].value and not screen.exception


def test_trying_all_gives_a_table_a_chart_and_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("what_if", monkeypatch, dialogue_sample="movie", what_if_view="All versions")
    assert "no version yet" in screen.info[0].value
    screen = pressed(screen, "suite")
    assert fine(screen) and len(versions(screen)) == 10 and screen.radio[0].value == 0
    assert all(f'row">{COUNTERFACTUALS[kind].title}</th>' in html(screen) for kind in COUNTERFACTUALS)
    assert any("flipped least" in element.value for element in screen.markdown)
    figure = json.loads(screen.get("plotly_chart")[0].proto.spec)
    assert len(figure["data"]) == 9 and all(0 <= trace["x"][0] <= 1 for trace in figure["data"])
    screen = screen.toggle(key="what_if_robustness_twin_table").set_value(True).run()
    table = screen.dataframe[0].value
    assert len(table) == 9 and all(table["flipped_low"] <= table["flipped_share"]) and all(table["flipped_share"] <= table["flipped_high"])
    assert len(set(table["should_stay"])) == 1, "every variant is asked the same"
    assert len(versions(pressed(screen, "suite"))) == 10, "the same seed tries the same"


def test_versions_made_by_hand_are_asked_about_with_the_rest(screen: AppTest) -> None:
    screen.pills(key="what_if_tasks").set_value(["intent"]).run()
    screen = pressed(screen, "apply")
    screen.pills(key="what_if_tasks").set_value(["state_tracking"]).run()
    screen = screen.segmented_control(key="what_if_view").set_value("all").run()
    screen = pressed(screen, "ask_all")
    assert fine(screen) and "none to judge" in html(screen) and "Cannot tell" in " ".join(element.value for element in screen.markdown)


def test_foreign_words_stay_as_they_are(screen: AppTest) -> None:
    screen.session_state["dialogue_from"] = "paste"
    screen.run()
    screen.text_area(key="dialogue_text").set_value(NASTY).run()
    screen = chosen(screen, "edit")
    control(screen, "text_area", "_text").set_value("I want *chinese* <i>now</i>")
    screen = pressed(screen, "apply")
    assert fine(screen)
    assert "<b>now" not in html(screen) and "<i>now" not in html(screen) and "*chinese* &lt;i&gt;now&lt;/i&gt;" in html(screen)
    control(chosen(screen, "swap_value"), "text_input", "_old").set_value("<b>")
    control(screen, "text_input", "_new").set_value("*x*")
    screen = pressed(screen, "apply")
    assert "\\<b\\>" in screen.error[0].value


def test_each_dialogue_has_its_own_versions(screen: AppTest) -> None:
    screen = pressed(screen, "apply")
    screen = screen.selectbox(key="dialogue_sample").set_value("weather").run()
    assert versions(screen) == ["0 original"]
    screen = screen.selectbox(key="dialogue_sample").set_value("thai restaurant").run()
    assert len(versions(screen)) == 2 and screen.radio[0].value == 1 and finding(screen)


def test_nonsense_in_the_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("what_if", monkeypatch, what_if_kind="Dropp an utterance")
    assert "Drop an utterance" in screen.warning[0].value and not screen.exception


def test_an_empty_paste_starts_something(screen: AppTest) -> None:
    screen.session_state["dialogue_from"] = "paste"
    screen.run()
    assert "Paste or upload" in screen.info[0].value and not screen.exception
