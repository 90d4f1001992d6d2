"""A view travels: by its link, and as a capsule that is saved on Compare, brought back, verified and opened, in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.test_app import GOOD, NASTY, assert_fits, go, heading, open_compare_with_file


def saved(screen: Page, name: str = "Capsule") -> bytes:
    with screen.expect_download() as download:
        screen.get_by_role("button", name=name, exact=True).first.click()
    return Path(download.value.path()).read_bytes()


def bring(screen: Page, app: str, data: bytes) -> None:
    go(screen, app, "Capsule")
    screen.locator("input[type=file]").set_input_files({"name": "capsule.json", "mimeType": "application/json", "buffer": data})


def test_a_capsule_of_compare_comes_back_identical_and_opens_its_view(screen: Page, app: str) -> None:
    open_compare_with_file(screen, app, "talk.txt", GOOD)
    expect(screen.locator(".da-text").first).to_have_text(NASTY)
    screen.get_by_text("Differences only").first.click()
    screen.get_by_role("button", name="Run").click()
    screen.locator(".da-grid").wait_for()
    data = saved(screen)
    whole = json.loads(data)
    assert whole["page"] == "compare" and whole["options"]["compare_differences"] == ["true"] and len(whole["fingerprints"]) == 9
    assert whole["dialogue"]["turns"][0]["text"] == NASTY and len(whole["asked"][0]["predictions"]) == 8 * 9
    bring(screen, app, data)
    expect(screen.locator(".da-text").first).to_have_text(NASTY)
    screen.get_by_role("button", name="Verify").click()
    expect(screen.get_by_text("Of 72 answers: 72 identical. Weights, versions and commit are the same as here.")).to_be_visible()
    assert_fits(screen)
    screen.get_by_role("button", name="Open in its page").click()
    heading(screen, "Compare").wait_for()
    expect(screen).to_have_url(re.compile("compare_differences=true"))
    expect(screen.locator(".da-text").first).to_have_text(NASTY)
    expect(screen.get_by_role("switch", name="Differences only")).to_be_checked()
    assert "thai" not in screen.url


def test_a_lied_number_is_found(screen: Page, app: str) -> None:
    go(screen, app, "Compare")
    screen.get_by_role("button", name="Run").click()
    screen.locator(".da-grid").wait_for()
    whole = json.loads(saved(screen))
    first = whole["asked"][0]["predictions"][0]["scores"]
    first[next(iter(first))] += 0.125
    bring(screen, app, json.dumps(whole).encode())
    screen.get_by_role("button", name="Verify").click()
    expect(screen.get_by_text("1 different; the numbers differ by at most 0.12")).to_be_visible()


def test_the_link_restores_the_view_in_a_new_session(screen: Page, app: str) -> None:
    screen.goto(f"{app}/compare?dialogue_sample=taxi&compare_tasks=Intent&compare_baseline=CRM+%28fake%29")
    expect(screen.locator(".da-text").first).to_contain_text("I need a taxi")
    screen.get_by_role("button", name="Link to this view").click()
    link = screen.locator("[data-testid=stPopoverBody] code").first
    expect(link).to_contain_text("dialogue_sample=taxi")
    address = link.inner_text().replace("\n", "")
    assert address.startswith(f"{app}/compare?")
    screen.goto(address)
    expect(screen.locator(".da-text").first).to_contain_text("I need a taxi")
    expect(screen.get_by_role("combobox", name=re.compile("Baseline"))).to_have_value("CRM (fake)")
    expect(screen.get_by_test_id("stAlert")).to_have_count(0)
    assert_fits(screen)
