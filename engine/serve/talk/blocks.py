"""The talk in the browser, as Gradio Blocks: the presenter's desk behind the room's key, and the phones (no torch)."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported and when a page is made
import gradio as gr

from engine.errors import DialAtlasError, InputError
from engine.paths import without_home
from engine.serve.base import Predictor
from engine.serve.talk.chart import qr
from engine.serve.talk.desk import strip
from engine.serve.talk.draw import slide
from engine.serve.talk.opened import open_room
from engine.serve.talk.room import Room, View
from engine.serve.talk.story import Story
from engine.serve.zoo.base import ZooModel

LOG = logging.getLogger("dialatlas")
WAITING, AT_ONCE = 128, 8
"""Presses and messages that may wait, and how many are worked on at once; answers of models are never waited for here."""
DESK_S, PHONE_S = 1.0, 1.5
"""Between two looks at the room."""
_HERE = Path(__file__).parent
_PLAIN: dict[str, Any] = {"js_on_load": None, "apply_default_css": False}
_EVENT: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_id": "talk", "concurrency_limit": AT_ONCE}
_LOOK: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "queue": False}


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who looks at a page; kept by the server, so that no page can say it of itself."""

    presenter: bool = False
    token: str = ""
    base: str = ""
    """The talk's address without step or key."""
    pinned: int | None = None
    """Index of the step that a link named, while the talk is elsewhere."""
    at: int = 0
    """Index of the step for which a phone was last told something."""
    drawn: str = ""
    """What the page shows, so that nothing is sent twice."""


def build(predictor: Predictor, zoo: ZooModel, story: Story, *, room: Room | None = None, address: str = "", entry: str = "") -> gr.Blocks:
    """The talk's page, to be mounted or launched.

    Args:
        predictor: Answers for the variants.
        zoo: Answers for DialogZoo.
        story: What is told.
        room: Made by `open_room` where the caller wants to know its key; a fresh one otherwise.
        address: What phones shall open; that of the presenter's own browser if empty.
        entry: A key that the server wants of phones, put into what they open.
    """
    return _Page(room or open_room(predictor, zoo, story), address, entry).blocks


def told(words: str) -> str:
    """A sentence for the person at the page."""
    return f'<p class="dt-told" role="status">{escape(words)}</p>' if words else ""


