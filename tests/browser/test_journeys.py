"""The README's ten journeys: somebody comes with a question, crosses pages, and leaves with an answer; by mouse, and by keyboard alone."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.hands import HANDS, Keyboard, Mouse
from tests.browser.test_app import NASTY, assert_fits, go, heading, settled
from tests.browser.test_grid import TALKS
from tests.browser.test_probe import drag, expect_order, places

Hand = Mouse | Keyboard
GROUP = f"speaker,text\nTom,{NASTY}\nKim,Which part of town?\nTom,The north.\nKim,The Lotus is in the north.\n"
LONG = "".join(f"{('User', 'System')[turn % 2]}: this is what I say at number {turn} of them all, and no more than that\n" for turn in range(60))
FAULTS = "[data-testid=stAlertContentError], [data-testid=stException]"


@pytest.fixture(params=HANDS)
def hand(request: pytest.FixtureRequest, screen: Page) -> Hand:
    """The visitor's way to use a page."""
    return HANDS[request.param](screen)


@pytest.fixture(autouse=True)
def ending(request: pytest.FixtureRequest, screen: Page, tmp_path: Path) -> Iterator[None]:
    """However a journey ends, its last screen is kept in ``DIALATLAS_SCREENSHOTS``; and there all is in order."""
    yield
    folder = Path(os.environ.get("DIALATLAS_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "_", request.node.name.removeprefix("test_")).strip("_")
    screen.screenshot(path=folder / f"{name}.png")
    in_order(screen)


def in_order(screen: Page) -> None:
    """The page is drawn, fits, and shows no error."""
    settled(screen)
    assert_fits(screen)
    expect(screen.locator(FAULTS)).to_have_count(0)


def turn(screen: Page, hand: Hand, title: str) -> None:
    """Leave a page that is in order for another, which the menu names."""
    in_order(screen)
    hand.turn(title)


def door(screen: Page, hand: Hand, app: str, title: str) -> None:
    """From Start through one of its doors."""
    go(screen, app, "DialAtlas")
    hand.press(screen.get_by_role("link", name=title, exact=True).and_(screen.get_by_test_id("stPageLink-NavLink")))
    heading(screen, title).wait_for()


def sample(screen: Page, hand: Hand, name: str, first: str) -> None:
    """Choose one of the dialogues that are offered."""
    hand.pick(screen.get_by_role("combobox", name="Sample dialogue"), name)
    expect(screen.locator(".da-text").first).to_contain_text(first)


def bring(screen: Page, hand: Hand, file: FilePayload) -> None:
    """A file, by the button of the uploader."""
    with screen.expect_file_chooser() as chooser:
        hand.press(screen.get_by_test_id("stFileUploader").get_by_test_id("stBaseButton-secondary"))
    chooser.value.set_files(file)


def button(screen: Page, name: str) -> Locator:
    return screen.get_by_role("button", name=name, exact=True)


def radio(screen: Page, key: str, name: str) -> Locator:
    """One of the segments of the choice that has this key."""
    return screen.locator(f".st-key-{key}").get_by_role("radio", name=name, exact=True)


def saved(screen: Page, hand: Hand, name: str) -> bytes:
    with screen.expect_download() as download:
        hand.press(button(screen, name).first)
    return Path(download.value.path()).read_bytes()


def file(name: str, data: str | bytes) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": data.encode() if isinstance(data, str) else data}


def test_1_a_researcher_goes_from_the_example_to_the_largest_gain(screen: Page, app: str, hand: Hand) -> None:
    go(screen, app, "DialAtlas")
    expect(screen.locator(".st-key-start_states tbody tr")).to_have_count(10)
    expect(screen.get_by_text(re.compile(r"^\d of 9 variants have the whole state right"))).to_be_visible()
    door(screen, hand, app, "Task relations")
    told = screen.get_by_text(re.compile(r"Largest gain: DUR on DA DSTC2 macro F1 \(\+8\.37\)"))
    expect(told).to_be_visible()
    hand.pick(screen.get_by_role("combobox", name="Cell"), "DUR on DA DSTC2 macro F1")
    expect(screen.get_by_test_id("stMetricDelta").first).to_contain_text("+8.37 over MLM")
    hand.press(screen.get_by_role("switch", name="Evidence behind DUR on DA DSTC2 macro F1"))
    expect(screen.get_by_test_id("stAlertContentInfo")).to_contain_text("not measured here yet")
    expect(screen).to_have_url(re.compile("cell=DUR.*relations_evidence=true"))


def test_2_a_reviewer_follows_a_claim_that_fails_to_its_cell(screen: Page, app: str, hand: Hand) -> None:
    go(screen, app, "DialAtlas")
    turn(screen, hand, "Claims")
    hand.press(radio(screen, "claims_paper", "1"))
    hand.press(radio(screen, "claims_verdict", "In part"))
    expect(screen.get_by_text(re.compile(r"^(\d+) of \1 statements do not fully hold on the paper's own numbers"))).to_be_visible()
    ledger = screen.get_by_test_id("data-grid-canvas").first
    expect(ledger.locator("[role=gridcell]").first).to_have_text("mlm_not_enough")
    if isinstance(hand, Mouse):
        settled(screen)
        screen.get_by_test_id("stDataFrame").first.click(position={"x": 15, "y": 52})  # the first row, below the heads
    else:
        hand.pick(screen.get_by_role("combobox", name="Statement"), "mlm_not_enough")
    expect(screen).to_have_url(re.compile("claim=mlm_not_enough"))
    expect(screen.get_by_role("heading", name="On every metric some dialogue task does better than MLM alone.")).to_be_visible()
    settled(screen)
    parts = screen.locator(".st-key-claims_parts .da-table")
    expect(parts.locator("tbody tr").first).to_contain_text("(N)")
    numbers, cell = parts.inner_text(), screen.get_by_test_id("stBaseButton-tertiary").first
    words = cell.inner_text()
    hand.press(cell)
    heading(screen, "Task relations").wait_for()
    expect(screen.get_by_role("combobox", name="Cell")).to_have_value(words)
    assert screen.get_by_test_id("stMetricValue").first.inner_text().removesuffix(" %") in numbers


def test_3_somebody_asks_whether_gains_can_be_predicted(screen: Page, app: str, hand: Hand) -> None:
    door(screen, hand, app, "Predict")
    hand.press(radio(screen, "predict_source", "Paper"))
    expect(screen.get_by_text("No predictor of the gain over MLM is shown to work")).to_be_visible()
    hand.pick(screen.get_by_role("combobox", name="Predictor"), "Measured abilities")
    expect(screen.get_by_text("Measured abilities is not measured for these weights yet")).to_be_visible()
    hand.pick(screen.get_by_role("combobox", name="Predictor"), "Declared overlap")
    found = screen.get_by_text(re.compile(r"^Declared overlap against gain over MLM: Spearman \d\.\d\d"))
    rho = (re.search(r"Spearman (\d\.\d\d)", found.inner_text()) or [""])[1]
    hand.press(screen.get_by_role("switch", name="Show as a table (90 rows)"))
    expect(screen.get_by_test_id("data-grid-canvas").first).to_contain_text("DSP on INT OOS acc(all)")
    turn(screen, hand, "Task relations")
    expect(screen.get_by_text(f"Overlap goes weakly with gain over MLM: Spearman {rho} over 90 cells")).to_be_visible()


def test_4_a_visitor_brings_a_chat_says_who_is_who_and_compares(screen: Page, app: str, hand: Hand) -> None:
    door(screen, hand, app, "Dialogue")
    hand.press(radio(screen, "dialogue_from", "File"))
    bring(screen, hand, file("chat.csv", GROUP))
    expect(screen.locator(FAULTS)).to_contain_text("the speakers 'Tom', 'Kim' are not known")
    for name, role in (("Tom", "user"), ("Kim", "system")):
        hand.pick(screen.get_by_role("combobox", name=re.compile(f"^{name}")), role)
    hand.press(button(screen, "Read again"))
    expect(screen.locator(".da-text")).to_have_count(4)
    turn(screen, hand, "Compare")
    hand.press(button(screen, "Run"))
    expect(screen.locator(".da-grid tbody tr:not(.turn)")).to_have_count(8)
    expect(screen.locator(".da-grid .turn").first).to_contain_text(NASTY)
    assert "thai" not in screen.url and "Tom" not in screen.url


def test_5_a_difference_is_opened_saved_and_verified(screen: Page, app: str, hand: Hand) -> None:
    door(screen, hand, app, "Compare")
    sample(screen, hand, "weather", "weather")
    hand.press(screen.get_by_role("switch", name="Differences only"))
    hand.press(button(screen, "Run"))
    cells = screen.locator(".da-grid [data-cell]")
    cells.first.wait_for()
    rows = screen.locator(".da-grid tbody tr:not(.turn)")
    expect(rows).to_have_count(9)  # of 16
    expect(rows.filter(has_text="≠")).to_have_count(9)
    hand.press(cells.first)
    expect(screen.get_by_role("dialog").locator("tbody th").first).to_have_text("BERT (fake)")
    screen.keyboard.press("Escape")
    expect(screen.get_by_role("dialog")).to_have_count(0)
    capsule = saved(screen, hand, "Capsule")
    turn(screen, hand, "Capsule")
    bring(screen, hand, file("capsule.json", capsule))
    hand.press(button(screen, "Verify"))
    expect(screen.get_by_text("Of 144 answers: 144 identical.")).to_be_visible()
    hand.press(button(screen, "Open in its page"))
    heading(screen, "Compare").wait_for()
    expect(rows).to_have_count(9)


def test_6_a_designer_changes_what_was_said_and_takes_it_back(screen: Page, app: str, hand: Hand) -> None:
    door(screen, hand, app, "State")
    sample(screen, hand, "weekend trip", "planning a weekend")
    hand.press(button(screen, "Ask 9 variants"))
    expect(screen.get_by_text(re.compile(r"^BERT \(fake\) is jointly right after \d of 9 judged user turns")).first).to_be_visible()
    hand.press(radio(screen, "state_edit", "The words"))
    hand.write(screen.get_by_role("textbox", name=re.compile("^Utterance 1$")), "I need a cheap hotel in the south.")
    hand.press(button(screen, "Ask again from here"))
    expect(screen.get_by_text(re.compile(r"^BERT \(fake\) differs from the original in \d+ value"))).to_be_visible()
    expect(screen.locator(".st-key-state_effects tbody tr")).to_have_count(9)
    hand.press(button(screen, "Undo"))
    expect(screen.get_by_text("redo or choose a version")).to_be_visible()
    turn(screen, hand, "Dialogue")
    expect(screen.locator(".da-text").first).to_contain_text("planning a weekend")


def test_7_a_lecturer_plays_an_objective(screen: Page, app: str, hand: Hand) -> None:
    door(screen, hand, app, "Probe")
    hand.press(radio(screen, "probe_objective", "DUR"))
    sample(screen, hand, "taxi", "I need a taxi")
    expect_order(screen, "231")
    if isinstance(hand, Keyboard):
        hand.reach(places(screen).nth(2))
        screen.keyboard.press("Alt+ArrowUp")
    else:
        places(screen).nth(2).scroll_into_view_if_needed()
        drag(screen, 0, 2)
    expect_order(screen, made := "213" if isinstance(hand, Keyboard) else "312")
    expect(screen).to_have_url(re.compile(f"probe_change=order{made}"))
    rows = screen.locator(".st-key-probe_table tbody tr")
    expect(rows).to_have_count(9)
    expect(rows.first).to_contain_text("→")
    hand.press(button(screen, "Undo"))
    expect_order(screen, "231")
    turn(screen, hand, "Compare")
    expect(screen.locator(".da-text").first).to_contain_text("I need a taxi")


def test_8_somebody_asks_why_and_what_was_never_read(screen: Page, app: str, hand: Hand) -> None:
    door(screen, hand, app, "Dialogue")
    hand.press(radio(screen, "dialogue_from", "Paste"))
    hand.write(screen.get_by_role("textbox", name="Paste a dialogue"), LONG)
    expect(screen.get_by_text("1 dialogue, 60 utterances")).to_be_visible()
    turn(screen, hand, "Why")
    hand.press(button(screen, "Run"))
    expect(screen.get_by_text(re.compile(r"^Utterance \d+ moves BERT"))).to_be_visible()
    hand.press(radio(screen, "why_view", "What the model read"))
    expect(screen.get_by_text(re.compile(r"\d+ were cut away; \d+ utterances lost entirely \(1 to \d+\)"))).to_be_visible()
    turn(screen, hand, "Compare")
    expect(screen.locator(".da-text").first).to_contain_text("number 0")


def test_9_a_tester_swaps_a_value_and_sees_who_follows(screen: Page, app: str, hand: Hand) -> None:
    door(screen, hand, app, "What if")
    sample(screen, hand, "thai restaurant", "Thai food")
    hand.pick(screen.get_by_role("combobox", name="Change"), "Swap a slot value")
    hand.write(screen.get_by_label("New value", exact=True), "greek")
    hand.press(button(screen, "Apply"))
    expect(screen.get_by_text(re.compile(r"\d+ of \d+ whose gold answer changed followed it"))).to_be_visible()
    expect(screen.locator(".da-diff ins").first).to_have_text("Greek")
    hand.press(button(screen, "Undo"))
    expect(screen.get_by_text("This is the dialogue as it is.")).to_be_visible()
    expect(screen.locator(".da-diff")).to_have_count(0)
    turn(screen, hand, "State")
    expect(screen.locator(".da-text").first).to_contain_text("Thai food")


def test_10_a_lab_runs_a_file_takes_the_answers_and_leaves_nothing(screen: Page, app: str, hand: Hand) -> None:
    door(screen, hand, app, "Dialogue")
    hand.press(radio(screen, "dialogue_from", "File"))
    bring(screen, hand, file("talks.json", json.dumps(TALKS)))
    expect(screen.get_by_text("3 dialogues, 12 utterances")).to_be_visible()
    turn(screen, hand, "Many dialogues")
    hand.press(button(screen, "Run"))
    expect(screen.locator(".da-verdicts")).to_contain_text("6 turns")
    hand.pick(screen.get_by_role("combobox", name="Open a dialogue"), "2. talk 2")
    expect(screen.locator(".da-grid .turn").first).to_contain_text("I need a taxi to London")
    assert len(json.loads(saved(screen, hand, "Download JSON"))["answers"]) == 3 * 8 * 9
    turn(screen, hand, "Dialogue")
    hand.press(button(screen, "Delete everything of mine"))
    expect(screen.get_by_text("Deleted: files, texts")).to_be_visible()
    turn(screen, hand, "Many dialogues")
    expect(screen.get_by_text("of our samples")).not_to_have_count(0)
    expect(screen.get_by_text("talk 2")).to_have_count(0)
    turn(screen, hand, "Health")
    expect(screen.get_by_text("All is well")).to_be_visible()
