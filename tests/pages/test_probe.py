"""The page Probe with the fake predictor: every objective can be asked, changed, and judged."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from engine.dialogue.model import Span
from engine.entities.base import ExtractorCard
from engine.serve.fake import open_fake
from tests.pages.screen import html, open_page, words

CARD = open_fake().card


class CapitalExtractor:
    """Calls every capitalised word an entity."""

    card = ExtractorCard(name="capital", title="Capitals", backend="re", licence="MIT", training=(), install="")

    def entities(self, texts: list[str]) -> list[tuple[Span, ...]]:
        return [tuple(Span(start=m.start(), end=m.end(), label="X") for m in re.finditer(r"\b[A-Z]\w*", text)) for text in texts]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setattr("engine.entities.default_extractor", CapitalExtractor)
    monkeypatch.setattr("ui.cache.default_extractor", CapitalExtractor)
    return lambda objective, **address: open_page("probe", monkeypatch, probe_objective=objective.upper(),
                                                  dialogue_sample="train and hotel", **address)


def right(screen: AppTest) -> str:
    return next(text.value for text in screen.text if text.value.startswith("Right answer: "))


def control(screen: AppTest, kind: str, ending: str):  # type: ignore[no-untyped-def]
    return next(element for element in getattr(screen, kind) if element.key and element.key.endswith(ending))


@pytest.mark.parametrize("objective", CARD.objectives)
def test_every_variant_answers_every_objective_with_a_letter(ask, objective: str) -> None:  # type: ignore[no-untyped-def]
    screen = ask(objective)
    assert not screen.error and not screen.exception and not screen.warning
    assert all(variant.title in html(screen) for variant in CARD.variants)
    assert html(screen).count('da-letter">') >= len(CARD.variants)
    assert right(screen) != "Right answer: not known"


def test_hidden_words_are_the_right_answer_and_leave_the_text(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("mlm")
    assert "[MASK]" in screen.code[0].value and "[USR]" in screen.code[0].value
    control(screen, "multiselect", "_words").set_value([(0, 6), (0, 8)]).run()
    assert right(screen) == "Right answer: train, london"
    control(screen, "multiselect", "_words").set_value([]).run()
    assert "pick at least one word" in screen.error[0].value


def test_the_speaker_is_asked_without_its_marker(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dsp")
    control(screen, "selectbox", "_at").set_value(1).run()
    assert right(screen) == "Right answer: system"
    assert screen.code[0].value == "i can help with that. what time would you like to arrive?"


def test_replacing_makes_incoherent_and_taking_it_back_coherent(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dcv")
    assert right(screen) == "Right answer: incoherent" and "replaced" in html(screen)
    control(screen, "multiselect", "_replace").set_value([]).run()
    assert right(screen) == "Right answer: coherent" and "da-mark\">" not in html(screen)


def test_another_draw_gives_other_candidates_and_the_same_right_answer(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("crm")
    first, answer = words(screen), right(screen)
    control(screen, "number_input", "_draw").set_value(2).run()
    assert words(screen) != first and right(screen) == answer


def test_the_shown_order_is_the_right_answer(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dur")
    assert right(screen) == "Right answer: order 2 3 1 (place 1 was number 2, place 2 was number 3, place 3 was number 1)"


def test_editing_an_utterance_changes_its_entity_count(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("enp")
    control(screen, "selectbox", "_at").set_value(0).run()
    control(screen, "text_input", "_text_0").set_value("from Rome to Paris and Oslo").run()
    assert right(screen) == "Right answer: 3"
    assert screen.code[0].value == "from rome to paris and oslo"


def test_swapping_speakers_changes_the_markers_only(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dcv")
    before, answer = screen.code[0].value, right(screen)
    control(screen, "toggle", "_swap").set_value(True).run()
    assert screen.code[0].value.replace("[USR]", "§").replace("[SYS]", "[USR]").replace("§", "[SYS]") == before
    assert right(screen) == answer


def test_a_short_pasted_dialogue_gets_a_sentence_not_a_failure(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dur")
    screen.session_state["dialogue_from"] = "paste"
    screen.run()
    screen.text_area(key="dialogue_text").set_value("User: hello\nSystem: hi").run()
    assert "fewer than 3 utterances" in screen.error[0].value and not screen.exception


def test_nonsense_in_the_address_is_told(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("nsp")
    assert "NSP" in screen.warning[0].value and not screen.exception
