"""What a visitor does, in a real browser: read a cell, probe, upload and compare, meet a broken file, and leak nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.test_hostile_text import HOSTILE

NASTY = "I want *thai* food <b>now</b> ![x](http://example.org/x.png) :smile:"
MENU = {
    "Evidence": ("Task relations", "Claims", "Predict", "Datasets", "DialogZoo results"),
    "Your dialogue": ("Dialogue", "Compare", "State", "Why", "What if", "Probe", "DialogZoo", "Many dialogues", "Capsule"),
    "Server": ("Health",),
}
"""Section of the menu to the pages that it holds."""
SECTIONS = {page: section for section, pages in MENU.items() for page in pages}
GOOD = f"User: {NASTY}\nSystem: Which part of town?\nUser: The north.\nSystem: The Lotus is in the north.\n"


def go(screen: Page, app: str, title: str) -> None:
    """Open the app and choose a page from its menu, whose sections open by a click."""
    screen.goto(app)
    heading(screen, "DialAtlas").wait_for()
    settled(screen)  # while the page is drawn, an opened section of the menu may close again
    if title != "DialAtlas":
        turn_to(screen, title)


def turn_to(screen: Page, title: str) -> None:
    """Choose a page from the menu of this one."""
    screen.get_by_test_id("stTopNavSection").filter(has_text=SECTIONS[title]).click()
    screen.get_by_role("menuitem", name=title, exact=True).click()
    heading(screen, title).wait_for()


def settled(screen: Page) -> None:
    """Wait until the page's script has run to its end."""
    screen.locator('[data-testid=stApp][data-test-script-state=notRunning]').wait_for()


def heading(screen: Page, title: str) -> Locator:
    return screen.get_by_role("heading", level=1, name=title, exact=True)


def assert_fits(screen: Page) -> None:
    """Neither the document nor the main part scrolls sideways."""
    wide = screen.evaluate("""() => [document.documentElement, document.querySelector('[data-testid=stMain]')]
        .map(part => part.scrollWidth - part.clientWidth)""")
    assert max(wide) <= 0, f"the page is {max(wide)} px too wide at {screen.viewport_size}"


def upload(screen: Page, name: str, data: str) -> None:
    settled(screen)  # an uploader that has given its file away is replaced by a new one
    screen.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": "text/plain", "buffer": data.encode()})


def open_compare_with_file(screen: Page, app: str, name: str, data: str) -> None:
    go(screen, app, "Compare")
    screen.get_by_role("radio", name="File").click()
    upload(screen, name, data)


def test_a_link_straight_to_a_page_keeps_menu_and_choices(screen: Page, app: str) -> None:
    """The first request of all: Streamlit would then run the file in pages/ without the menu."""
    screen.goto(f"{app}/compare?dialogue_sample=taxi&compare_tasks=Intent")
    heading(screen, "Compare").wait_for()
    expect(screen.get_by_test_id("stTopNavSection").filter(has_text="Your dialogue")).to_be_visible()
    expect(screen.locator(".da-text").first).to_contain_text("I need a taxi")


def test_a_cell_of_task_relations_shows_its_numbers(screen: Page, app: str) -> None:
    go(screen, app, "Task relations")
    points = screen.locator(".js-plotly-plot .scatterlayer path.point")
    points.first.wait_for()
    metric = screen.get_by_test_id("stMetricValue").first
    before = metric.inner_text()
    box = points.nth(3).bounding_box()
    assert box
    screen.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(metric).not_to_have_text(before)
    expect(metric).to_contain_text("%")
    assert_fits(screen)


def test_a_claim_leads_to_its_cells(screen: Page, app: str) -> None:
    go(screen, app, "Claims")
    expect(screen.get_by_text(re.compile(r"^\d+ of \d+ statements do not fully hold on the paper's own numbers"))).to_be_visible()
    assert_fits(screen)
    screen.get_by_role("button", name="Joint on DA MWOZ micro F1").click()
    heading(screen, "Task relations").wait_for()
    expect(screen.get_by_test_id("stMetricValue").first).to_have_text("91.65 %")


def test_a_set_opens_in_the_reader_by_a_click(screen: Page, app: str) -> None:
    go(screen, app, "Datasets")
    settled(screen)
    expect(screen.get_by_text("75 published pairs of task and set.")).to_be_visible()
    assert_fits(screen)
    table = screen.get_by_test_id("stDataFrame").first
    box = table.bounding_box()
    assert box
    screen.mouse.click(box["x"] + 16, box["y"] + 53)
    expect(screen).to_have_url(re.compile("datasets_pair=rew.*canard"))
    expect(screen.get_by_text("[rew] [USR] ", exact=False).first).to_be_visible()


