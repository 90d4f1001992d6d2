"""The switchboard of DialogZoo: which tasks, constrained or free, asking all of them at once, answers as they grow."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import RerunException, StopException

from engine.dialogue.model import Dialogue
from engine.errors import MissingDataError
from engine.serve.zoo.base import ZooCard, ZooModel
from ui.blocks import badge, pick, plain
from ui.cache import extractor
from ui.cell_grid import cell_grid
from ui.choices import several
from ui.dialogue_source import dialogue_source
from ui.dialogue_view import bubbles, label
from ui.dialogzoo_board import NAMES, Board, board, keeper, unseen
from ui.dialogzoo_tiles import LEGEND, tiles

_MODES = {"constrained": "Constrained", "free": "Free"}
_HELP = ("Constrained: each word must keep to the task's form and to the labels, slots, tables and columns that were given. Free: the model writes what it "
         "likes, and the share of invalid answers shows how much the constraint is needed.")
_EVERY_S = 0.1
"""Growing answers are drawn at most ten times a second."""
_PATIENCE_S = 2.0
"""How long the page waits for the words of a run that was ended."""
_END = "the end"


def talk() -> Dialogue | None:
    """The chosen dialogue, or its beginning up to the utterance that the visitor asks after, as bubbles."""
    dialogue = dialogue_source("dialogue")
    if dialogue is None:
        st.info("Paste or upload a dialogue to begin.", icon=":material/forum:")
        return None
    until = _until(dialogue)
    bubbles(dialogue.turns[:until], "dialogzoo_bubbles", height=560)
    return dialogue.until(until)


def _until(dialogue: Dialogue) -> int:
    """How many utterances are read; a number that another dialogue had is no wrong address, so nobody is told."""
    numbers = {str(index + 1): label(dialogue.turns, index, 40) for index in range(len(dialogue.turns))}
    chosen = st.selectbox("Read the dialogue up to", [_END, *numbers], key="dialogzoo_until", bind="query-params",
                          format_func=lambda number: numbers.get(number, "its end"), help="Most tasks ask about the user's last utterance in this part.")
    return int(chosen) if chosen in numbers else len(dialogue.turns)


def switchboard(model: ZooModel, dialogue: Dialogue) -> Board | None:
    """Controls and tiles; asks all that lacks an answer when its button is pressed."""
    settle()
    about(model.card)
    tasks = several("Tasks", NAMES, "dialogzoo_tasks")
    if not tasks:
        st.info("Choose at least one task.", icon=":material/tune:")
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width="content"):
            constrained = pick("Decoding", list(_MODES), key="dialogzoo_decoding", words=_MODES, help=_HELP) == "constrained"
        now = board(model, dialogue, tasks, constrained)
        pressed, stop = _ask_button(now)
    tallies(now)
    place, chosen = st.empty(), _chosen(tasks)
    if pressed:
        seen = with_entities(now)
        ask(seen, seen.lacking(), lambda asked, grown: place.html(tiles(asked, chosen, grown)), stop)
    with place:
        opened = cell_grid(tiles(now, chosen), "dialogzoo_tiles")
    st.caption(LEGEND)
    if opened in tasks and opened != chosen:
        st.session_state["dialogzoo_task"] = opened
        st.rerun()
    return now


def about(card: ZooCard) -> None:
    """Which model answers."""
    with st.container(horizontal=True, vertical_alignment="center"):
        badge("live", card.title)
        st.caption(f"From {plain(card.base)}, {card.parameters / 1e6:,.1f} M weights, {card.tokens_seen / 1e6:,.0f} M tokens seen; "
                   f"reads {card.max_tokens} tokens")


def tallies(now: Board) -> None:
    """The share of invalid answers under constrained and free decoding, as far as asked."""
    told = []
    for constrained, name in ((True, "constrained"), (False, "free")):
        answers = now.answered(constrained)
        invalid = sum(not answer.valid for answer in answers)
        told.append(f"**{name}** {invalid} of {len(answers)} invalid ({invalid / len(answers):.0%})" if answers else f"**{name}** not asked")
    both = [row for row in now.rows.values() if len(row.answers) == 2]
    alike = sum(row.answers[True].text == row.answers[False].text for row in both)
    more = f" · the same words in {alike} of {len(both)}" if both else ""
    st.markdown(f"Answers: {' · '.join(told)}{more}")


def _ask_button(now: Board) -> tuple[bool, DeltaGenerator]:
    """Whether it was pressed, and where the way to stop comes while answers are written."""
    lacking = len(now.lacking())
    words = f"Ask {lacking} task{'' if lacking == 1 else 's'}" if lacking else "All are answered"
    pressed = st.button(words, type="primary", icon=":material/play_arrow:", key="dialogzoo_ask", disabled=not lacking)
    return pressed, st.empty()


def _chosen(tasks: Sequence[str]) -> str:
    known = st.session_state.get("dialogzoo_task") or st.query_params.get("dialogzoo_task", "").partition(" ")[0].lower()
    return known if known in tasks else tasks[0]


def with_entities(now: Board) -> Board:
    """The same board once entities can be found for CLO."""
    if "clo" not in now.rows or not unseen():
        return now
    try:
        extractor()
    except MissingDataError:
        st.session_state["dialogzoo_no_extractor"] = True
    return board(now.model, now.given.dialogue, list(now.rows), now.constrained)


def ask(now: Board, tasks: Sequence[str], draw: Callable[[Board, dict[str, str]], object], stop: DeltaGenerator) -> None:
    """Write the answers of some tasks together, drawn as they grow; begins the page anew at the end.

    A click on Stop, or on anything else, makes Streamlit raise where the page is drawn: the writing then ends, and what was written is kept.

    Raises:
        DialAtlasError: As `ZooModel.answer`.
    """
    asked = [question for task in tasks if (question := now.rows[task].open)]
    if asked:
        stop.button("Stop", icon=":material/stop:", key="dialogzoo_stop", help="Ends the writing and keeps what is written.")
        grown, keep, finished = _Growing(now, [question.task for question in asked], draw), keeper(now), Event()
        st.session_state["dialogzoo_writing"] = finished
        try:
            answers = now.model.answer(asked, constrained=now.constrained, told=grown, stop=lambda: grown.ended is not None)
            for question, answer in zip(asked, answers, strict=True):
                cut = grown.ended is not None and (answer.stopped or question.task in grown.unfinished())
                keep(question, replace(answer, stopped=True, valid=False) if cut else answer, cut)
        finally:
            finished.set()
        if grown.ended:
            raise grown.ended
    st.rerun()


def settle() -> None:
    """Wait a moment for a run that Streamlit has just ended: it still has to keep what was written."""
    writing = st.session_state.pop("dialogzoo_writing", None)
    if isinstance(writing, Event):
        writing.wait(_PATIENCE_S)


class _Growing:
    """Draws growing answers now and then; remembers that Streamlit wants this run to end instead of ending it in the middle of a word."""

    def __init__(self, now: Board, tasks: Sequence[str], draw: Callable[[Board, dict[str, str]], object]) -> None:
        self.board, self.tasks, self.draw = now, tasks, draw
        self.texts = dict.fromkeys(tasks, "")
        self.ended: RerunException | StopException | None = None
        self._words = dict.fromkeys(tasks, 0)
        self._last = 0.0

    def unfinished(self) -> set[str]:
        """Tasks that were still being written at the last word: all grow by a word at a time, so those that ended sooner have fewer."""
        most = max(self._words.values(), default=0)
        return {task for task, words in self._words.items() if words == most}

    def __call__(self, place: int, text: str) -> None:
        """As `engine.serve.zoo.base.Told`."""
        self.texts[self.tasks[place]] = text
        self._words[self.tasks[place]] += 1
        if self.ended is None and time.monotonic() - self._last >= _EVERY_S:
            self._last = time.monotonic()
            try:
                self.draw(self.board, self.texts)
            except (RerunException, StopException) as ended:
                self.ended = ended
