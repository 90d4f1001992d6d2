"""Slides: foreign words verbatim, badges, bars with their finding, the QR code; and the page that is built of them."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from engine.serve.fake import FakePredictor
from engine.serve.talk.answers import Answered, Said
from engine.serve.talk.blocks import Visitor, _Page, build
from engine.serve.talk.chart import finding, histogram, qr
from engine.serve.talk.desk import strip
from engine.serve.talk.draw import marked, slide
from engine.serve.talk.live import Shown
from engine.serve.talk.opened import open_room
from engine.serve.talk.room import Ballot, Room, View
from engine.serve.talk.story import read_story
from engine.serve.zoo.fake import FakeZoo

HOSTILE = ["<script>alert(1)</script>", '<img src="http://evil.example/x.png" onerror="alert(1)">', '"><svg onload=alert(1)>', "' onmouseover='alert(1)",
           "</article></body><h1>", "**bold** ![x](http://evil.example/y.png) [a](javascript:alert(1))", "${alert(1)} {{value}} {% x %}", "&lt;b&gt;",
           "\u202eright to left", "<b>`<i>`</b>"]
TAGS = {"article", "header", "p", "h1", "h2", "div", "ol", "ul", "li", "b", "span", "mark", "small", "table", "caption", "thead", "tbody", "tr", "th", "td",
        "strong", "em", "code", "blockquote", "figure", "svg", "text", "rect", "details", "summary", "section"}
ATTRIBUTES = {"class", "data-step", "scope", "role", "aria-label", "viewbox", "x", "y", "width", "height", "text-anchor"}


class Strict(HTMLParser):
    """Fails at whatever a slide has no need of; keeps the words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        assert {name for name, _ in attrs} <= ATTRIBUTES, attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def words(html: str) -> str:
    parser = Strict()
    parser.feed(html)
    parser.close()
    return "".join(parser.words)


def a_room(folder: Path, text: str, *, reveal: str = "[answers, right]") -> Room:
    quoted = "'" + text.replace("'", "''") + "'"
    path = folder / "story.yaml"
    path.write_text(f"title: {quoted}\nsteps:\n  - title: {quoted}\n    text: {quoted}\n    notes: {quoted}\n"
                    f"    dialogue: [{{user: {quoted}}}, {{system: {quoted}}}]\n"
                    f"    ask: {{tasks: [intent], variants: [bert, crm]}}\n    vote: bert\n    utterances: true\n    reveal: {reveal}\n  - title: {quoted}\n",
                    encoding="utf-8")
    return open_room(FakePredictor(), FakeZoo(), read_story(path))


