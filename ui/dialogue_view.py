"""A dialogue as bubbles: speaker letters, words exactly as written, marks on changed utterances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from engine.dialogue.model import Turn

LETTERS = {"user": "U", "system": "S"}

_CSS = """<style>
.da-talk{display:flex;flex-direction:column;gap:.35rem;font-size:.9rem}
.da-turn{display:flex;gap:.5rem;align-items:flex-start;max-width:88%}
.da-turn.user{align-self:flex-end;flex-direction:row-reverse}
.da-who{flex:none;width:1.5rem;height:1.5rem;border-radius:50%;display:grid;place-items:center;font-weight:600;font-size:.75rem;
 border:1px solid currentColor;opacity:.8}
.da-text{padding:.3rem .65rem;border-radius:.65rem;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.4;
 background:color-mix(in srgb,currentColor 8%,transparent)}
.da-turn.user .da-text{background:color-mix(in srgb,#3b82c4 22%,transparent)}
.da-turn.changed .da-text{outline:2px dashed #c2590b}
.da-mark{font-size:.72rem;opacity:.85;font-weight:600}
.da-num{font-size:.7rem;opacity:.65;align-self:center}
</style>"""


def bubbles(turns: Sequence[Turn], key: str, *, marks: Mapping[int, str] | None = None, height: int | None = None,
            first: int = 0) -> None:
    """Draw the turns from index ``first`` on; ``marks`` gives a changed utterance a dashed frame and a word, e.g. ``{2: "replaced"}``."""
    body = "".join(_bubble(index, turn, (marks or {}).get(index, "")) for index, turn in enumerate(turns) if index >= first)
    with st.container(key=key, height=height or "content", border=height is not None):
        st.html(f'{_CSS}<div class="da-talk">{body}</div>')


def label(turns: Sequence[Turn], index: int, length: int = 60) -> str:
    """One line that names an utterance, e.g. ``3 U: I would like Thai food``."""
    text = " ".join(turns[index].text.split())
    short = text if len(text) <= length else text[:length - 1] + "…"
    return f"{index + 1} {LETTERS[turns[index].speaker]}: {short}"


def _bubble(index: int, turn: Turn, mark: str) -> str:
    note = f'<div class="da-mark">{escape(mark)}</div>' if mark else ""
    return (f'<div class="da-turn {turn.speaker}{" changed" if mark else ""}"><span class="da-who" title="{turn.speaker}">'
            f'{LETTERS[turn.speaker]}</span><div class="da-text">{escape(turn.text)}{note}</div>'
            f'<span class="da-num">{index + 1}</span></div>')