def test_a_map_is_saved_as_a_picture_and_the_tables_as_latex(screen: Page, app: str) -> None:
    def saved(name: str) -> bytes:
        with screen.expect_download() as download:
            (camera if name == "camera" else screen.get_by_role("button", name=name)).click()
        return Path(download.value.path()).read_bytes()

    go(screen, app, "Task relations")
    camera = screen.locator(".modebar-btn").first
    camera.wait_for()
    assert saved("camera").startswith(b"\x89PNG")
    screen.get_by_role("button", name="Export").click()
    assert b"\\toprule" in (tables := saved("Tables 2 to 7 (LaTeX)")) and b"64.27 / --" in tables
    assert saved("Measured matrix (CSV)").startswith(b"variant,column,")
    screen.get_by_role("radio", name="SVG").click()
    expect(screen).to_have_url(re.compile("relations_picture=SVG"))
    screen.keyboard.press("Escape")
    expect(camera).to_have_attribute("data-title", "Download plot")  # of a PNG it says so
    assert (picture := saved("camera")).startswith(b"<svg") and b"+4.72" in picture


def test_a_probe_is_answered_by_all_nine_variants(screen: Page, app: str) -> None:
    go(screen, app, "Probe")
    rows = screen.locator(".st-key-probe_table tbody tr")
    expect(rows).to_have_count(9)
    screen.get_by_role("radio", name="DSP").click()
    expect(screen.get_by_text("Who says this, user or system?")).to_be_visible()
    expect(screen.get_by_text("Right answer: system")).to_be_visible()
    expect(rows).to_have_count(9)
    expect(rows.first).to_contain_text("linear probe")
    expect(screen).to_have_url(re.compile("probe_objective=DSP"))
    assert_fits(screen)


def test_a_good_file_is_compared_and_saved(screen: Page, app: str, tmp_path: Path) -> None:
    open_compare_with_file(screen, app, "talk.txt", GOOD)
    expect(screen.get_by_text("Read as Plain transcript")).to_be_visible()
    expect(screen.locator(".da-text").first).to_have_text(NASTY)
    screen.get_by_role("button", name="Run").click()
    grid = screen.locator(".da-grid")
    expect(grid.locator("thead th")).to_have_count(11)
    expect(grid.locator("tbody tr:not(.turn)")).to_have_count(8)
    expect(grid).to_contain_text("≠")
    assert_fits(screen)
    with screen.expect_download() as download:
        screen.get_by_role("button", name="Download JSON").click()
    saved = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert saved["dialogue"]["turns"][0]["text"] == NASTY
    assert len(saved["predictions"]) == 8 * 9 and len(saved["fingerprints"]) == 9
    assert "thai" not in screen.url


def test_a_broken_file_gets_one_sentence_and_the_last_good_one_stays(screen: Page, app: str) -> None:
    open_compare_with_file(screen, app, "talk.txt", GOOD)
    expect(screen.locator(".da-text").first).to_have_text(NASTY)
    upload(screen, "broken.json", '[{"dialogue_id": "1", "turns": [{"speaker": "USER", "utterance": ')
    sentence = screen.get_by_test_id("stAlert").locator("p")
    expect(sentence).to_have_count(1)
    expect(sentence).to_have_text(re.compile(r"^line 1: [^\n]+; mend the JSON there\.$"))
    expect(screen.locator(".da-text").first).to_have_text(NASTY)


@pytest.mark.parametrize("page", ["compare", "probe"])
def test_hostile_text_is_shown_and_does_nothing(screen: Page, app: str, asked: list[str], page: str) -> None:
    screen.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    words = "\n".join(HOSTILE[kind] for kind in ("script", "html", "link", "icons", "latex", "direction", "invisible", "terminal", "emoji"))
    talk = {"messages": [{"role": "user", "content": words}, {"role": "assistant", "content": words}]}
    screen.goto(f"{app}/{page}?dialogue_from=File&probe_objective=DSP")
    upload(screen, "talk.json", json.dumps(talk))
    expect(screen.get_by_text("Read as OpenAI chat")).to_be_visible()
    assert screen.locator(".da-text").first.evaluate("element => element.textContent") == words
    assert screen.title() == f"{page.title()} · DialAtlas" and screen.locator(".da-text :not(.da-mark)").count() == 0
    assert not [url for url in asked if "example.org" in url]
    assert_fits(screen)


def test_nothing_asked_another_host(screen: Page, app: str, asked: list[str]) -> None:
    for title in SECTIONS:
        go(screen, app, title)
    hosts = {urlsplit(url).hostname for url in asked if urlsplit(url).scheme in ("http", "https", "ws", "wss")}
    assert hosts and hosts <= {"127.0.0.1", "localhost"}
