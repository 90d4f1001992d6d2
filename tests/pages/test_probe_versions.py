"""Playing on the page Probe: versions, undo, the link, scores that move, the tally, and what each objective offers more."""

from __future__ import annotations

import re
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from engine.dialogue.samples import samples
from tests.pages.screen import html, words
from tests.pages.test_probe import ask, control, right

__all__ = ["ask"]
TALK = samples()["train and hotel"].turns
CODE = "probe_change"


def strip(screen: AppTest) -> list[str]:
    return list(control(screen, "pills", "_strip").options)


def press(screen: AppTest, ending: str) -> None:
    control(screen, "button", ending).click().run()
    assert not screen.exception and not screen.error


def column(screen: AppTest, number: int) -> list[str]:
    """Cells of the verdict table."""
    table = next(part for part in html(screen).split("<table")[1:] if "Score of the right answer" in part)
    return [unescape(re.sub(r"<[^>]+>", " ", re.findall(r"<t[hd].*?</t[hd]>", row)[number])).strip() for row in table.split("<tr>")[2:]]


def code(screen: AppTest) -> str:
    return "".join(screen.query_params.get(CODE, []))


def test_each_change_is_a_version_that_can_be_undone_redone_and_jumped_to(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dur")
    assert strip(screen) == ["0 · original", "→ 1 · order 2 3 1"]
    control(screen, "button_group", "_order").set_value("321").run()
    assert strip(screen)[-1] == "→ 2 · order 3 2 1" and code(screen) == "order321"
    press(screen, "_undo")
    assert right(screen).startswith("Right answer: order 2 3 1") and len(strip(screen)) == 3
    press(screen, "_redo")
    assert right(screen).startswith("Right answer: order 3 2 1")
    control(screen, "pills", "_strip").set_value(0).run()
    assert right(screen).startswith("Right answer: order 1 2 3") and code(screen) == "" and "da-turn user changed" in html(screen)
    control(screen, "button_group", "_order").set_value("213").run()
    assert strip(screen) == ["0 · original", "→ 3 · order 2 1 3"]  # another branch
    jump = control(screen, "selectbox", "_jump")
    assert jump.options[-1] == "3 order 2 1 3 (from 0)" and len(jump.options) == 4  # nothing is lost
    jump.set_value(2).run()
    assert right(screen).startswith("Right answer: order 3 2 1")


def test_choosing_what_is_there_already_makes_no_version(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dsp")
    control(screen, "selectbox", "_at").set_value(6).run()
    assert strip(screen) == ["0 · original"]
    control(screen, "pills", "_strip").set_value(None).run()  # pressing the current version
    assert control(screen, "pills", "_strip").value == 0


def test_versions_outlive_another_objective_and_dialogue(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dcv")
    control(screen, "multiselect", "_replace").set_value([1, 6]).run()
    before, link = right(screen), code(screen)
    assert len(strip(screen)) == 3
    screen.button_group(key="probe_objective").set_value("enp").run()
    assert code(screen) == ""
    screen.selectbox(key="dialogue_sample").set_value("taxi").run()
    screen.selectbox(key="dialogue_sample").set_value("train and hotel").run()
    screen.button_group(key="probe_objective").set_value("dcv").run()
    assert (right(screen), code(screen), len(strip(screen))) == (before, link, 3)
    assert control(screen, "multiselect", "_replace").value == [1, 6]


def test_the_score_before_and_now_has_an_arrow(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dcv")
    moves = column(screen, 3)
    assert len(moves) == 9 and all(re.fullmatch(r"[\d.<>]+ → [\d.<>]+ % [▲▼=] [\d.]+", move) for move in moves)
    press(screen, "_again_6")
    one_back = column(screen, 3)
    assert [move.split(" →")[0] for move in one_back] == [move.split("→ ")[1].split(" %")[0] for move in moves]
    screen.button_group(key="probe_before").set_value("original").run()
    assert [move.split(" →")[0] for move in column(screen, 3)] == [move.split(" →")[0] for move in moves]
    press(screen, "_undo")
    assert column(screen, 3) == moves


def test_one_version_has_a_score_and_no_way(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dsp")
    assert all(re.fullmatch(r"[\d.<>]+ %", score) for score in column(screen, 3))
    assert not screen.get("plotly_chart") and "begins with the second version" in words(screen)


def test_the_chart_says_its_finding_and_has_a_table(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dur")
    assert len(screen.get("plotly_chart")) == 1
    assert re.search(r"rises for \d of 9 variants and falls for \d; highest now: ", words(screen).replace("\\", ""))
    screen.toggle(key="probe_twin_table").set_value(True).run()
    frame = screen.dataframe[0].value
    assert len(frame) == 18 and set(frame["version"]) == {0, 1} and frame["score of right"].between(0, 1).all()


def test_the_tally_counts_each_version_once_until_it_is_reset(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dcv")
    assert all(re.fullmatch("[01] of 1", share) for share in column(screen, 4))
    press(screen, "_again_6")
    press(screen, "_undo")
    shares = column(screen, 4)
    assert all(re.fullmatch("[012] of 2", share) for share in shares)
    assert all((share[0] != "0") for share, answer in zip(shares, column(screen, 2), strict=True) if answer.startswith("R"))
    press(screen, "_reset")
    assert all(share.endswith("of 1") for share in column(screen, 4))
    screen.button_group(key="probe_objective").set_value("dsp").run()
    assert all(share.endswith("of 1") for share in column(screen, 4))


@pytest.mark.parametrize(("objective", "link", "answer"), [
    ("dur", "at3_order312", "order 3 1 2"), ("mlm", "hide1.7-1.9", "train, london"), ("dsp", "at2_flip", "user"), ("dcv", "put3d5-4p2", "incoherent")])
def test_a_link_restores_the_manipulation(ask, objective: str, link: str, answer: str) -> None:  # type: ignore[no-untyped-def]
    screen = ask(objective, probe_change=link)
    assert right(screen).startswith(f"Right answer: {answer}") and len(strip(screen)) == 2 and not screen.warning
    assert code(screen) == link
    press(screen, "_undo")
    assert code(screen) == ""


def test_a_link_of_nonsense_is_told_and_the_page_begins_as_usual(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dur", probe_change="at99_order<b>")
    assert "does not fit this dialogue" in screen.warning[0].value and right(screen).startswith("Right answer: order 2 3 1")
    assert code(screen) == "order231" and not screen.error


def test_what_is_typed_stays_out_of_the_address_and_that_is_said(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dcv")
    control(screen, "text_input", "_typed_6").set_value("I like *green* <b>tea</b>").run()
    assert "what you type stays out of addresses" in words(screen) and "tea" not in code(screen) and code(screen) == ""
    assert "I like *green* &lt;b&gt;tea&lt;/b&gt;" in html(screen) and right(screen) == "Right answer: incoherent"
    assert strip(screen)[-1] == "→ 2 · utterance 7 replaced \\(typed\\)"


def test_distractors_are_drawn_anew_picked_typed_and_taken_back(ask) -> None:  # type: ignore[no-untyped-def]
    def shown() -> str:
        return str(re.findall(r'da-turn user changed.*?da-text">(.*?)<div', html(screen))[0])

    screen = ask("dcv")
    first = shown()
    press(screen, "_again_6")
    assert shown() != first and control(screen, "number_input", "_seed_6").value > 1
    control(screen, "number_input", "_seed_6").set_value(1).run()
    assert shown() == first
    control(screen, "selectbox", "_pick_6").set_value(4).run()
    assert control(screen, "selectbox", "_pick_6").options[3] == shown() and control(screen, "number_input", "_seed_6").value is None
    control(screen, "text_input", "_typed_6").set_value(TALK[6].text.upper()).run()
    assert "says the same as the utterance" in screen.error[0].value
    control(screen, "button", "_undo").click().run()
    press(screen, "_own_6")
    assert right(screen) == "Right answer: coherent" and "da-mark" not in html(screen).replace(".da-mark", "")


def test_pressing_words_hides_several_and_pieces_have_a_mask_each(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("mlm", probe_change="at3_hide3.2")
    control(screen, "pills", "_pills_2").set_value([(2, 1), (2, 5)]).run()
    assert right(screen) == "Right answer: have, cambr, ##idge" and "[MASK][MASK]" in screen.code[0].value
    assert "“Cambridge” is 2 wordpieces (cambr ##idge) and has 2 masks" in re.sub(r"\\", "", words(screen))
    assert all(f"Mask {number}: " in html(screen) for number in (1, 2, 3))
    screen.number_input(key="probe_top").set_value(2).run()
    table = html(screen).split("Mask 1: ")[1]
    assert all(cell.count("%") <= 3 for cell in re.findall(r"<td.*?</td>", table))
    control(screen, "selectbox", "_at").set_value(0).run()  # looking at another utterance is no change
    assert right(screen) == "Right answer: have, cambr, ##idge" and len(strip(screen)) == 3
    control(screen, "multiselect", "_words").set_value([(2, 1)]).run()
    assert right(screen) == "Right answer: have"


def test_every_utterance_is_asked_at_once_and_flipping_turns_right_into_wrong(ask) -> None:  # type: ignore[no-untyped-def]
    def letters() -> list[str]:
        return re.findall('da-letter">([RW])', html(screen).split("<th scope=\"col\">Utterance</th>")[1])

    screen = ask("dsp", probe_variants=["CRM (fake)", "DSP (fake)"])
    before = letters()
    assert len(before) == 2 * len(TALK) and set(before) == {"R", "W"}
    control(screen, "toggle", "_swap").set_value(True).run()
    assert letters() == [{"R": "W", "W": "R"}[letter] for letter in before]  # the head never sees the speaker
    assert len(letters()) == 2 * len(TALK) and right(screen) == "Right answer: system"
    assert "The right answers are exchanged" in words(screen)


def test_all_candidates_have_bars_and_typed_ones_join(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("crm")
    assert html(screen).count('class="bar"') == 4 * 9 and html(screen).count("<b>T</b>") == 1
    assert len(re.findall(r"<td>\d of 4</td>", html(screen))) == 9
    control(screen, "text_area", "_typed").set_value("Surely <i>not</i>.\n\nSurely <i>not</i>.\nNo.").run()
    assert html(screen).count('class="bar"') == 6 * 9 and "Surely &lt;i&gt;not&lt;/i&gt;." in html(screen) and "<i>not" not in html(screen)
    assert strip(screen)[-1] == "→ 1 · 2 typed candidates"
    press(screen, "_again")
    assert control(screen, "number_input", "_draw").value == 2 and html(screen).count('class="bar"') == 6 * 9


def test_entities_are_marked_and_their_count_moves_with_the_words(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("enp", probe_change="at1")
    control(screen, "text_input", "_text_0").set_value("from Rome <b> to Paris").run()
    assert "from <mark>Rome<b>X</b></mark> &lt;b&gt; to <mark>Paris<b>X</b></mark>" in html(screen)
    assert right(screen) == "Right answer: 2" and "2 entities found by Capitals" in words(screen)
    control(screen, "text_input", "_text_0").set_value("from Rome").run()
    assert right(screen) == "Right answer: 1" and "In version 2: 2" in words(screen) and "1 entity found" in words(screen)
    press(screen, "_undo")
    assert control(screen, "text_input", "_text_0").value == "from Rome <b> to Paris"


def test_utterances_that_say_the_same_are_refused_and_the_controls_stay(ask) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dur")
    screen.session_state["dialogue_from"] = "paste"
    screen.run()
    screen.text_area(key="dialogue_text").set_value("User: one\nUser: ONE\nUser: three\nSystem: four\n").run()
    control(screen, "selectbox", "_start").set_value(0).run()
    assert "utterances 1 and 2 say the same" in screen.error[0].value and not screen.exception
    control(screen, "selectbox", "_start").set_value(1).run()
    assert not screen.error and right(screen).startswith("Right answer: order ")


def test_a_control_that_cannot_do_it_says_so_and_changes_nothing(ask, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    screen = ask("dcv", probe_change="at4")
    monkeypatch.setattr("ui.probe.samples", dict)
    screen.run()
    before = strip(screen)
    control(screen, "multiselect", "_replace").set_value([3]).run()
    assert "no other dialogue has a different system utterance" in screen.warning[0].value and strip(screen) == before
