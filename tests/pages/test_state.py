"""The page State with the fake predictor: timelines, one turn closer, edits that are replayed, undone and never lose the original."""

from __future__ import annotations

import json
from html import escape

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from engine.dialogue.samples import samples
from engine.serve.fake import open_fake
from engine.serve.timeline import GOLD, KINDS, finding, gold_track, timeline, tracks
from tests.pages.screen import html, open_page, words
from ui.state import cells_frame
from ui.state_figures import COLOURS, Look, timeline_map, variants_map, window

SAMPLE = "weekend trip"
NASTY = "*star* <b>bold</b> ![x](http://example.org/x.png) :smile: $x$"


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page("state", monkeypatch, dialogue_sample=SAMPLE, state_variant="CRM (fake)", state_turn="9")


@pytest.fixture
def ready(screen: AppTest) -> AppTest:
    return screen.button(key="state_ask").click().run()


def said(screen: AppTest) -> str:
    """All Markdown, with the backslashes of `plain` taken away."""
    return "\n".join(element.value for element in screen.markdown).replace("\\", "")


def start_from_gold(screen: AppTest) -> AppTest:
    """All variants go on from gold's state."""
    screen.selectbox(key="state_start").set_value(GOLD).run()
    return screen.button(key="state_replay").click().run()


def test_gold_is_there_at_once_and_the_variants_when_asked(screen: AppTest) -> None:
    assert "Gold over 9 user turns" in said(screen) and "state_replay" not in {button.key for button in screen.button}
    screen.button(key="state_ask").click().run()
    expected = tracks(open_fake().compare(samples()[SAMPLE], variants=["crm"], tasks=["state_tracking"]))["crm"]
    assert finding(timeline(expected, open_fake().card.picklists), "CRM (fake)") in said(screen)
    assert html(screen).count('scope="row"') == 10  # gold and nine variants
    assert not screen.exception and not screen.error and not screen.warning


def test_the_address_restores_variant_turn_and_view_and_nonsense_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("state", monkeypatch, dialogue_sample=SAMPLE, state_variant="DUR (fake)", state_turn="13", state_view="All variants")
    assert screen.selectbox(key="state_variant").value == "dur" and screen.selectbox(key="state_turn").value == "13"
    assert "Click a square" in words(screen) and "After utterance 13" in {head.value for head in screen.subheader}
    assert not screen.warning
    assert len(open_page("state", monkeypatch, dialogue_sample=SAMPLE, state_turn="2", state_view="Upside down").warning) == 2


def test_the_table_holds_every_cell_of_the_figure(ready: AppTest) -> None:
    ready.toggle(key="state_map_slots_twin_table").set_value(True).run()
    frame: pd.DataFrame = ready.dataframe[0].value
    card = open_fake().card
    line = timeline(tracks(open_fake().compare(samples()[SAMPLE], variants=["crm"], tasks=["state_tracking"]))["crm"], card.picklists)
    pd.testing.assert_frame_equal(frame, cells_frame(line, "CRM (fake)"), check_dtype=False)
    assert set(frame["kind"]) <= set(KINDS.values()) and {"missed", "extra"} <= set(frame["kind"])


def test_a_slot_shows_everybody_s_value(ready: AppTest) -> None:
    ready.selectbox(key="state_slot").set_value("restaurant-food").run()
    assert "indian (before: italian), changed; gold: indian" in html(ready) and ">italian" in html(ready)


def test_a_replay_is_shown_beside_the_original_and_can_be_undone(ready: AppTest) -> None:
    first = said(ready)
    start_from_gold(ready)
    assert "CRM (fake) differs from the original in" in said(ready) and "at utterances 9, 11" in said(ready)
    assert "state of all variants after utterance 9" in ready.selectbox(key="state_version").options[1]
    assert first.splitlines()[1] in said(ready)  # the original's finding is still there
    ready.button(key="state_undo").click().run()
    assert "differs from the original" not in said(ready) and ready.selectbox(key="state_version").value == 0
    ready.button(key="state_redo").click().run()
    assert "differs from the original" in said(ready)
    ready.selectbox(key="state_version").set_value(0).run()
    assert "differs from the original" not in said(ready) and not ready.exception


def test_an_edit_that_changes_nothing_makes_no_version(ready: AppTest) -> None:
    ready.selectbox(key="state_whose").set_value("crm").run()
    ready.button(key="state_replay").click().run()
    assert "believed there already" in ready.info[0].value
    assert "state_version" not in {box.key for box in ready.selectbox}


