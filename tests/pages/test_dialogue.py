"""The page Dialogue: what is read is shown and may be read otherwise, exports are read again, and Delete forgets."""

from __future__ import annotations

import gc
import json
import weakref
from html import escape
from pathlib import Path

import pytest
from starlette.formparsers import MultiPartParser
from streamlit.testing.v1 import AppTest

from engine.dialogue.export import EXPORTS
from engine.dialogue.samples import samples
from engine.dialogue.upload import read_upload
from engine.paths import REPOSITORY
from tests.pages.screen import html, open_page, words
from ui.dialogue_export import SHOWN_AT_ONCE, written
from ui.dialogue_source import LISTED, SHOWN

UPLOADS = REPOSITORY / "samples" / "uploads"
GROUP = b"speaker,text\nTom,Hello *there*\nKim,Which <b>day</b>?\nKim,And when?\nBoss,Note it\nTom,Friday\n"


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page("dialogue", monkeypatch, dialogue_from="File")


def upload(screen: AppTest, name: str, data: bytes) -> AppTest:
    screen.file_uploader[0].set_value((name, data, "text/plain"))
    return screen.run()


def talks(count: int, turns: int = 4) -> bytes:
    rows = (f"talk {number},{'agent' if turn % 2 else 'user'},words {number} {turn},{'' if turn % 2 else 'find'}\n"
            for number in range(count) for turn in range(turns))
    return ("dialogue_id,speaker,text,intent\n" + "".join(rows)).encode()


