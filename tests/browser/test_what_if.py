"""What if in a real browser: a value swapped by mouse, versions walked by keyboard, everything tried, the file read again."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from engine.dialogue.upload import read_upload
from tests.browser.test_app import assert_fits, heading, turn_to


def opened(screen: Page, app: str, view: str = "This change") -> None:
    screen.goto(f"{app}/what_if?dialogue_sample=thai+restaurant&what_if_view={view}")
    heading(screen, "What if").wait_for()
    expect(screen.locator(".da-text").first).to_contain_text("Thai food")


def apply(screen: Page, change: str) -> None:
    screen.get_by_role("combobox", name="Change").click()
    screen.get_by_role("option", name=change, exact=True).click()
    if change == "Swap a slot value":
        screen.get_by_label("New value", exact=True).fill("greek")
        screen.keyboard.press("Tab")
    screen.get_by_role("button", name="Apply").click()


def test_a_value_is_swapped_and_its_gold_followed(screen: Page, app: str) -> None:
    opened(screen, app)
    apply(screen, "Swap a slot value")
    expect(screen.locator(".da-diff ins").first).to_have_text("Greek")
    expect(screen.locator(".da-diff del").first).to_have_text("Thai")
    table = screen.locator(".da-table")
    table.first.wait_for()
    expect(table.locator("thead th")).to_have_count(11)
    expect(table).to_contain_text("+restaurant-food=greek")
    expect(screen.get_by_text("whose gold answer changed")).to_be_visible()
    assert_fits(screen)
    assert "greek" not in screen.url.lower(), "a dialogue's words do not belong in the address"


def test_versions_are_walked_by_keyboard(screen: Page, app: str) -> None:
    opened(screen, app)
    apply(screen, "Repeat an utterance")
    second = screen.get_by_role("radio", name="1 utterance 1 said twice")
    second.wait_for()
    expect(second).to_be_checked()
    apply(screen, "Drop an utterance")
    third = screen.get_by_role("radio", name="2 utterance 1 dropped")
    third.wait_for()
    expect(third).to_be_checked()
    third.focus()
    screen.keyboard.press("ArrowUp")
    expect(second).to_be_checked()
    expect(screen.locator(".da-mark")).to_have_text("said again")
    screen.get_by_role("button", name="Undo").press("Enter")
    expect(screen.get_by_role("radio", name="0 original")).to_be_checked()
    expect(screen.locator(".da-mark")).to_have_count(0)


def test_all_changes_are_tried_kept_over_pages_and_saved(screen: Page, app: str) -> None:
    opened(screen, app, "All versions")
    screen.get_by_role("button", name="Try all 9 changes").click()
    points = screen.locator(".js-plotly-plot .scatterlayer path.point")
    points.first.wait_for()
    expect(points).to_have_count(9)
    expect(screen.get_by_role("radio", name="utterance")).not_to_have_count(0)
    assert_fits(screen)
    for page in ("Probe", "What if"):
        turn_to(screen, page)
    expect(screen.get_by_text("Versions (10)")).to_be_visible()
    with screen.expect_download() as download:
        screen.get_by_role("button", name="Download all versions").click()
    upload = read_upload(Path(download.value.path()).read_bytes(), "versions.json")
    assert len(upload.dialogues) == 10 and upload.detection.format == "convlab3"