def test_other_words_are_asked_again_and_gold_ends_there(ready: AppTest) -> None:
    ready.segmented_control(key="state_edit").set_value("words").run()
    ready.button(key="state_reword").click().run()
    assert "same as before" in ready.error[0].value
    ready.text_area[0].set_value("Hmm, my friend would prefer Thai, in the north, and it should be cheap.").run()
    ready.button(key="state_reword").click().run()
    assert "5 not judged" in html(ready) and "words of utterance 9" in ready.selectbox(key="state_version").options[1]
    assert "differs from the original" in said(ready) and not ready.exception and not ready.error


def test_versions_stay_with_their_dialogue(ready: AppTest) -> None:
    start_from_gold(ready)
    ready.selectbox(key="dialogue_sample").set_value("taxi").run()
    assert "state_version" not in {box.key for box in ready.selectbox} and not ready.exception and not ready.warning
    assert ready.selectbox(key="state_turn").value == "1"  # there is no utterance 9
    ready.selectbox(key="dialogue_sample").set_value(SAMPLE).run()
    assert ready.selectbox(key="state_version").value == 1


def test_without_gold_it_says_so_and_offers_a_sample_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("state", monkeypatch, dialogue_sample="hotel")
    assert "no gold states" in words(screen)
    screen.button(key="state_ask").click().run()
    assert "BERT (fake) over 5 user turns" in said(screen)
    screen.button(key="state_sample").click().run()
    assert screen.selectbox(key="dialogue_sample").value == SAMPLE and "Gold over 9 user turns" in said(screen)


def test_gold_can_be_written_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("state", monkeypatch, dialogue_sample="hotel", state_turn="7").button(key="state_ask").click().run()
    screen.selectbox(key="state_whose").set_value(GOLD).run()
    screen.button(key="state_replay").click().run()
    assert "1 of 1 (4 not judged)" in html(screen) and "state of Gold after utterance 7" in screen.selectbox(key="state_version").options[1]
    assert not screen.exception and not screen.error


def test_no_variant_chosen_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("state", monkeypatch, dialogue_sample=SAMPLE, state_variant="Gold")
    screen.button_group(key="state_variants").set_value([]).run()
    assert screen.button(key="state_ask").disabled and not screen.exception


def test_foreign_words_stay_verbatim(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("state", monkeypatch)
    screen.session_state["dialogue_from"] = "paste"
    state = {"<i>hotel</i>": {"*area*": NASTY}}
    text = json.dumps([{"dialogue_id": "1", "turns": [{"speaker": "user", "utterance": NASTY, "utt_idx": 0, "state": state},
                                                      {"speaker": "system", "utterance": "Fine.", "utt_idx": 1}]}])
    screen.run().text_area(key="dialogue_text").set_value(text).run()
    screen.button(key="state_ask").click().run()
    assert escape(NASTY.lower()) in html(screen) and "<b>bold" not in html(screen)
    assert not any(NASTY in element.value or "<i>hotel" in element.value for element in [*screen.markdown, *screen.caption])
    assert f"User: {NASTY}" in words(screen) and not screen.exception and not screen.error


def test_only_system_turns_ask_for_another_dialogue(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("state", monkeypatch)
    screen.session_state["dialogue_from"] = "paste"
    assert "to begin" in screen.run().info[0].value
    screen.text_area(key="dialogue_text").set_value("System: Hello.\nSystem: Anybody there?").run()
    assert "to begin" in screen.info[0].value and not screen.exception and not screen.error


def test_figures_hold_a_clickable_square_for_every_cell() -> None:
    dialogue, card = samples()[SAMPLE], open_fake().card
    own = timeline(gold_track(dialogue), card.picklists)
    slots, turns = sorted({slot for slot, _ in own.cells}), [score.turn for score in own.scores]
    figure = timeline_map(own, slots, turns, Look(width=760, differing={(slots[0], 0): "≠"}))
    ground, hits, labels = figure.data
    assert len(hits.customdata) == len(slots) * len(turns) == len(ground.z) == len(labels.text)
    assert hits.customdata[0] == [slots[0], 0] and labels.text[0].startswith("≠") and not labels.text[1].startswith("≠")
    letters = {place: cell.kind for place, cell in own.cells.items()}
    assert [list(COLOURS)[int(z)] for z in ground.z] == [letters.get((slot, turn), "") for slot in slots for turn in turns]
    assert all(f"<b>{letters.get(tuple(place), '')}" in text for place, text in zip(hits.customdata, labels.text, strict=True))
    assert len(variants_map({GOLD: own}, {GOLD: "Gold"}, turns, Look(width=760)).data[1].customdata) == len(turns)
    assert window(turns, turns[-1]) == turns and window(range(100), 99) == list(range(80, 100))