def role(screen: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(box for box in screen.selectbox if box.label.startswith(label))


def again(screen: AppTest) -> AppTest:
    assert not screen.exception
    return next(button for button in screen.button if button.label == "Read again").click().run()


def test_a_sample_is_shown_and_can_be_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("dialogue", monkeypatch, dialogue_sample="movie")
    assert all(escape(turn.text, quote=True) in html(screen) for turn in samples()["movie"].turns)
    assert screen.get("download_button")[0].proto.deferred_file_id and not screen.exception
    assert screen.session_state["dialogue_sample"] == "movie" and not screen.warning


def test_an_empty_page_begins_with_a_sample(screen: AppTest) -> None:
    screen.button(key="dialogue_begin").click().run()
    assert "da-text" in html(screen) and screen.session_state["dialogue_from"] == "sample"


@pytest.mark.parametrize("path", sorted(path for path in UPLOADS.iterdir() if not path.name.startswith("broken")), ids=lambda path: path.name)
def test_every_format_says_what_it_is_and_what_came_along(path: Path, screen: AppTest) -> None:
    upload(screen, path.name, path.read_bytes())
    found = read_upload(path.read_bytes(), path.name)
    assert not screen.error and not screen.exception
    assert f"Read as **{found.detection.title.replace('(', chr(92) + '(').replace(')', chr(92) + ')')}**, {found.detection.confidence:.0%} sure" in \
        [one.value for one in screen.markdown]
    assert ("Next best: " in words(screen)) == (found.detection.runner_up is not None)
    assert escape(found.dialogues[0].turns[0].text) in html(screen)
    assert all(escape(remark.what) in html(screen) and escape(remark.remedy) in html(screen) for remark in found.remarks)
    assert len([box for box in screen.selectbox if " turn" in box.label]) == min(12, len(found.said))


def test_speakers_whom_nobody_knows_lead_to_the_mapping(screen: AppTest) -> None:
    upload(screen, "group.csv", GROUP)
    assert len(screen.error) == 1 and "the speakers 'Tom', 'Kim', 'Boss' are not known" in screen.error[0].value.replace("\\", "")
    for label, chosen in (("Tom", "user"), ("Kim", "system"), ("Boss", "skip")):
        assert role(screen, label).value is None
        role(screen, label).set_value(chosen)
    next(box for box in screen.checkbox if "Merge" in box.label).set_value(True)
    again(screen)
    assert not screen.error and "1 turns dropped; 1 turns merged" in "".join(one.value for one in screen.markdown)
    assert "Which &lt;b&gt;day&lt;/b&gt;?\nAnd when?" in html(screen) and "Note it" not in html(screen)
    role(screen, "Boss").set_value("system")
    again(screen)
    assert "Note it" in html(screen) and role(screen, "Boss").value == "system" and role(screen, "Tom").label == "Tom · 2 turns"


def test_skipping_one_changes_nobody_else_and_skipping_all_is_told(screen: AppTest) -> None:
    upload(screen, "whatsapp.txt", (UPLOADS / "whatsapp.txt").read_bytes())
    first, second = (box for box in screen.selectbox if " turn" in box.label)
    assert (first.value, second.value) == ("user", "system")
    first.set_value("skip")
    again(screen)
    assert 'class="da-turn system"' in html(screen) and 'class="da-turn user"' not in html(screen)
    [box.set_value("skip") for box in screen.selectbox if " turn" in box.label]
    again(screen)
    assert "every turn is skipped" in screen.error[0].value and 'class="da-turn system"' in html(screen)


def test_another_format_may_be_chosen_and_a_wrong_one_loses_nothing(screen: AppTest) -> None:
    data = (UPLOADS / "multiwoz22.json").read_bytes()
    upload(screen, "talk.json", data)
    role(screen, "Format").set_value("sgd")
    again(screen)
    assert "Read as **Schema-Guided Dialogue**, as you chose" in [one.value for one in screen.markdown]
    role(screen, "Format").set_value("sharegpt")
    again(screen)
    assert len(screen.error) == 1 and "da-text" in html(screen) and "Still shown" in words(screen)
    role(screen, "Format").set_value("")
    again(screen)
    assert not screen.error and "MultiWOZ 2" in "".join(one.value for one in screen.markdown)


def test_a_bad_file_says_why_and_the_last_good_one_stays(screen: AppTest) -> None:
    upload(screen, "good.txt", b"User: good one\nAgent: indeed")
    upload(screen, "bad.json", b'[{"turns": [')
    assert len(screen.error) == 1 and "good one" in html(screen) and "Still shown" in words(screen)
    upload(screen, "better.txt", b"User: mended\nAgent: fine")
    assert not screen.error and "mended" in html(screen) and "good one" not in html(screen)


def source_on(url: str, monkeypatch: pytest.MonkeyPatch, given: AppTest) -> AppTest:
    """Another page of the same visitor that shows the chooser."""
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.url", property(lambda self: f"http://localhost/{url}?x=1"))
    screen = AppTest.from_file(str(REPOSITORY / "pages" / f"{url}.py"), default_timeout=60)
    screen.session_state["dialogue_from"], screen.session_state["dialogue_file_kept"] = "file", given.session_state["dialogue_file_kept"]
    return screen.run()


def test_a_bad_files_sentence_stays_on_the_page_where_it_was_given(screen: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    upload(screen, "good.txt", b"User: good one\nAgent: indeed")
    here = source_on("compare", monkeypatch, screen)
    upload(here, "*bad*.json", b'[{"turns": [')
    assert len(here.error) == 1 and "good one" in html(here)
    assert len(here.run().error) == 1
    other = source_on("state", monkeypatch, here)
    assert not other.error and "good one" in html(other) and not other.exception
    assert "“\\*bad\\*.json” could not be read" in words(other) and "The page Dialogue says why" in words(other)
    assert len(source_on("dialogue", monkeypatch, other).error) == 1
    upload(other, "better.txt", b"User: mended\nAgent: fine")
    assert "could not be read" not in words(other) and "mended" in html(other)


def test_nothing_is_read_twice(screen: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    upload(screen, "many.csv", talks(3))
    monkeypatch.setattr("ui.dialogue_kept.read_upload", lambda *given, **how: pytest.fail("read again"))
    role(screen, "Dialogue (1 of 3)").set_value(2).run()
    screen.run()
    assert "words 2 0" in html(screen) and not screen.exception and not screen.error


def test_many_dialogues_are_searched_and_shown_a_page_at_a_time(screen: AppTest) -> None:
    count = 10_000
    upload(screen, "many.csv", talks(count))
    assert len(screen.dataframe[0].value) == 50 and f"{count:,} of {count:,} dialogues" in words(screen)
    assert screen.number_input[0].label == f"Dialogue (1 to {count:,})" and count > LISTED
    screen.pagination[0].set_value(200).run()
    assert list(screen.dataframe[0].value["No."]) == list(range(9_951, 10_001)) and set(screen.dataframe[0].value["Gold"]) == {"I"}
    screen.number_input[0].set_value(777).run()
    assert "words 776 3" in html(screen)
    screen.text_input[0].set_value("TALK words 4321").run()
    assert list(screen.dataframe[0].value["Name"]) == ["talk 4321"] and "words 776 3" in html(screen)
    screen.text_input[0].set_value("nowhere to be found").run()
    assert f"0 of {count:,} dialogues" in words(screen) and not screen.dataframe and not screen.exception


def test_a_long_dialogue_is_paged_and_pages_take_its_beginning(screen: AppTest) -> None:
    upload(screen, "long.csv", talks(1, 4_321))
    assert html(screen).count('class="da-text"') == SHOWN_AT_ONCE and f"The first {SHOWN:,} of its 4,321 utterances" in words(screen)
    screen.pagination[0].set_value(44).run()
    assert "words 0 4320" in html(screen) and html(screen).count('class="da-text"') == 21 and ">4321</span>" in html(screen)


@pytest.mark.parametrize("name", ["convlab3", "sgd", "openai_chat", "csv_long"])
def test_what_was_taken_away_comes_back_the_same(name: str, screen: AppTest) -> None:
    before = samples()["thai restaurant"]
    upload(screen, f"talk{EXPORTS[name].ending}", written(name, [before]).getvalue())
    kept = screen.session_state["dialogue_file_kept"]
    assert kept.upload.detection.format == name and [one.turns for one in kept.dialogues] == [before.turns]
    assert json.dumps([turn.intent for turn in before.turns]) == json.dumps([turn.intent for turn in kept.dialogues[0].turns])


def test_delete_forgets_file_text_and_answers(screen: AppTest) -> None:
    upload(screen, "secret.txt", b"User: my secret\nAgent: is safe")
    screen.session_state["answers_known"] = {"x": {}}
    screen.session_state["probe_text"] = "my secret"
    screen.session_state["dialogue_from"] = "paste"
    screen.run().text_area[0].set_value("User: my other secret\nAgent: ok").run()
    assert "my other secret" in html(screen)
    screen.button(key="dialogue_delete").click().run()
    left = screen.session_state._state.filtered_state
    assert "secret" not in repr(left) and not left.keys() & {"answers_known", "dialogue_file_kept", "dialogue_paste_kept"}
    assert "secret" not in html(screen) and "Deleted" in words(screen) and not screen.exception
    screen.session_state["dialogue_from"] = "paste"
    assert screen.run().text_area[0].value == "" and "secret" not in html(screen)


def test_what_was_deleted_leaves_the_memory(screen: AppTest) -> None:
    upload(screen, "many.csv", talks(500))
    kept = weakref.ref(screen.session_state["dialogue_file_kept"].upload)
    assert kept() is not None
    screen.button(key="dialogue_delete").click().run()
    screen.run()
    gc.collect()
    assert kept() is None


def test_uploads_are_never_written_to_disk(screen: AppTest) -> None:
    """The web server spools what is larger than this into a temporary file."""
    assert screen.file_uploader and MultiPartParser.spool_max_size == 0  # never


def test_the_lifetime_is_stated(screen: AppTest) -> None:
    assert "until you delete it or close the page" in words(screen)
