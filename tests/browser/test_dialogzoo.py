"""DialogZoo in a real browser: answers grow on their tiles, a tile opens by click and by keys, a run can be stopped, nothing is too wide."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.test_app import assert_fits, heading, settled


def test_all_tasks_are_answered_and_a_tile_opens_its_prompt(screen: Page, app: str) -> None:
    screen.goto(f"{app}/dialogzoo?dialogue_sample=taxi")
    heading(screen, "DialogZoo").wait_for()
    tiles = screen.locator(".da-zoo [data-cell]")
    expect(tiles).to_have_count(17)
    screen.get_by_role("button", name="Ask 17 tasks").click()
    expect(screen.get_by_role("button", name="All are answered")).to_be_disabled()
    expect(tiles.filter(has_text="V valid")).to_have_count(17)
    assert_fits(screen)
    settled(screen)
    screen.locator("[data-cell=intent]").click()
    expect(screen).to_have_url(re.compile("dialogzoo_task=INTENT"))
    prompt = screen.get_by_role("textbox", name="Exact prompt")
    expect(prompt).to_have_value(re.compile(r"^\[intent\] \[USR\] Thanks for your help\. \[EK\] find a restaurant ; "))
    settled(screen)
    screen.locator("[data-cell=intent]").focus()
    screen.keyboard.press("ArrowRight")
    screen.keyboard.press("Enter")
    expect(prompt).to_have_value(re.compile(r"^\[dst\] "))
    assert "taxi+from" not in screen.url and "station" not in screen.url


def test_a_prompt_is_edited_and_asked_alone(screen: Page, app: str) -> None:
    screen.goto(f"{app}/dialogzoo?dialogue_sample=taxi&dialogzoo_tasks=REW&dialogzoo_tasks=SUM")
    prompt = screen.get_by_role("textbox", name="Exact prompt")
    expect(prompt).to_have_value(re.compile(r"^\[rew\] "))
    prompt.fill("[rew] [USR] and a cab for two? [EK] none [C] Rewrite it.")
    prompt.press("Control+Enter")
    expect(screen.locator("[data-cell=rew]")).to_contain_text("prompt edited")
    screen.get_by_role("button", name="Ask REW (constrained)").click()
    expect(screen.locator("[data-cell=rew]")).to_contain_text("V valid")
    expect(screen.locator("[data-cell=sum]")).to_contain_text("not asked")
    assert_fits(screen)
