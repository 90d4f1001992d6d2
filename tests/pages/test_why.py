"""The page Why with the fake predictor: reasons by button, choices from the address, nothing shown that was not asked."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from engine.dialogue.samples import samples
from engine.serve.fake import open_fake
from tests.pages.screen import html, open_page, words
from ui.figures import signed

SAMPLE = "train and hotel"
FAKE = open_fake()


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    return lambda **address: open_page("why", monkeypatch, **{"dialogue_sample": SAMPLE, **address})


def run(screen: AppTest, key: str = "why_run") -> AppTest:
    screen.button(key=key).click().run()
    assert not screen.error and not screen.exception and not screen.warning, [screen.error, screen.exception, screen.warning]
    return screen


def table(screen: AppTest, heading: str) -> str:
    """The table with a word in its head."""
    return next(body.partition("</table>")[0] for body in html(screen).split("<table")[1:] if heading in body.partition("</thead>")[0])


def test_nothing_is_worked_out_before_the_button(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask()
    assert not screen.error and not screen.exception and not screen.warning
    assert "Press Run" in screen.info[0].value and "da-tok" not in html(screen)


@pytest.mark.parametrize("task", ["Intent", "Dialogue act", "Response selection", "State tracking"])
def test_three_variants_are_explained_token_by_token(ask, task: str) -> None:  # type: ignore[no-untyped-def]
    screen = run(ask(why_task=task))
    name = {"Intent": "intent", "Dialogue act": "dialogue_act", "Response selection": "response_selection", "State tracking": "state_tracking"}[task]
    turn = 11 if name in ("dialogue_act", "response_selection") else 10
    found = FAKE.explain(samples()[SAMPLE], variants=["bert", "crm", "joint"], task=name, turn=turn)
    assert html(screen).count('class="da-why"') == 3
    assert html(screen).count('class="da-tok"') == sum(piece.kind == "word" for one in found for piece in one.pieces)
    assert words(screen).count("miss it by 0.0000") == 3
    assert any("CRM (fake)" in text.value and found[1].target in text.value for text in screen.text)


def test_ablation_is_what_the_shorter_dialogue_gives(ask) -> None:  # type: ignore[no-untyped-def]
    screen = run(ask(why_task="Dialogue act", why_variants=["CRM (fake)"]))
    found = FAKE.ablate(samples()[SAMPLE], variants=["crm"], task="dialogue_act", turn=11)
    shown = table(screen, "Without")
    assert shown.count("<tr>") == 1 + len(found) > 4
    assert shown.count("≠") == sum(one.answer_after != one.answer_before for one in found) > 0
    most = max(found, key=lambda one: abs(one.effect))
    assert any(text.value.startswith(f"Utterance {most.dropped + 1} moves CRM (fake)'s answer most") for text in screen.text)
    screen.toggle(key="why_twin_table").set_value(True).run()
    assert len(screen.dataframe[0].value) == len(found)


def test_few_turns_are_not_ranked(ask) -> None:  # type: ignore[no-untyped-def]
    screen = run(ask(why_task="Intent", why_variants=["CRM (fake)"]))
    assert "too few turns (n 0)" in words(screen) and "none can be left out" in words(screen)
    assert "n 7 turns" in words(run(ask(why_task="Dialogue act", why_variants=["CRM (fake)"])))


def test_the_address_restores_the_question(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask(why_task="Dialogue act", why_system_turn_of_12="4 S", why_dialogue_act_target="request", why_variants=["DSP (fake)", "DUR (fake)"],
                 why_ablation="Mask its words", why_baseline="PAD", why_same="true")
    assert not screen.warning
    assert any(text.value.startswith("Asked before 4 S: The TR2207") for text in screen.text)
    run(screen)
    one, other = FAKE.explain(samples()[SAMPLE], variants=["dsp", "dur"], task="dialogue_act", turn=3, target="request", baseline="pad")
    assert html(screen).count('class="da-why"') == 2
    assert signed(one.baseline_score) in words(screen) and signed(other.baseline_score) in words(screen) and "PAD" in words(screen)
    assert "with its words masked" in words(screen)


def test_the_first_variants_answer_can_be_explained_in_all(ask) -> None:  # type: ignore[no-untyped-def]
    places = {"why_task": "Intent", "why_user_turn_of_12": "1 U"}
    own = {one.target for one in FAKE.explain(samples()[SAMPLE], variants=[card.name for card in FAKE.card.variants], task="intent", turn=0)}
    assert len(own) > 1
    screen = run(ask(**places, why_view="All variants", why_same="true"), "why_run_all")
    shown = table(screen, "Ablation")
    assert len([target for target in own if f'title="{target}"' in shown]) == 1


def test_all_nine_stand_in_strips_and_are_compared(ask) -> None:  # type: ignore[no-untyped-def]
    screen = run(ask(why_task="State tracking", why_view="All variants"), "why_run_all")
    strips, pairs = table(screen, "Ablation"), table(screen, "ENP w.o. MLM (fake)</th><")
    turns = FAKE.explain(samples()[SAMPLE], variants=["bert"], task="state_tracking", turn=10)[0].turns
    assert strips.count('scope="row"') == 9 and strips.count("<td") == 9 * (1 + len(turns) + 1)
    assert pairs.count('scope="row"') == 9 and len(re.findall(r">[+−]\d\.\d\d<", pairs)) == 9 * 8
    assert any("weighs most in" in text.value for text in screen.text)


def test_what_was_worked_out_is_not_asked_again(ask, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    asked: list[str] = []
    real = type(FAKE).explain
    monkeypatch.setattr("engine.serve.fake.FakePredictor.explain", lambda self, dialogue, **question: (asked.extend(question["variants"]),
                                                                                                       real(self, dialogue, **question))[1])
    screen = run(ask(why_task="Dialogue act"))
    assert asked == ["bert", "crm", "joint"]
    screen.session_state["why_view"] = "all"
    run(screen.run(), "why_run_all")
    assert sorted(asked) == sorted(card.name for card in FAKE.card.variants)


def test_the_sanity_check_compares_with_a_spoilt_copy(ask) -> None:  # type: ignore[no-untyped-def]
    screen = run(run(ask(why_task="Dialogue act", why_variants=["CRM (fake)"])), "why_sanity")
    shown = table(screen, "Shuffled")
    assert "head and top layer" in shown and "wordpieces" in shown


def test_the_ruler_shows_every_token_and_the_cut(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask(why_task="State tracking", why_view="What the model read")
    seen = FAKE.seen(samples()[SAMPLE], variant="bert", task="state_tracking", turn=10)
    assert html(screen).count('class="da-piece') == len(seen.pieces) and seen.cut > 0
    assert html(screen).count(' gone"') == seen.cut and "cut here" in html(screen)
    assert any(f"{seen.cut} were cut away" in text.value and "lost entirely" in text.value for text in screen.text)
    assert html(screen).count(">[CLS]<") == html(screen).count(">[SEP]<") == 1


def test_hostile_text_stays_text(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask(why_task="Dialogue act")
    screen.session_state["dialogue_from"] = "paste"
    screen.run()
    screen.text_area(key="dialogue_text").set_value("User: <b>hi</b> ![x](http://a) $x$\nSystem: <script>1</script>\nUser: ok\nSystem: [b](http://c)").run()
    run(screen)
    assert "<script>" not in html(screen) and "&lt;" in html(screen) and "<b>" not in html(screen)


def test_a_dialogue_without_the_question_is_told(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask(why_task="Dialogue act")
    screen.session_state["dialogue_from"] = "paste"
    screen.run()
    screen.text_area(key="dialogue_text").set_value("User: hello").run()
    assert any("asked nowhere" in info.value for info in screen.info) and not screen.exception


def test_a_single_response_is_told(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask(why_task="Response selection")
    screen.session_state["dialogue_from"] = "paste"
    screen.run()
    screen.text_area(key="dialogue_text").set_value("User: hello\nSystem: hi").run()
    screen.button(key="why_run").click().run()
    assert "only one response" in screen.error[0].value and not screen.exception


def test_nonsense_in_the_address_is_told(ask) -> None:  # type: ignore[no-untyped-def]
    assert "Singing" in ask(why_task="Singing").warning[0].value


def test_another_dialogue_and_task_bring_no_warning(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask(why_task="Dialogue act", why_system_turn_of_12="12 S")
    screen.selectbox(key="dialogue_sample").set_value("taxi").run()
    assert not screen.exception and not screen.error
