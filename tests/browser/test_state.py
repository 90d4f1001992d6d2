"""State in a real browser: squares choose turn and slot, an edit by keyboard is replayed beside the original, nothing scrolls sideways."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_app import assert_fits, heading, upload

SLOTS, TURNS = 30, 20


def opened(screen: Page, app: str, **address: str) -> None:
    """The page with the sample that has gold, all variants asked."""
    chosen = {"dialogue_sample": "weekend trip", "state_variant": "CRM (fake)"} | address
    screen.goto(f"{app}/state?{'&'.join(f'{key}={value}' for key, value in chosen.items())}")
    heading(screen, "State").wait_for()
    screen.get_by_role("button", name="Ask 9 variants").click()
    screen.get_by_text("CRM (fake) is jointly right after").first.wait_for()


def squares(screen: Page, figure: int = 0) -> Locator:
    return screen.locator(".js-plotly-plot").nth(figure).locator(".scatterlayer path.point")


def click(screen: Page, square: Locator) -> None:
    square.scroll_into_view_if_needed()
    box = square.bounding_box()
    assert box
    screen.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_a_square_chooses_its_turn_and_slot(screen: Page, app: str) -> None:
    opened(screen, app)
    first, turns = squares(screen).first, 9
    first.wait_for()
    click(screen, squares(screen).nth(turns + 2))  # second slot, third turn
    screen.get_by_role("heading", name="After utterance 5").wait_for()
    expect(screen).to_have_url(re.compile("state_turn=5"))
    expect(screen.get_by_role("combobox", name="Slot")).not_to_have_value("every slot")
    expect(screen.locator(".da-turn.changed")).to_contain_text("forget about the parking")
    screen.get_by_role("radio", name="All variants").click()
    screen.get_by_text("Click a square for that timeline and turn").wait_for()
    expect(squares(screen)).to_have_count(10 * turns)
    click(screen, squares(screen).nth(2 * turns + 5))  # gold, BERT, MLM
    screen.get_by_text("MLM (fake) is jointly right after").wait_for()
    expect(screen).to_have_url(re.compile(r"state_turn=11.*state_variant=MLM|state_variant=MLM.*state_turn=11"))
    expect(screen).to_have_url(re.compile(r"state_view=All"))
    assert_fits(screen)


def test_a_state_edited_by_keyboard_is_replayed_beside_the_original(screen: Page, app: str) -> None:
    opened(screen, app, state_turn="9")
    squares(screen).first.wait_for()  # what is below moves no more
    screen.get_by_test_id("stDataFrame").click(position={"x": 780, "y": 52})  # the first value; a row is 35 px high
    screen.keyboard.press("Enter")
    screen.locator("#portal textarea").fill("west")
    screen.keyboard.press("Enter")
    screen.get_by_text("Beside that start: +restaurant-area=west.").wait_for()
    screen.get_by_role("button", name="Replay from here").click()
    screen.get_by_text(re.compile(r"CRM \(fake\) differs from the original in \d+ value")).wait_for()
    squares(screen, 2).first.wait_for()
    screen.get_by_text(re.compile(r"No head can pick restaurant-area=west")).wait_for()
    assert_fits(screen)
    screen.get_by_role("button", name="Undo").click()
    screen.get_by_text("redo or choose a version").wait_for()
    expect(screen.locator(".js-plotly-plot")).to_have_count(1)
    screen.get_by_role("button", name="Redo").click()
    squares(screen, 2).first.wait_for()


def test_thirty_slots_over_twenty_turns_fit(screen: Page, app: str) -> None:
    states = [{"hotel": {f"a rather long slot {slot:02}": "value" for slot in range(min(SLOTS, 2 * turn + 2))}} for turn in range(TURNS)]
    turns = [part for number, state in enumerate(states) for part in (
        {"speaker": "user", "utterance": f"I say {number}.", "utt_idx": 2 * number, "state": state},
        {"speaker": "system", "utterance": "Noted.", "utt_idx": 2 * number + 1})]
    screen.goto(f"{app}/state?dialogue_from=File")
    heading(screen, "State").wait_for()
    upload(screen, "long.json", json.dumps([{"dialogue_id": "1", "turns": turns}]))
    squares(screen).first.wait_for()
    expect(squares(screen)).to_have_count(SLOTS * TURNS)
    assert_fits(screen)
    labels = screen.locator(".js-plotly-plot .ytick text")
    expect(labels).to_have_count(SLOTS)
    main, label, square = screen.locator(".js-plotly-plot").bounding_box(), labels.first.bounding_box(), squares(screen).last.bounding_box()
    assert main and label and square
    assert label["x"] >= main["x"] - 1 and square["x"] + square["width"] <= main["x"] + main["width"] + 1