class _Page:
    """The page's parts, and what its events do; every event's last output is a sentence for the person at the page."""

    def __init__(self, room: Room, address: str, entry: str = "") -> None:
        self.room, self.address, self.entry = room, address.rstrip("/"), f"&room={entry}" if entry else ""
        self.blocks: gr.Blocks
        with gr.Blocks(title=room.story.title, analytics_enabled=False, fill_width=True) as self.blocks:
            gr.HTML(f"<style>{(_HERE / 'talk.css').read_text(encoding='utf-8')}</style>", **_PLAIN)
            self.visitor, self.token, self.where = gr.State(Visitor()), gr.BrowserState(""), gr.Textbox(visible=False)
            with gr.Column(visible=False, elem_id="talk-desk") as self.desk:
                self._desk()
            with gr.Column(visible=False, elem_id="talk-phone") as self.phone:
                self._phone()
            self.told = gr.HTML(**_PLAIN)
            self.ticks = gr.Timer(DESK_S, active=False), gr.Timer(PHONE_S, active=False)
            self._wire()
        self.blocks.queue(max_size=WAITING, default_concurrency_limit=AT_ONCE, api_open=False)

    def _desk(self) -> None:
        self.slide = gr.HTML(**_PLAIN)
        with gr.Column(elem_id="talk-foot"):
            self.strip = gr.HTML(**_PLAIN)
            with gr.Row(visible=False) as self.from_room:
                self.heard = gr.Dropdown(choices=[], show_label=False, container=False, scale=4, elem_id="talk-heard")
                self.use = gr.Button("Put into the dialogue", size="sm", min_width=80, elem_id="talk-use")
            with gr.Row():
                self.presses = {name: gr.Button(words, elem_id=f"talk-{name}", size="sm", min_width=80) for name, words in (
                    ("back", "← Back"), ("reveal", "↓ Reveal"), ("next", "Next →"), ("again", "Ask live again (a)"), ("advance", "Advance"))}

    def _phone(self) -> None:
        self.follow = gr.Button("Follow the talk", visible=False)
        self.seen = gr.HTML(**_PLAIN)
        self.guess = gr.Radio(choices=[], label="Who said this? Your guess", visible=False, elem_id="talk-guess")
        with gr.Group(visible=False) as self.saying:
            self.words = gr.Textbox(label="Say something to the models", max_length=self.room.limits.utterance, max_lines=3, elem_id="talk-words")
            self.send = gr.Button("Send", elem_id="talk-send")

    def _wire(self) -> None:
        desk: list[Any] = [self.visitor, self.slide, self.strip, self.presses["reveal"], self.from_room, self.heard]
        phone: list[Any] = [self.visitor, self.seen, self.guess, self.saying, self.follow]
        room, visitor = self.room, [self.visitor]
        self.blocks.load(None, js=(_HERE / "talk.js").read_text(encoding="utf-8"))
        begun: list[Any] = [self.visitor, self.token, self.desk, self.phone, *self.ticks]
        entered = self.blocks.load(self._guarded(self._enter, len(begun)), [self.token, self.where], [*begun, self.told],
                                   js="(token, where) => [token, window.location.href]", **_EVENT)
        entered.then(self._guarded(self._look_desk, len(desk)), visitor, [*desk, self.told], **_LOOK)
        entered.then(self._guarded(self._look_phone, len(phone)), visitor, [*phone, self.told], **_LOOK)
        self.ticks[0].tick(self._guarded(self._look_desk, len(desk)), visitor, [*desk, self.told], **_LOOK)
        self.ticks[1].tick(self._guarded(self._look_phone, len(phone)), visitor, [*phone, self.told], **_LOOK)
        does: dict[str, Callable[[], object]] = {"back": lambda: room.move(-1), "reveal": room.reveal, "next": lambda: room.move(1), "again": room.again,
                                                 "advance": room.advance}
        for name, button in self.presses.items():
            button.click(self._guarded(self._press(does[name]), len(desk)), visitor, [*desk, self.told], trigger_mode="multiple", **_EVENT)
        self.use.click(self._guarded(self._use, len(desk)), [self.visitor, self.heard], [*desk, self.told], **_EVENT)
        self.guess.input(self._guarded(self._vote, len(phone)), [self.visitor, self.guess], [*phone, self.told], **_EVENT)
        self.follow.click(self._guarded(self._follow, len(phone)), visitor, [*phone, self.told], **_EVENT)
        for sent in (self.send.click, self.words.submit):
            sent(self._guarded(self._say, 1), [self.visitor, self.words], [self.words, self.told], **_EVENT)

    def _guarded(self, does: Callable[..., list[Any]], outputs: int) -> Callable[..., list[Any]]:
        """The event; where it fails, its outputs stay as they are and the sentence is told."""
        def run(*given: Any) -> list[Any]:
            try:
                return does(*given)
            except DialAtlasError as error:
                words = without_home(error.sentence)
            except Exception:
                mark = uuid.uuid4().hex[:8]
                LOG.exception("the talk's page failed, id %s", mark)
                words = f"Something went wrong on our side; the server's log holds the details under id {mark}. Reload the page to try again."
            return [*[gr.skip()] * outputs, told(words)]

        return run

    def _enter(self, token: str, where: str) -> list[Any]:
        """Whoever opens the page: presenter by the key in the address, else a phone."""
        address = urlsplit(where or "")
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        base = f"{address.scheme}://{address.netloc}{address.path}".rstrip("/") if address.scheme in ("http", "https") else ""
        presenter = self.room.is_presenter(asked.get("key", ""))
        number = asked.get("step", "")
        pinned = int(number) - 1 if number.isascii() and number.isdigit() and len(number) < 5 and int(number) - 1 != self.room.at else None
        mine = "" if presenter else self.room.join(str(token or ""))
        visitor = Visitor(presenter=presenter, base=self.address or base, token=mine, pinned=None if presenter else pinned, at=self.room.at)
        words = "The key in the address is not this talk's, so you see what the room sees." if "key" in asked and not presenter else ""
        if pinned is not None and not presenter and not self.room.reached(pinned):
            visitor, words = replace(visitor, pinned=None), f"The talk has not come to step {number} yet; you see where it is."
        return [visitor, mine, gr.Column(visible=presenter), gr.Column(visible=not presenter), gr.Timer(active=presenter), gr.Timer(active=not presenter),
                told(words)]

    def _look_desk(self, visitor: Visitor, words: str | None = None) -> list[Any]:
        if not visitor.presenter:
            return [gr.skip()] * 7
        room, view = self.room, self.room.view()
        drawn = slide(view, len(room.story.steps), room.titles, corner=qr(f"{visitor.base}?step={view.index + 1}{self.entry}") if visitor.base else "")
        sent = [(one.text, one.number) for one in room.utterances()] + [("(nothing from the room)", 0)] * bool(view.added)
        mark = f"{drawn}{view.rest}{sent}"
        if mark == visitor.drawn:
            return [gr.skip(), gr.skip(), strip(room), *[gr.skip()] * 3, gr.skip() if words is None else told(words)]
        reveal = gr.Button("↓ Reveal" if view.rest else "All is shown", interactive=view.rest > 0)
        return [replace(visitor, drawn=mark), drawn, strip(room), reveal, gr.Row(visible=view.step.utterances), gr.Dropdown(choices=sent),
                gr.skip() if words is None else told(words)]

    def _press(self, does: Callable[[], object]) -> Callable[[Visitor], list[Any]]:
        def pressed(visitor: Visitor) -> list[Any]:
            if visitor.presenter:
                does()
            return self._look_desk(visitor, "")

        return pressed

    def _use(self, visitor: Visitor, number: int | None) -> list[Any]:
        if visitor.presenter:
            if not isinstance(number, int):
                raise InputError("no utterance is chosen", remedy="choose one that the room has sent")
            self.room.use(number)
        return self._look_desk(visitor, "")

    def _look_phone(self, visitor: Visitor, words: str | None = None) -> list[Any]:
        if not visitor.token:
            return [gr.skip()] * 6
        room, view = self.room, self.room.view(visitor.pinned)
        mine, ballot = room.voted(visitor.token, view.index), view.ballot
        drawn = slide(view, len(room.story.steps), room.titles, bars=bool(mine)) + _verdict(view, mine)
        here = view.index == room.at
        voting = here and ballot is not None and ballot.open
        mark = f"{drawn}{mine}{voting}{here}"
        if mark == visitor.drawn and words is None:
            return [gr.skip()] * 6
        choices = [(name, who) for who, name in ballot.choices.items()] if ballot else []
        if words is None and visitor.at != view.index:
            words = ""
        return [replace(visitor, drawn=mark, at=view.index), drawn, gr.Radio(choices=choices, value=mine or None, visible=voting),
                gr.Group(visible=here and view.step.utterances), gr.Button(visible=not here, value=f"Follow the talk (now at step {room.at + 1})"),
                gr.skip() if words is None else told(words)]

    def _vote(self, visitor: Visitor, choice: str) -> list[Any]:
        self.room.vote(visitor.token, self.room.at if visitor.pinned is None else visitor.pinned, str(choice))
        return self._look_phone(visitor, f"Your guess counts: {self.room.titles.get(choice, choice)}. You may change it until the answers are shown.")

    def _follow(self, visitor: Visitor) -> list[Any]:
        return self._look_phone(replace(visitor, pinned=None), "")

    def _say(self, visitor: Visitor, words: str) -> list[Any]:
        self.room.say(visitor.token, str(words or ""))
        return ["", told("Sent to the presenter.")]


def _verdict(view: View, mine: str) -> str:
    """Whether a phone guessed rightly, once that is known."""
    right = view.ballot.right if view.ballot else frozenset()
    return told("You guessed rightly." if mine in right else "You guessed wrongly.") if mine and right else ""
