"""The drawn parts of What if: setting up a change, the tree of versions, whom to ask."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from engine.dialogue.counterfactuals.versions import Made, grown
from engine.dialogue.lineage import Lineage
from engine.errors import DialAtlasError, InputError
from engine.serve.base import PredictorCard
from ui.blocks import plain
from ui.choices import TASKS, several, titles
from ui.what_if_controls import wanted
from ui.what_if_session import Work
from ui.what_if_view import version

_LABEL = 90


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whom the visitor wants to ask, and what."""

    variants: tuple[str, ...]
    tasks: tuple[str, ...]


def change(work: Work, key: str) -> None:
    """Set up a change and apply it to the current version; what cannot be done is told, and nothing is lost."""
    lineage = work.lineage
    if not lineage.value.dialogue.turns:
        raise InputError("the dialogue has no utterance", remedy="choose or type another one")
    asked = wanted(lineage.value.dialogue, key, f"{work.name[:8]}_{lineage.current}")
    if not st.button("Apply", type="primary", icon=":material/call_split:", key=f"{key}_apply", help="Makes a new version; the present one is kept."):
        return
    try:
        work.lineage, work.due = grown(lineage, asked.kind, asked.parameters, asked.seed), True
    except DialAtlasError as error:
        st.error(plain(error.sentence), icon=":material/error:")
    else:
        st.rerun()


def tree(work: Work, key: str) -> None:
    """All versions, each under its parent; a choice jumps to one."""
    lineage, own = work.lineage, f"{key}_at_{work.name[:8]}"
    st.session_state[own] = lineage.current
    order = _deep(lineage)
    depth = _depths(lineage)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Versions ({len(order)})**")
        parent = lineage.versions[lineage.current].parent
        st.button("Undo", icon=":material/undo:", key=f"{key}_undo", disabled=parent is None, on_click=_go, args=(work, lineage.undo()))
        st.button("Redo", icon=":material/redo:", key=f"{key}_redo", disabled=lineage.redo() is lineage, on_click=_go, args=(work, lineage.redo()))
    with st.container(height=170 if len(order) > 5 else "content", border=len(order) > 5):
        st.radio("Jump to a version", order, key=own, label_visibility="collapsed", on_change=_jump, args=(work, own),
                 format_func=lambda number: _line(lineage, number, depth[number]))


def current(work: Work, key: str) -> None:
    """The current version beside its parent."""
    lineage = work.lineage
    here = lineage.versions[lineage.current]
    parent = None if here.parent is None else lineage.versions[here.parent].value.dialogue
    st.caption(plain(" → ".join(f"{number} {lineage.versions[number].change}" for number in lineage.path)))
    version(here.value.dialogue, parent, here.value.changed, key)


def ask(card: PredictorCard, key: str) -> Asked:
    """Which variants answer which tasks."""
    names = titles(card)
    variants = several("Variants", names, f"{key}_variants")
    tasks = several("Tasks", {task: TASKS[task] for task in card.tasks}, f"{key}_tasks")
    return Asked(variants=tuple(variants), tasks=tuple(tasks))


def _deep(lineage: Lineage[Made]) -> list[int]:
    """The versions, each followed by what was made from it."""
    children: dict[int | None, list[int]] = {}
    for number, one in enumerate(lineage.versions):
        children.setdefault(one.parent, []).append(number)
    found, waiting = [], [0]
    while waiting:
        found.append(number := waiting.pop())
        waiting += reversed(children.get(number, []))
    return found


def _depths(lineage: Lineage[Made]) -> list[int]:
    depths: list[int] = []
    for one in lineage.versions:  # a parent comes before its children
        depths.append(0 if one.parent is None else depths[one.parent] + 1)
    return depths


def _line(lineage: Lineage[Made], number: int, depth: int) -> str:
    words = lineage.versions[number].change
    return f"{'┆ ' * (depth - 1)}{'└ ' * bool(depth)}{number} {plain(words if len(words) <= _LABEL else words[:_LABEL - 1] + '…')}"


def _go(work: Work, lineage: Lineage[Made]) -> None:
    work.lineage = lineage


def _jump(work: Work, own: str) -> None:
    work.lineage = work.lineage.jump(st.session_state[own])
