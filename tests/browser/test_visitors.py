"""Two visitors at once never see each other's dialogue, and what they upload never touches the disk."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import serving
from tests.browser.test_app import settled, turn_to, upload

Visitors = Callable[[], Page]


def talk(word: str, turns: int = 4) -> str:
    return "".join(f"{'System' if turn % 2 else 'User'}: {word} says {word}{turn}\n" for turn in range(turns))


def file_chosen(screen: Page, app: str) -> None:
    screen.goto(f"{app}/compare?dialogue_from=File")
    screen.get_by_text("Paste or upload a dialogue to begin.").wait_for()


def file_before(screen: Page, app: str, word: str) -> None:
    file_chosen(screen, app)
    upload(screen, f"{word}.txt", talk(word))
    expect(screen.locator(".da-text").first).to_have_text(f"{word} says {word}0")


def everything(screen: Page) -> str:
    """All that the page holds, shown or not."""
    return screen.content() + screen.url


def test_two_visitors_never_see_each_others_dialogue(visitor: Visitors, app: str) -> None:
    visitors = {"aardvark": visitor(), "zeppelin": visitor()}
    for word, screen in visitors.items():
        file_before(screen, app, word)
    for screen in visitors.values():  # both are answered at once
        screen.get_by_role("button", name="Run").click()
    for word, screen in visitors.items():
        expect(screen.locator(".da-grid tbody tr:not(.turn)")).to_have_count(8)
        expect(screen.locator(".da-grid")).to_contain_text(f"{word}0")
    for other, screen in zip(reversed(visitors), visitors.values(), strict=True):
        assert other not in everything(screen)
        for title in ("Probe", "Health"):
            turn_to(screen, title)
            settled(screen)
            assert other not in everything(screen)


def test_a_new_visitor_sees_nothing_of_the_last_one(visitor: Visitors, app: str) -> None:
    file_before(visitor(), app, "aardvark")
    later = visitor()
    file_chosen(later, app)
    later.get_by_text("Paste or upload a dialogue to begin.").wait_for()
    assert "aardvark" not in everything(later)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The app, and the file that tells which files it opens for writing."""
    home = tmp_path_factory.mktemp("watched")
    wrapper = Path(__file__).with_name("watched.py")
    environment = {"DIALATLAS_PREDICTOR": "fake", "WATCHED": str(home / "opened.txt"), "TMPDIR": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    with serving(home, environment, (str(wrapper),)) as address:
        yield address, home


def packed(text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("talk.txt", text)
    return stream.getvalue()


LARGE = talk("aardvark" * 20, 9_000)
FILES = {"small": (talk("aardvark").encode(), "Read as Plain transcript"), "large": (LARGE.encode(), "Read as Plain transcript"),
         "archive": (packed(LARGE), "Read as Plain transcript"), "broken": (b'[{"turns": ["' + b"x" * 3_000_000, "is in no known format")}


@pytest.mark.parametrize("kind", FILES)
def test_an_upload_is_written_to_no_file(screen: Page, watched: tuple[str, Path], kind: str) -> None:
    app, home = watched
    data, sentence = FILES[kind]
    file_chosen(screen, app)
    screen.locator("input[type=file]").wait_for(state="attached")
    before, folder = (home / "opened.txt").read_text(), set(home.rglob("*"))
    assert str(home) in before.splitlines()  # a nameless file that was opened on purpose
    screen.locator("input[type=file]").set_input_files({"name": "talk.txt", "mimeType": "text/plain", "buffer": data})
    expect(screen.get_by_text(re.compile(sentence)).first).to_be_visible()
    opened = (home / "opened.txt").read_text().removeprefix(before).splitlines()
    assert [path for path in opened if path != "/dev/null"] == []
    assert set(home.rglob("*")) == folder
