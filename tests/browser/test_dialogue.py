"""Bringing a dialogue, in a real browser: upload, say who is who, look on other pages, take it away, delete it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from engine.dialogue.upload import read_upload
from tests.browser.test_app import assert_fits, heading, turn_to, upload

GROUP = "speaker,text\nTom,Hello *there* <b>you</b>\nKim,Which day?\nBoss,Note it\nTom,Friday\n"


def choose(screen: Page, label: str, role: str) -> None:
    screen.get_by_role("combobox", name=re.compile(f"^{label}")).click()
    screen.get_by_role("option", name=role, exact=True).click()


def bubbles(screen: Page) -> Locator:
    return screen.locator(".da-text")


def saved(screen: Page) -> bytes:
    with screen.expect_download() as download:
        screen.get_by_role("button", name="Download", exact=True).click()
    return Path(download.value.path()).read_bytes()


def open_with_group(screen: Page, app: str) -> None:
    screen.goto(f"{app}/dialogue?dialogue_from=File")
    upload(screen, "group.csv", GROUP)
    expect(screen.get_by_text("the speakers 'Tom', 'Kim', 'Boss' are not known")).to_be_visible()
    choose(screen, "Tom", "user")
    choose(screen, "Kim", "system")
    choose(screen, "Boss", "skip (drop the turns)")
    screen.get_by_role("button", name="Read again").click()
    expect(bubbles(screen)).to_have_text(["Hello *there* <b>you</b>", "Which day?", "Friday"])


def test_unknown_speakers_are_mapped_mapped_again_and_taken_away(screen: Page, app: str) -> None:
    open_with_group(screen, app)
    expect(screen.get_by_text("1 turns dropped")).to_be_visible()
    assert_fits(screen)
    choose(screen, "Boss", "system")
    screen.get_by_text("Merge turns of one speaker in a row").click()
    screen.get_by_role("button", name="Read again").click()
    expect(bubbles(screen)).to_have_text(["Hello *there* <b>you</b>", "Which day?\nNote it", "Friday"])
    for name, form in (("ConvLab-3 unified", "convlab3"), ("Schema-Guided Dialogue", "sgd"), ("OpenAI chat, JSON lines", "openai_chat"),
                       ("CSV, one utterance a row", "csv_long")):
        screen.get_by_role("radio", name=name).click()
        expect(screen.get_by_role("radio", name=name)).to_be_checked()
        screen.wait_for_timeout(1_000)  # the button's new file name is on its way
        again = read_upload(saved(screen))
        assert again.detection.format == form
        assert [(turn.speaker, turn.text) for turn in again.dialogues[0].turns] == [
            ("user", "Hello *there* <b>you</b>"), ("system", "Which day?\nNote it"), ("user", "Friday")]
    assert "Tom" not in screen.url and "group" not in screen.url


def test_all_pages_show_the_same_dialogue(screen: Page, app: str) -> None:
    open_with_group(screen, app)
    turn_to(screen, "Compare")
    expect(bubbles(screen)).to_have_text(["Hello *there* <b>you</b>", "Which day?", "Friday"])
    screen.get_by_role("link", name="Preview, roles, export").click()
    heading(screen, "Dialogue").wait_for()
    expect(bubbles(screen)).to_have_text(["Hello *there* <b>you</b>", "Which day?", "Friday"])


def test_the_third_of_many_stays_chosen_on_other_pages(screen: Page, app: str) -> None:
    screen.goto(f"{app}/dialogue?dialogue_from=File")
    rows = "".join(f"talk {number},{('user', 'agent')[turn % 2]},words {number} {turn}\n" for number in range(400) for turn in range(2))
    upload(screen, "many.csv", f"dialogue_id,speaker,text\n{rows}")
    number = screen.get_by_role("spinbutton")
    expect(number).to_have_value("1")
    number.fill("321")
    number.press("Enter")
    expect(bubbles(screen).first).to_have_text("words 320 0")
    turn_to(screen, "Compare")
    expect(bubbles(screen).first).to_have_text("words 320 0")
    expect(screen.get_by_role("spinbutton")).to_have_value("321")


def test_delete_forgets_file_and_text(screen: Page, app: str) -> None:
    open_with_group(screen, app)
    screen.get_by_role("radio", name="Paste").click()
    area = screen.get_by_role("textbox", name="Paste a dialogue")
    area.fill("User: a secret\nAgent: kept")
    area.press("Control+Enter")
    expect(bubbles(screen).first).to_have_text("a secret")
    screen.get_by_role("button", name="Delete everything of mine").click()
    expect(screen.get_by_text("Deleted: files, texts")).to_be_visible()
    expect(screen.get_by_text("a secret")).to_have_count(0)
    turn_to(screen, "Compare")
    for way in ("Paste", "File"):
        screen.get_by_role("radio", name=way).click()
        expect(screen.get_by_text("Paste or upload a dialogue to begin.")).to_be_visible()
        expect(bubbles(screen)).to_have_count(0)
    screen.get_by_role("radio", name="Paste").click()
    expect(screen.get_by_role("textbox", name="Paste a dialogue")).to_have_value("")
