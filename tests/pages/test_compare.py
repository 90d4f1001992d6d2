"""The page Compare with the fake predictor: runs, marks differences, keeps foreign text verbatim, loses nothing."""

from __future__ import annotations

import json
from html import escape

import pytest
from streamlit.testing.v1 import AppTest

from engine.dialogue.samples import samples
from engine.serve.fake import open_fake
from tests.pages.screen import html, open_page, words
from ui.compare_export import as_frame, as_json
from ui.compare_rows import Part, by_disagreement, changes, counted, only_differing, rows, within

NASTY = "*star* <b>bold</b> ![x](http://example.org/x.png) :smile: $x$ {} \"quoted\""
CARD = open_fake().card
VARIANTS = [variant.name for variant in CARD.variants]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page("compare", monkeypatch, dialogue_sample="thai restaurant")


def run(screen: AppTest) -> AppTest:
    return screen.button(key="compare_run").click().run()


def test_nothing_is_asked_before_run_then_all_variants_answer(screen: AppTest) -> None:
    assert "da-grid" not in html(screen)
    grid = html(run(screen))
    assert all(f"{variant.title}" in grid for variant in CARD.variants)
    assert "≠" in grid and "+restaurant-" in grid and ">Gold<" in grid
    assert not screen.error and not screen.exception


def test_differences_only_hides_rows_and_needs_no_new_run(screen: AppTest) -> None:
    screen.session_state["compare_variants"] = ["bert", "joint"]
    before = html(run(screen)).count('scope="row"')
    screen.toggle(key="compare_differences").set_value(True).run()
    assert 0 < html(screen).count('scope="row"') < before


def test_another_dialogue_asks_for_a_new_run(screen: AppTest) -> None:
    run(screen).selectbox(key="dialogue_sample").set_value("taxi").run()
    assert "da-grid" not in html(screen) and "press Run" in words(screen)


def test_pasted_text_stays_verbatim_and_out_of_the_address(screen: AppTest) -> None:
    screen.session_state["dialogue_from"] = "paste"
    screen.run().text_area(key="dialogue_text").set_value(f"User: {NASTY}\nSystem: Hello there.\nUser: Bye.").run()
    run(screen)
    assert escape(NASTY) in html(screen) and "<b>bold" not in html(screen)
    assert not any(NASTY in element.value for element in screen.markdown)
    assert "star" not in str(screen.query_params)


def test_what_cannot_be_read_is_one_sentence_and_nothing_is_lost(screen: AppTest) -> None:
    screen.session_state["dialogue_from"] = "paste"
    screen.run().text_area(key="dialogue_text").set_value("User: good one\nSystem: Indeed.").run()
    screen.text_area(key="dialogue_text").set_value('[{"turns": [').run()
    assert len(screen.error) == 1 and "\n" not in screen.error[0].value
    assert screen.text_area(key="dialogue_text").value == '[{"turns": ['
    assert "good one" in html(screen)
    screen.text_area(key="dialogue_text").set_value("User: mended\nSystem: Fine.").run()
    assert not screen.error and "mended" in html(screen)


def test_a_typed_candidate_can_be_chosen(screen: AppTest) -> None:
    screen.text_area(key="compare_candidates").set_value("We never said this.").run()
    run(screen)
    for row in screen.selectbox(key="compare_row").options:
        screen.selectbox(key="compare_row").select(row).run()
        if "We never said this." in html(screen):
            return
    pytest.fail("the candidate is not among the scored responses")


def test_choices_come_from_the_address_and_nonsense_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("compare", monkeypatch, dialogue_sample="taxi", compare_baseline="CRM (fake)", compare_tasks=["Intent"])
    assert screen.selectbox(key="compare_baseline").value == "crm" and not screen.warning
    rows = 4 + 1 + len(CARD.variants)  # four user turns, a task of the summary, and the table of the closer look
    assert html(run(screen)).count('scope="row"') == rows
    wrong = open_page("compare", monkeypatch, dialogue_sample="opera", compare_tasks=["Singing"], compare_differences="perhaps")
    assert len(wrong.warning) == 3 and not wrong.exception


