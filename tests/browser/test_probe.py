"""Playing in a real browser: utterances dragged by mouse, moved by keyboard and button, undone, and restored by a link."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_app import turn_to

NASTY = '<img src=x onerror="document.title=1"> *a* :smile:'


@pytest.fixture
def dur(screen: Page, app: str) -> Page:
    """The page with three utterances in the order 2 3 1, as it first shows itself."""
    screen.goto(f"{app}/probe?probe_objective=DUR&dialogue_sample=taxi")
    expect(places(screen)).to_have_count(3)
    expect_order(screen, "231")
    return screen


def places(screen: Page) -> Locator:
    return screen.locator("ol[aria-label='Shown order of the utterances'] li")


def expect_order(screen: Page, order: str) -> None:
    """The page has answered: the control, the right answer and the list show the order."""
    expect(screen.get_by_text(f"Right answer: order {' '.join(order)}")).to_be_visible()
    first = 3  # the group begins with utterance 4
    for place, member in enumerate(order):
        expect(places(screen).nth(place).locator(".name")).to_have_text(f"no. {first + int(member)}")


def scores(screen: Page) -> list[str]:
    return screen.locator(".da-table").first.locator("tbody tr td:nth-child(4)").all_inner_texts()


def drag(screen: Page, from_place: int, to_place: int) -> None:
    start, end = places(screen).nth(from_place).bounding_box(), places(screen).nth(to_place).bounding_box()
    assert start and end
    screen.mouse.move(start["x"] + 90, start["y"] + start["height"] / 2)
    screen.mouse.down()
    screen.mouse.move(start["x"] + 90, start["y"] + start["height"] / 2 + 8, steps=2)
    screen.mouse.move(start["x"] + 90, end["y"] + end["height"] - 3, steps=8)
    screen.mouse.up()


def test_a_drag_changes_the_order_and_the_scores_and_undo_takes_them_back(dur: Page) -> None:
    before = scores(dur)
    drag(dur, 0, 2)
    expect_order(dur, "312")
    after = scores(dur)
    assert after != before and all(re.search(r"→ .* %\s[▲▼=] \d+\.\d", score) for score in after)
    expect(dur.locator(".live")).to_have_text("Utterance 5 is now at place 3 of 3.")
    expect(dur).to_have_url(re.compile("probe_change=order312"))
    dur.get_by_role("button", name="Undo").click()
    expect_order(dur, "231")
    expect(dur.locator(".da-table").first.locator("tbody tr td:nth-child(4)").first).to_have_text(before[0])
    assert scores(dur) == before
    dur.get_by_role("button", name="Redo").click()
    expect_order(dur, "312")


def test_the_keyboard_moves_an_utterance_and_keeps_the_focus(dur: Page) -> None:
    places(dur).nth(2).focus()
    dur.keyboard.press("Alt+ArrowUp")
    expect_order(dur, "213")
    expect(dur.locator("[aria-live]").filter(has_text="Utterance 4 is now at place 2 of 3.")).to_have_count(1)
    expect(places(dur).nth(1)).to_be_focused()
    dur.keyboard.press("Alt+ArrowUp")
    expect_order(dur, "123")
    dur.get_by_role("button", name="Move utterance 4 down").click()
    expect_order(dur, "213")


def test_escape_puts_a_dragged_utterance_back(dur: Page) -> None:
    box = places(dur).nth(0).bounding_box()
    assert box
    dur.mouse.move(box["x"] + 90, box["y"] + 10)
    dur.mouse.down()
    dur.mouse.move(box["x"] + 90, box["y"] + 400, steps=6)
    expect(places(dur).nth(2)).to_have_class(re.compile("dragged"))
    dur.keyboard.press("Escape")
    dur.mouse.up()
    expect_order(dur, "231")
    expect(places(dur).nth(0)).not_to_have_class(re.compile("dragged"))


def test_foreign_words_stay_words_in_the_list(screen: Page, app: str) -> None:
    screen.goto(f"{app}/probe?probe_objective=DUR&dialogue_from=Paste")
    box = screen.get_by_role("textbox", name="Paste a dialogue")
    box.fill(f"User: {NASTY}\nSystem: two\nUser: three\n")
    box.press("Control+Enter")
    expect(places(screen)).to_have_count(3)
    expect(places(screen).nth(2).locator(".text")).to_have_text(NASTY)
    assert places(screen).locator("img").count() == 0
    assert screen.title().startswith("Probe")


def test_a_link_restores_the_manipulation_in_a_new_session(dur: Page, app: str) -> None:
    drag(dur, 0, 2)
    expect_order(dur, "312")
    expect(dur).to_have_url(re.compile("order312"))
    link = dur.url
    dur.goto("about:blank")
    dur.goto(link)
    expect_order(dur, "312")
    expect(dur.get_by_text("→ 1 · order 3 1 2")).to_be_visible()


def test_what_was_made_is_there_after_another_objective_and_page(dur: Page, app: str) -> None:
    drag(dur, 0, 2)
    expect_order(dur, "312")
    dur.get_by_role("radio", name="DSP").click()
    expect(dur.get_by_text("Who says this, user or system?")).to_be_visible()
    turn_to(dur, "Compare")
    turn_to(dur, "Probe")
    dur.get_by_role("radio", name="DUR").click()
    expect_order(dur, "312")


def test_pressing_words_hides_them_and_nothing_asks_another_host(screen: Page, app: str, asked: list[str]) -> None:
    screen.goto(f"{app}/probe?dialogue_sample=taxi&probe_change=at1_hide1.4")
    expect(screen.get_by_text("Right answer: taxi")).to_be_visible()
    screen.get_by_test_id("stButtonGroup").get_by_role("button", name="station", exact=True).click()
    expect(screen.get_by_text("Right answer: taxi, station")).to_be_visible()
    expect(screen).to_have_url(re.compile(r"hide1\.4-1\.8"))
    assert "station" not in screen.url
    wide = screen.evaluate("(() => { const main = document.querySelector('[data-testid=stMain]'); return main.scrollWidth - main.clientWidth })()")
    assert wide <= 0
    hosts = {urlsplit(url).hostname for url in asked if urlsplit(url).scheme in ("http", "https", "ws", "wss")}
    assert hosts and hosts <= {"127.0.0.1", "localhost"}
