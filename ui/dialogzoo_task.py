"""One task of DialogZoo closer: its prompt, visible and editable, what was cut, its knowledge boxes, its answers, what the model's card says of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from engine.dialogue.model import Turn
from engine.serve.zoo.base import ZooAnswer
from engine.serve.zoo.boxes import FORMS, LONGEST, Box, boxes_of
from engine.serve.zoo.export import in_words
from engine.zoo import ZOO_TASKS
from ui.answers import mark
from ui.blocks import badge, plain, verbatim
from ui.choices import listed
from ui.dialogue_view import bubbles
from ui.dialogzoo import ask, with_entities
from ui.dialogzoo_board import NAMES, Board, Row, drawn, typed, unseen
from ui.dialogzoo_tiles import verdict
from ui.html_table import TableCell, html_table

_DRAWN = ("reo", "clo")
"""Tasks in which chance draws an order."""


def closer(now: Board) -> None:
    """The chosen task in full."""
    st.subheader("One task closer", anchor=False)
    with st.container(width=420):
        task = listed("Task", {name: f"{NAMES[name]} · {ZOO_TASKS[name].title}" for name in now.rows}, "dialogzoo_task")
    row = now.rows[task]
    left, right = st.columns([3, 2], gap="medium")
    with right:
        _knowledge(now, task)
        _card(now, task)
    with left:
        if row.asked.reason and not (task == "clo" and unseen()):
            st.warning(plain(row.asked.reason), icon=":material/block:")
        _prompt(now, row)
        _answers(row)


def _prompt(now: Board, row: Row) -> None:
    """The exact prompt, to be edited; asking this task alone."""
    task, own = row.asked.task, typed("prompts", now.given.dialogue)
    text = own.get(task) or (row.asked.prompt.text if row.asked.prompt else "")
    if not text:
        if task == "clo" and unseen():
            st.caption("The prompt stands here once entities were looked for: press Ask above.")
        return
    key = f"dialogzoo_prompt_{task}_{mark(now.given.dialogue.turns)[:8]}"
    if st.session_state.get(key) != text:
        st.session_state[key] = text
    st.text_area("Exact prompt", key=key, height=230, on_change=partial(_edited, key, own, task, "" if task in own else text),
                 help="What the model reads, to the letter. Edit it and ask again; the form [task] content [EK] knowledge [C] definition must stay.")
    st.caption(_cuts(row))
    with st.container(horizontal=True, vertical_alignment="center"):
        mode = "constrained" if now.constrained else "free"
        lacking = task in now.lacking()
        pressed = st.button(f"Ask {NAMES[task]} ({mode})", key="dialogzoo_ask_one", type="primary", icon=":material/play_arrow:", disabled=not lacking,
                            help=None if lacking else "This very question is answered already.")
        st.button("Reset the prompt", key="dialogzoo_reset", icon=":material/restart_alt:", disabled=task not in own, on_click=_forget, args=(own, task))
        stop = st.empty()
    place = st.empty()
    if pressed:
        ask(with_entities(now), [task], lambda _, grown: place.text(grown[task]), stop)


def _forget(own: dict[str, str], name: str) -> None:
    own.pop(name, None)


def _edited(key: str, own: dict[str, str], task: str, written: str) -> None:
    text = str(st.session_state[key])
    if text.strip() and text != written:
        own[task] = text
    else:
        own.pop(task, None)


def _cuts(row: Row) -> str:
    read = row.asked.prompt
    if read is None:
        return "The model cannot read this prompt."
    if row.asked.question and row.asked.question.prompt:
        return f"{read.tokens} tokens · edited by hand: boxes no longer change it, and its end is cut where it is too long."
    turns = f"{read.turns} turns read" + (f", the oldest {read.turns_cut} cut or shortened" if read.turns_cut else ", none cut")
    items = f"{read.items} items of knowledge read" + (f", {read.items_cut} cut" if read.items_cut else ", none cut")
    return f"{read.tokens} tokens · {turns} · {items}"


def _answers(row: Row) -> None:
    """What was answered, both ways where both were asked."""
    for constrained, answer in row.answers.items():
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                letter, word, _ = verdict(answer)
                st.markdown(f"**{'Constrained' if constrained else 'Free'}**: **{letter}** {word}")
                badge("live", f"{answer.tokens} tokens{', ended early' if answer.stopped else ''}")
            _read(answer, f"dialogzoo_answer_{constrained}")
            st.caption("Exactly as written")
            st.code(answer.text, language=None, wrap_lines=True)


def _read(answer: ZooAnswer, key: str) -> None:
    """An answer as its task reads it: words, slots with values, or turns."""
    found = answer.answer
    if found is None:
        st.caption("Not of the task's form, so nothing can be read out of it.")
    elif isinstance(found, Mapping) or (isinstance(found, tuple) and not any(isinstance(part, Turn) for part in found)):
        pairs = list(found.items() if isinstance(found, Mapping) else found)
        if pairs:
            html_table(["Slot", "Value"], [[TableCell(text=slot), TableCell(text=value)] for slot, value in pairs], key)
        else:
            st.caption("No slot has a value.")
    elif isinstance(found, tuple):
        bubbles(found, key)
    else:
        verbatim(in_words(answer))


def _knowledge(now: Board, task: str) -> None:
    """The task's boxes, filled from the dialogue where that is possible."""
    boxes = boxes_of(task)
    st.markdown("**Knowledge**" if boxes or task in _DRAWN else "**Knowledge**: this task takes none.")
    if task in _DRAWN:
        st.number_input("Seed of the order that is drawn", 0, 9_999, value=drawn(), key="dialogzoo_seed", on_change=_draw)
    for box in boxes:
        _box(now, box)


def _draw() -> None:
    st.session_state["dialogzoo_drawn"] = st.session_state["dialogzoo_seed"]


def _box(now: Board, box: Box) -> None:
    own, key = typed("texts", now.given.dialogue), f"dialogzoo_box_{box.name}_{mark(now.given.dialogue.turns)[:8]}"
    text, form = now.given.text(box.name), plain(FORMS[box.form].replace("`", ""))
    if st.session_state.get(key) != text:
        st.session_state[key] = text
    st.text_area(box.title, key=key, height=150 if box.form != "text" or len(text) > 120 else 80,
                 on_change=lambda: own.update({box.name: st.session_state[key]}), help=f"Written as {form}; at most {LONGEST:,} characters.")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"{form.capitalize()}. {box.note}")
        if box.name in own:
            st.button("Reset", key=f"{key}_reset", icon=":material/restart_alt:", on_click=_forget, args=(own, box.name))


def _card(now: Board, task: str) -> None:
    """What the task is, and what the model's card says of it."""
    form, card = ZOO_TASKS[task], now.model.card
    st.markdown("**Task**")
    st.caption(f"{form.definition}  \nContent: {form.content} · knowledge: {form.knowledge} · answer: {form.output.kind}")
    if task in card.weak:
        st.warning(plain(f"Weak task: {card.weak[task]}"), icon=":material/trending_down:")
    elif task not in card.tasks:
        st.warning("The model was not trained on this task.", icon=":material/trending_down:")
    sets = sorted(name.partition("/")[2] for name in card.datasets if name.startswith(f"{task}/"))
    if sets:
        st.caption(plain(f"Trained on {', '.join(sets)}."))