def test_rows_know_differences_disagreement_and_what_gold_may_judge() -> None:
    dialogue = samples()["thai restaurant"]
    found = open_fake().compare(dialogue, variants=VARIANTS, tasks=CARD.tasks)
    table = rows(found, variants=VARIANTS, tasks=CARD.tasks, baseline="bert", labels=CARD.labels)
    assert not any(row.cells["bert"].differs for row in table)
    two = rows(found, variants=["bert", "joint"], tasks=CARD.tasks, baseline="bert")
    assert 0 < len(only_differing(two)) < len(two) == len(table)
    assert [row.disagreement for row in by_disagreement(table)] == sorted((row.disagreement for row in table), reverse=True)
    judged = {(row.turn, row.task): {cell.right for cell in row.cells.values()} for row in table}
    assert judged[2, "state_tracking"] <= {True, False} and judged[1, "dialogue_act"] <= {True, False}
    assert judged[6, "state_tracking"] == {None}  # the number of people is a slot that the fake heads do not know


def test_response_selection_is_judged_although_it_has_no_labels() -> None:
    """Heads of the other tasks list what they know; a choice among responses has no such list."""
    dialogue = samples()["thai restaurant"]
    found = open_fake().compare(dialogue, variants=VARIANTS, tasks=["response_selection"])
    table = rows(found, variants=VARIANTS, tasks=["response_selection"], baseline="bert", labels={"response_selection": ()})
    assert {cell.right for row in table for cell in row.cells.values()} == {True, False}


def test_parts_of_a_dialogue_count_alone() -> None:
    dialogue = samples()["thai restaurant"]
    found = open_fake().compare(dialogue, variants=VARIANTS, tasks=CARD.tasks)
    table = rows(found, variants=VARIANTS, tasks=CARD.tasks, baseline="bert", labels=CARD.labels)
    assert {row.turn for row in within(table, dialogue.turns, Part(first=2, last=4))} == {2, 3, 4}
    assert {row.task for row in within(table, dialogue.turns, Part(speaker="user"))} == {"intent", "state_tracking"}
    judged = within(table, dialogue.turns, Part(with_gold=True))
    assert 0 < len(judged) < len(table) and all(cell.right is not None for row in judged for cell in row.cells.values())
    frame = counted(judged)
    assert len(frame) == len(judged) * len(VARIANTS) and frame["right"].notna().all()


def test_the_summary_counts_and_says_that_it_cannot_tell(screen: AppTest) -> None:
    run(screen)
    told = "\n".join(element.value for element in screen.markdown)
    assert "Cannot tell any variant from BERT" in told and "24 differences" in told
    assert "exact McNemar" in words(screen) and "da-verdicts" in html(screen) and "no gold" in html(screen)
    screen.segmented_control(key="compare_speaker").set_value("user").run()
    assert "8 differences" in "\n".join(element.value for element in screen.markdown)


def test_without_gold_the_summary_is_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = run(open_page("compare", monkeypatch, dialogue_sample="taxi", compare_tasks=["Intent", "State tracking"]))
    assert "No gold answer judges a turn here" in "\n".join(element.value for element in screen.markdown)
    assert "% agrees" in html(screen) and "Most disputed" in words(screen)
    screen.toggle(key="compare_gold").set_value(True).run()
    assert "da-grid" not in html(screen) and "No question applies here" in screen.info[0].value


def test_the_most_disputed_turn_opens(screen: AppTest) -> None:
    run(screen).button(key="compare_disputed").click().run()
    assert "this utterance" in html(screen) and not screen.exception


def test_answers_known_from_another_page_need_no_run(screen: AppTest) -> None:
    run(screen)
    kept = screen.session_state["answers_known"]
    monkey = AppTest.from_file(screen._script_path, default_timeout=60)
    monkey.session_state["answers_known"] = kept
    monkey.query_params["dialogue_sample"] = "thai restaurant"
    assert "da-grid" in html(monkey.run())


def test_changes_of_a_state_name_what_is_new_changed_and_gone() -> None:
    assert changes({"food": "thai", "area": "north"}, {"food": "any", "day": "monday"}) == "+area=north, +food=thai, −day"
    assert changes({"food": "thai"}, {"food": "thai"}) == "no change (1 slot)"


def test_downloads_carry_dialogue_answers_and_fingerprints() -> None:
    dialogue = samples()["movie"]
    found = open_fake().compare(dialogue, variants=["bert", "crm"], tasks=CARD.tasks)
    whole = json.loads(as_json(dialogue, found, CARD, {"variants": ["bert", "crm"], "baseline": "bert"}))
    assert whole["fingerprints"] == {"bert": "fake-bert", "crm": "fake-crm"}
    assert len(whole["predictions"]) == len(found) and len(whole["dialogue"]["turns"]) == len(dialogue.turns)
    frame = as_frame(rows(found, variants=["bert", "crm"], tasks=CARD.tasks, baseline="bert"))
    assert len(frame) == len(found) and set(frame["variant"]) == {"bert", "crm"} and frame["turn"].min() == 1
