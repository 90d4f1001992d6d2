"""The page DialogZoo with fake models: nothing before a button, answers with their form, prompts and boxes to edit, stopping, side by side."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape
from typing import Any

import pytest
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from engine.dialogue.model import Span
from engine.dialogue.samples import samples
from engine.errors import CheckpointError, MissingDataError
from engine.serve.zoo.base import ZooQuestion
from engine.serve.zoo.fake import FakeZoo
from engine.serve.zoo.questions import Given, all_asked
from engine.zoo import ZOO_TASKS
from tests.pages.screen import html, open_page, words
from ui import dialogzoo
from ui.dialogzoo_board import Board, Row
from ui.dialogzoo_export import as_frame, as_json

NASTY = "*star* <b>bold</b> ![x](http://example.org/x.png) :smile: $x$ [EK] ; = |"


class Capitals:
    """Every capitalised word is an entity."""

    def entities(self, texts: list[str]) -> list[tuple[Span, ...]]:
        return [tuple(Span(start=m.start(), end=m.end(), label="X") for m in re.finditer(r"\b[A-Z]\w*", text)) for text in texts]


@pytest.fixture(autouse=True)
def extractor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.cache.default_extractor", Capitals)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page("dialogzoo", monkeypatch, dialogue_sample="thai restaurant")


def ask(screen: AppTest) -> AppTest:
    return screen.button(key="dialogzoo_ask").click().run()


def tile(screen: AppTest, task: str) -> str:
    found = re.search(rf'<td class="[^"]*" data-cell="{task}".*?</td>', html(screen), re.DOTALL)
    assert found
    return found[0]


def closer(screen: AppTest, task: str) -> AppTest:
    return screen.selectbox(key="dialogzoo_task").set_value(task).run()


def area(screen: AppTest, beginning: str) -> Any:
    return next(element for element in screen.text_area if element.key and element.key.startswith(beginning))


def told(screen: AppTest) -> str:
    return "\n".join(element.value for element in screen.markdown)


def test_nothing_is_asked_before_the_button_and_then_all_tasks_at_once(screen: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    answer: Callable[..., Any] = FakeZoo.answer

    def counted(self: FakeZoo, questions: list[ZooQuestion], **more: Any) -> Any:
        calls.append(len(questions))
        return answer(self, questions, **more)

    monkeypatch.setattr(FakeZoo, "answer", counted)
    assert html(screen).count("not asked") == 17 and screen.button(key="dialogzoo_ask").label == "Ask 17 tasks"
    ask(screen)
    assert calls == [17] and not screen.error and not screen.exception
    assert html(screen).count("<b>V</b> valid") == 17 and html(screen).count("live · ") == 17 and "not asked" not in html(screen)
    assert screen.button(key="dialogzoo_ask").disabled and "**constrained** 0 of 17 invalid (0%) · **free** not asked" in told(screen)


def test_the_share_of_invalid_answers_is_told_for_both_ways(screen: AppTest) -> None:
    ask(screen).segmented_control(key="dialogzoo_decoding").set_value("free").run()
    assert "not asked" in tile(screen, "sum")
    ask(screen)
    invalid = html(screen).count("<b>I</b> invalid")
    assert invalid and f"**constrained** 0 of 17 invalid (0%) · **free** {invalid} of 17 invalid ({invalid / 17:.0%})" in told(screen)
    assert f"the same words in {17 - invalid} of 17" in told(screen)
    screen.segmented_control(key="dialogzoo_decoding").set_value("constrained").run()
    assert html(screen).count("<b>V</b> valid") == 17 and screen.button(key="dialogzoo_ask").disabled


def test_a_task_opens_with_its_prompt_what_was_cut_its_box_and_the_card(screen: AppTest) -> None:
    closer(screen, "dst")
    assert area(screen, "dialogzoo_prompt").value.startswith("[dst] [USR] I would like to eat Thai food")
    assert "restaurant food = kind of food" in area(screen, "dialogzoo_box_dst.slots").value
    assert "9 turns read, none cut · 7 items of knowledge read, none cut" in words(screen)
    closer(screen, "txt2sql")
    assert any("Weak task" in element.value for element in screen.warning)
    ask(screen)
    assert "weak task" in tile(screen, "txt2sql") and "weak task" not in tile(screen, "dst")
    assert any(element.value.startswith("[txt2sql] select") for element in screen.code)


def test_an_edited_prompt_is_asked_again_for_its_task_alone_and_can_be_reset(screen: AppTest) -> None:
    closer(ask(screen), "rew")
    before, automatic = tile(screen, "rew"), area(screen, "dialogzoo_prompt").value
    area(screen, "dialogzoo_prompt").set_value("[rew] [USR] taxi to the opera please [EK] none [C] rewrite it").run()
    assert "not asked" in tile(screen, "rew") and "prompt edited" in tile(screen, "rew") and html(screen).count("valid") >= 16
    assert screen.button(key="dialogzoo_ask").label == "Ask 1 task"
    screen.button(key="dialogzoo_ask_one").click().run()
    assert "V</b> valid" in tile(screen, "rew") and tile(screen, "rew") != before
    screen.button(key="dialogzoo_reset").click().run()
    assert area(screen, "dialogzoo_prompt").value == automatic and tile(screen, "rew") == before


@pytest.mark.parametrize("prompt", ["no marks", "[sum] [USR] x [EK] none [C] y", f"[rew] {NASTY} [EK] none [C] x"])
def test_a_spoilt_prompt_is_one_sentence_and_the_others_can_be_asked(screen: AppTest, prompt: str) -> None:
    closer(screen, "rew")
    area(screen, "dialogzoo_prompt").set_value(prompt).run()
    assert len(screen.warning) == 1 and not screen.error and not screen.exception and area(screen, "dialogzoo_prompt").value == prompt
    assert screen.button(key="dialogzoo_ask").label == "Ask 16 tasks"


def test_a_box_changes_the_prompt_and_the_answers_form(screen: AppTest) -> None:
    closer(ask(screen), "intent")
    area(screen, "dialogzoo_box").set_value("order a pizza\nplay a game").run()
    assert "order a pizza ; play a game [C]" in area(screen, "dialogzoo_prompt").value and "not asked" in tile(screen, "intent")
    screen.button(key="dialogzoo_ask_one").click().run()
    assert re.search("order a pizza|play a game", tile(screen, "intent"))
    closer(screen, "dst")
    closer(screen, "intent")
    assert area(screen, "dialogzoo_box").value == "order a pizza\nplay a game"
    next(button for button in screen.button if button.label == "Reset").click().run()
    assert "book a table" in area(screen, "dialogzoo_box").value


@pytest.mark.parametrize(("text", "sentence"), [("a = b\nc = d = e", "line 2"), ("x " * 5_242_880, "10,485,760 characters"), ("", "lists no name")])
def test_bad_knowledge_is_one_sentence(screen: AppTest, text: str, sentence: str) -> None:
    closer(screen, "fill")
    area(screen, "dialogzoo_box").set_value(text).run()
    assert len(screen.warning) == 1 and sentence in screen.warning[0].value and "\n" not in screen.warning[0].value and not screen.exception
    ask(screen)
    assert html(screen).count("<b>V</b> valid") == 16 and not screen.error


def test_the_seed_draws_another_order(screen: AppTest) -> None:
    closer(screen, "reo")
    before = area(screen, "dialogzoo_prompt").value
    screen.number_input(key="dialogzoo_seed").set_value(3).run()
    assert area(screen, "dialogzoo_prompt").value != before
    closer(screen, "rew")
    closer(screen, "reo")
    assert screen.number_input(key="dialogzoo_seed").value == 3


def test_only_a_part_of_the_dialogue_is_read(screen: AppTest) -> None:
    screen.selectbox(key="dialogzoo_until").set_value("3").run()
    assert area(screen, "dialogzoo_prompt").value.split(" [EK]")[0].endswith("[USR] The north would be best, I live there.")
    assert "A cheap one" not in html(screen)


def test_choices_come_from_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("dialogzoo", monkeypatch, dialogue_sample="taxi", dialogzoo_tasks=["REW", "DST"], dialogzoo_decoding="Free", dialogzoo_until="5",
                       dialogzoo_task="DST · Dialogue state tracking")
    assert not screen.warning and html(screen).count("not asked") == 2 and 'class="chosen" data-cell="dst"' in html(screen)
    assert area(screen, "dialogzoo_prompt").value.startswith("[dst]") and screen.segmented_control(key="dialogzoo_decoding").value == "free"
    wrong = open_page("dialogzoo", monkeypatch, dialogue_sample="taxi", dialogzoo_decoding="wild", dialogzoo_task="OPERA")
    assert len(wrong.warning) == 2 and not wrong.exception


def test_no_task_chosen_says_so(screen: AppTest) -> None:
    screen.button_group(key="dialogzoo_tasks").set_value([]).run()
    assert "Choose at least one task" in screen.info[0].value and not screen.exception


def test_without_weights_or_extractor_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise CheckpointError("the weights of DialogZoo are missing", where="checkpoints/zoo/compact.safetensors", remedy="restore the file")

    with monkeypatch.context() as patched:
        patched.setattr("engine.serve.shared.ZOO_MODELS", {"fake": missing})
        screen = open_page("dialogzoo", patched)
        assert len(screen.error) == 1 and "weights of DialogZoo are missing; restore the file." in screen.error[0].value and not screen.exception

    def none_here() -> None:
        raise MissingDataError("there is no extractor")

    monkeypatch.setattr("ui.cache.default_extractor", none_here)
    screen = ask(open_page("dialogzoo", monkeypatch, dialogue_sample="taxi"))
    assert html(screen).count("<b>V</b> valid") == 16 and "No extractor has looked" in tile(screen, "clo") and screen.button(key="dialogzoo_ask").disabled


@pytest.mark.parametrize("text", ["System: Hello there.\nSystem: Anybody?", f"User: {NASTY}\nSystem: {NASTY}"])
def test_any_dialogue_is_taken_and_shown_verbatim(screen: AppTest, text: str) -> None:
    screen.session_state["dialogue_from"] = "paste"
    ask(screen.run().text_area(key="dialogue_text").set_value(text).run())
    assert not screen.error and not screen.exception
    assert not any("bold</b>" in element.value or ":smile:" in element.value for element in [*screen.markdown, *screen.caption, *screen.warning])
    if NASTY in text:
        assert escape(NASTY) in html(screen) and "<b>bold" not in html(screen)
        assert NASTY.replace("[EK]", r"\[EK]") in area(closer(screen, "sum"), "dialogzoo_prompt").value
    else:
        assert "No user speaks" in tile(screen, "rew") and "V</b> valid" in tile(screen, "sum")


def test_streamlit_ending_a_run_ends_the_writing_and_keeps_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogzoo, "_EVERY_S", 0.0)
    drawn: list[dict[str, str]] = []

    def draw(_: Board, texts: dict[str, str]) -> None:
        drawn.append(dict(texts))
        if len(drawn) == 60:
            raise StopException

    asked = [one.question for one in all_asked(Given(dialogue=samples()["taxi"]), ["rew", "sum", "chat"]) if one.question]
    board = Board(model=FakeZoo(), given=Given(dialogue=samples()["taxi"]), rows={}, constrained=True)
    grown = dialogzoo._Growing(board, [one.task for one in asked], draw)
    found = FakeZoo().answer([*asked[:2], longest()], told=grown, stop=lambda: grown.ended is not None)
    assert isinstance(grown.ended, StopException) and len(drawn) == 60
    assert found[2].stopped and grown.unfinished() == {"chat"} and not found[0].stopped
    assert drawn[-1]["chat"] and all(text.split()[0].startswith("[") for text in drawn[-1].values())


def longest() -> ZooQuestion:
    """A question whose answer is long: every turn of a dialogue again."""
    return next(one.question for one in all_asked(Given(dialogue=samples()["weekend trip"]), ["reo"]) if one.question)


def test_beside_the_variants_everybody_answers_the_same_question(screen: AppTest) -> None:
    screen.button(key="dialogzoo_beside_open").click().run()
    assert "da-table" not in html(screen)
    screen.button(key="dialogzoo_beside_ask").click().run()
    table = next(body for body in (element.proto.body for element in screen.get("html")) if "Order of three" in body)
    assert table.count('scope="row"') == 1 + 9 + 1 and "DialogZoo (fake)" in table and "Joint (fake)" in table
    assert re.search(r">(=|≠)</span>", table) and re.search(r">\d/\d+</span>", table) and re.search(r">(R|W)</span>order [123] [123] [123]", table)
    assert "linear probe" in words(screen) and "restaurant-food = thai" in table


def test_downloads_hold_prompts_answers_and_what_was_not_asked(screen: AppTest) -> None:
    ask(screen)
    assert "Download JSON" in [element.proto.label for element in screen.get("download_button")]
    given = Given(dialogue=samples()["taxi"])
    asked = {one.task: one for one in all_asked(given, ["rew", "clo"])}
    question = asked["rew"].question
    assert question
    answers = {mode: FakeZoo().answer([question], constrained=mode)[0] for mode in (True, False)}
    board = Board(model=FakeZoo(), given=given, constrained=True,
                  rows={"rew": Row(asked=asked["rew"], answers=answers), "clo": Row(asked=asked["clo"], answers={})})
    frame, whole = as_frame(board), json.loads(as_json(board))
    assert list(frame["decoding"]) == ["constrained", "free"] and frame["prompt"][0].startswith("[rew] [USR] I need a taxi")
    assert [one["constrained"] for one in whole["answers"]] == [True, False] and list(whole["not_asked"]) == ["clo"]
    assert len(whole["dialogue"]["turns"]) == 8 and whole["model"]["fingerprint"] == "fake-zoo" and set(ZOO_TASKS) > {one["task"] for one in whole["answers"]}