def view_of(room: Room, text: str) -> View:
    view = room.view()
    said = tuple(Said(who=who, asked=text, text=text, share=0.5, right=True) for who in ("bert", "crm"))
    ballot = Ballot(blind=said[0], choices={"bert": text, "crm": text}, counts={"bert": 2, "crm": 0}, right=frozenset({"bert"}), open=False)
    shown = Shown(badge="recorded", answered=Answered(said=said, right=text), note=text)
    return View(index=0, step=view.step, shown=view.step.shown(2), rest=0, question=view.question, answers=shown, ballot=ballot, added=text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(tmp_path: Path, text: str) -> None:
    room = a_room(tmp_path, text)
    drawn = words(slide(view_of(room, text), 2, {"bert": text, "crm": text}))
    assert drawn.count(text) >= 9  # title, asked, twice said, named and captioned, right, note, dialogue
    room.say(room.join(), text)
    room.use(1)
    assert words(slide(room.view(), 2, room.titles)).count(text) >= 2
    words(strip(room))


@pytest.mark.parametrize("text", HOSTILE)
def test_the_speakers_own_markup_is_a_small_one(text: str) -> None:
    assert words(marked(text)).replace("*", "").replace("`", "") == text.replace("*", "").replace("`", "")


def test_markup_of_the_speaker() -> None:
    assert marked("a *b* **c**\n\n- `*d*`\n- e") == "<p>a <em>b</em> <strong>c</strong></p><ul><li><code>*d*</code></li><li>e</li></ul>"
    assert marked("2 * 3 * 4") == "<p>2 * 3 * 4</p>"


def test_answers_have_no_names_before_they_are_revealed(tmp_path: Path) -> None:
    room = a_room(tmp_path, "Hello")
    before = view_of(room, "same words")
    hidden = View(index=0, step=before.step, shown=before.step.shown(0), rest=2, question=before.question, answers=before.answers, ballot=None, added="")
    assert "BERT" not in slide(hidden, 2, room.titles) and "BERT" in slide(before, 2, room.titles)
    named = View(index=0, step=before.step, shown=before.step.shown(1), rest=1, question=before.question, answers=before.answers, ballot=None, added="")
    assert "✓" not in slide(named, 2, room.titles) and "✓" in slide(before, 2, room.titles)


def test_bars_say_what_they_show() -> None:
    ballot = Ballot(blind=None, choices={"bert": "BERT", "crm": "CRM"}, counts={"bert": 1, "crm": 3}, right=frozenset({"crm"}), open=False)
    assert finding(ballot) == "4 votes: CRM 3, BERT 1; right: CRM."
    assert 'role="img" aria-label="4 votes: CRM 3, BERT 1; right: CRM."' in histogram(ballot)
    assert words(histogram(ballot)).count("CRM") >= 3


def test_the_code_is_drawn_here_and_links_to_the_step() -> None:
    drawn = qr("http://10.0.0.7:7860/talk?step=3")
    assert 'href="http://10.0.0.7:7860/talk?step=3"' in drawn and "<svg" in drawn and "10.0.0.7:7860/talk?step=3</span>" in drawn
    assert "<img" not in drawn and "<script>" not in qr("http://h/<script>")


def page_of(folder: Path) -> tuple[_Page, Room]:
    room = a_room(folder, "Hello there")
    return _Page(room, "http://host/talk"), room


def test_the_key_alone_opens_the_desk(tmp_path: Path) -> None:
    page, room = page_of(tmp_path)
    for where, presenter, sentence in ((f"http://host/talk?key={room.key}", True, ""), ("http://host/talk?key=wrong", False, "not this talk"),
                                       ("http://host/talk", False, ""), ("javascript:alert(1)?key=x", False, "not this talk"), ("", False, ""),
                                       ("http://host/talk?step=2", False, "has not come to step 2"), ("http://host/talk?step=٣", False, "")):
        visitor, token, *_, words_ = page._enter("", where)
        assert (visitor.presenter, bool(token)) == (presenter, not presenter) and sentence in words_


def test_a_phone_cannot_press_the_presenters_buttons(tmp_path: Path) -> None:
    page, room = page_of(tmp_path)
    phone = Visitor(token=room.join())
    room.say(phone.token, "Hello")
    page._press(lambda: room.move(1))(phone)
    page._use(phone, 1)
    assert room.at == 0 and not room.view().added
    page._press(lambda: room.move(1))(Visitor(presenter=True))
    assert room.at == 1


def test_a_failure_is_a_sentence_and_changes_nothing(tmp_path: Path) -> None:
    page, _ = page_of(tmp_path)

    def broken(*_: Any) -> list[Any]:
        raise RuntimeError("secret")

    *kept, words_ = page._guarded(broken, 3)()
    assert len(kept) == 3 and "log holds the details" in words_ and "secret" not in words_
    assert "has not joined" in page._guarded(page._say, 1)(Visitor(token="none"), "Hi")[-1]


def test_the_page_is_bounded_and_private(tmp_path: Path) -> None:
    blocks = build(FakePredictor(), FakeZoo(), a_room(tmp_path, "Hello").story)
    assert blocks.max_threads and blocks._queue.max_size == 128 and not blocks.analytics_enabled
    assert all(fn.api_visibility == "private" for fn in blocks.fns.values() if fn.fn)
