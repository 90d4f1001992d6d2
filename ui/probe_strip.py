"""The strip of versions: original, then each change in words; undo, redo, jump to any."""

from __future__ import annotations

import streamlit as st

from engine.dialogue.lineage import Lineage
from engine.dialogue.setup import Setup
from ui.blocks import plain
from ui.probe_play import Play

_SHOWN = 8
"""Versions that stand in the strip; the list holds all."""


def strip(play: Play) -> None:
    """Draw the strip; a click makes another version current, and none is ever lost."""
    lineage, current = play.lineage, play.lineage.current
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Undo", icon=":material/undo:", key=f"{play.own}_undo", disabled=lineage.undo() == lineage, on_click=_go, args=(play, "undo"))
        st.button("Redo", icon=":material/redo:", key=f"{play.own}_redo", disabled=lineage.redo() == lineage, on_click=_go, args=(play, "redo"))
        if len(lineage.versions) > 1:
            with st.container(width=230):
                _jump(play, lineage)
    line = in_line(lineage)
    key = f"{play.own}_strip"
    st.session_state[key] = current
    st.pills("Versions: the original, and what was changed", line, key=key, format_func=lambda number: step(lineage, number), wrap=True,
             on_change=_picked, args=(play, key))


def in_line(lineage: Lineage[Setup]) -> list[int]:
    """The way to the current version and on to what redo would reach, its last part, and the first version always."""
    ahead, at = list(lineage.path), lineage
    while (after := at.redo()) != at:
        ahead.append(after.current)
        at = after
    if len(ahead) <= _SHOWN:
        return ahead
    place = ahead.index(lineage.current)
    begin = max(1, min(place - _SHOWN // 2, len(ahead) - _SHOWN + 1))
    return [0, *ahead[begin:begin + _SHOWN - 1]]


def step(lineage: Lineage[Setup], number: int) -> str:
    """A version's words in the strip; Markdown is switched off in them."""
    change = plain(lineage.versions[number].change)
    return f"{number} · {change}" if number == 0 else f"→ {number} · {change}"


def _jump(play: Play, lineage: Lineage[Setup]) -> None:
    key = f"{play.own}_jump"
    st.session_state[key] = lineage.current
    st.selectbox(f"All {len(lineage.versions)} versions", range(len(lineage.versions)), key=key, format_func=lambda number: _branch(lineage, number),
                 label_visibility="collapsed", on_change=_picked, args=(play, key), help="Every version made of this dialogue, those of other branches too.")


def _branch(lineage: Lineage[Setup], number: int) -> str:
    version = lineage.versions[number]
    return f"{number} {version.change}" + (f" (from {version.parent})" if version.parent not in (None, number - 1) else "")


def _go(play: Play, way: str) -> None:
    play.go(play.lineage.undo() if way == "undo" else play.lineage.redo())


def _picked(play: Play, key: str) -> None:
    number = st.session_state[key]
    if number is not None:
        play.go(play.lineage.jump(number))
