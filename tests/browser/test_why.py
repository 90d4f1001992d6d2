"""Why in a real browser: tokens are coloured and signed, bars stand beside them, the link keeps the choices, no word of the dialogue is in it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.test_app import assert_fits, heading


def test_an_answer_is_explained(screen: Page, app: str) -> None:
    screen.goto(f"{app}/why?dialogue_sample=train+and+hotel")
    heading(screen, "Why").wait_for()
    screen.get_by_role("button", name="Run", exact=True).click()
    expect(screen.locator(".da-why")).to_have_count(3)
    token = screen.locator(".da-tok").first
    assert re.search(r" [+−]\d+\.\d\d$", token.get_attribute("title") or "")
    colours = screen.locator(".da-tok sup").evaluate_all("marks => marks.map(mark => [mark.textContent, getComputedStyle(mark.parentNode).borderBottomStyle])")
    assert colours and {tuple(pair) for pair in colours} <= {("+", "solid"), ("−", "dotted")}
    expect(screen.locator(".js-plotly-plot .bars path").first).to_be_visible()
    expect(screen.get_by_text(re.compile(r"^Utterance \d+ moves BERT"))).to_be_visible()
    assert_fits(screen)
    screen.get_by_role("button", name="Run the sanity check").click()
    expect(screen.get_by_text("head and top layer").first).to_be_visible()


def test_a_link_restores_the_question(screen: Page, app: str) -> None:
    screen.goto(f"{app}/why?dialogue_sample=taxi&why_task=State+tracking&why_view=What+the+model+read")
    heading(screen, "Why").wait_for()
    expect(screen.locator(".da-piece.special")).to_have_text(["[CLS]", "[SEP]"])
    expect(screen.get_by_text(re.compile(r"^State tracking read \d+ tokens \(limit \d+\)"))).to_be_visible()
    screen.get_by_role("radio", name="All variants").click()
    screen.get_by_role("button", name="Explain all variants").click()
    expect(screen.locator(".da-strips tbody tr")).to_have_count(9)
    expect(screen).to_have_url(re.compile("why_view=All"))
    assert "station" not in screen.url
    assert_fits(screen)
