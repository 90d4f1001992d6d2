"""Compare's cells open by mouse and by keyboard; a whole file is run, left, found again and opened, in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.test_app import assert_fits, heading, turn_to, upload

TALKS = [{"dialogue_id": f"talk {number}", "services": ["taxi"], "turns": [
    {"speaker": "USER", "utterance": f"I need a taxi to {place} <b>now</b>."}, {"speaker": "SYSTEM", "utterance": "When would you like to leave?"},
    {"speaker": "USER", "utterance": "On Friday."}, {"speaker": "SYSTEM", "utterance": f"Booked, to {place}."}]}
    for number, place in enumerate(["the station", "London", "Cambridge"], start=1)]


def open_compare(screen: Page, app: str, **address: str) -> None:
    screen.goto(f"{app}/compare?dialogue_sample=thai+restaurant" + "".join(f"&{name}={value}" for name, value in address.items()))
    heading(screen, "Compare").wait_for()
    screen.get_by_role("button", name="Run").click()
    screen.locator(".da-grid [data-cell]").first.wait_for()


def test_a_cell_opens_by_click_and_by_keyboard(screen: Page, app: str) -> None:
    open_compare(screen, app)
    expect(screen.locator(".da-verdicts thead th")).to_have_count(11)
    assert_fits(screen)
    cells = screen.locator(".da-grid [data-cell]")
    assert cells.count() == 20 * 9
    expect(screen.locator(".da-grid .da-meter").first).to_be_visible()
    cells.nth(3).click()
    dialog = screen.get_by_role("dialog")
    expect(dialog).to_contain_text("Utterance 1 · Intent · CRM")
    expect(dialog.locator("tbody th").first).to_have_text("CRM (fake)")
    screen.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(cells.nth(3)).to_be_focused()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        screen.keyboard.press(key)
    expect(dialog).to_contain_text("Utterance 1 · State tracking · DCV")
    expect(dialog).to_contain_text("slots right")


def test_parts_of_the_dialogue_and_gold_choose_the_rows(screen: Page, app: str) -> None:
    open_compare(screen, app)
    lines = screen.locator(".da-grid tbody tr:not(.turn)")
    expect(lines).to_have_count(20)
    screen.get_by_role("radio", name="System").click()
    expect(lines).to_have_count(10)
    screen.get_by_text("Only rows with gold").click()
    expect(lines).to_have_count(9)
    expect(screen).to_have_url(re.compile("compare_speaker=System"))


def test_a_file_is_run_found_again_and_opened(screen: Page, app: str) -> None:
    screen.goto(f"{app}/compare?dialogue_from=File")
    upload(screen, "talks.json", json.dumps(TALKS))
    expect(screen.get_by_text("Dialogue (1 of 3)")).to_be_visible()
    turn_to(screen, "Many dialogues")
    expect(screen.get_by_text("3 of 3 dialogues of your file")).to_be_visible()
    screen.get_by_role("button", name="Run").click()
    verdicts = screen.locator(".da-verdicts")
    expect(verdicts).to_contain_text("6 turns")
    turn_to(screen, "Compare")
    turn_to(screen, "Many dialogues")
    expect(verdicts).to_contain_text("6 turns")
    screen.locator(".js-plotly-plot").first.wait_for()
    screen.locator(".da-grid [data-cell]").first.wait_for()
    assert_fits(screen)
    expect(screen.get_by_role("combobox", name=re.compile("Open a dialogue"))).to_have_value(re.compile(r"\d\. talk \d"))
    expect(screen.locator(".da-grid .turn").first).to_contain_text(re.compile(r"I need a taxi to [\w ]+ <b>now</b>\."))
    with screen.expect_download() as download:
        screen.get_by_role("button", name="Download JSON").click()
    saved = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert [one["id"] for one in saved["dialogues"]] == ["talk 1", "talk 2", "talk 3"] and len(saved["answers"]) == 3 * 8 * 9
