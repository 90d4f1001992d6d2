"""A list of utterances to drag into another order, also by keyboard and touch: our own small component, no outside host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from engine.dialogue.model import Turn
from ui.dialogue_view import LETTERS

_HTML = """<p class="how"></p>
<ol></ol>
<div class="live" aria-live="polite" role="status"></div>
"""
_CSS = """
ol{list-style:none;margin:0;padding:0;display:flex;flex-direction:column;gap:.3rem}
.how{margin:0 0 .35rem;font-size:.8rem;opacity:.8}
li{display:flex;align-items:center;gap:.5rem;padding:.35rem .5rem;border-radius:.5rem;font-size:.88rem;line-height:1.35;cursor:grab;user-select:none;
 border:1px solid color-mix(in srgb,currentColor 25%,transparent);background:color-mix(in srgb,currentColor 5%,transparent)}
li.moved{outline:2px dashed #c2590b;outline-offset:-2px}
li.dragged{cursor:grabbing;background:color-mix(in srgb,#3b82c4 30%,transparent)}
li:focus-visible,button:focus-visible{outline:3px solid var(--st-primary-color,#3b82c4);outline-offset:1px}
.handle{touch-action:none;opacity:.6;padding:.2rem}
.place{font-weight:700}
.who{flex:none;width:1.4rem;height:1.4rem;border-radius:50%;display:grid;place-items:center;font-weight:600;font-size:.72rem;border:1px solid currentColor}
.who.user{background:color-mix(in srgb,#3b82c4 22%,transparent)}
.text{flex:1;white-space:pre-wrap;overflow-wrap:anywhere;max-height:8em;overflow:auto}
.name{flex:none;font-size:.72rem;opacity:.75}
button{flex:none;width:1.7rem;height:1.7rem;padding:0;cursor:pointer;color:inherit;background:transparent;border-radius:.35rem;font-size:.7rem;
 border:1px solid color-mix(in srgb,currentColor 35%,transparent)}
button:disabled{opacity:.3;cursor:default}
.live{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
"""
_HOW = "Drag an utterance to another place, or focus it and press Alt+Up or Alt+Down. “no.” is its true number in the dialogue."
_component = st.components.v2.component("dialatlas_sortable", html=_HTML, css=_CSS, js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"))


def sortable(turns: Sequence[Turn], first: int, order: Sequence[int], *, key: str, on_move: Callable[[tuple[int, ...]], None]) -> None:
    """Draw utterances in an order that the visitor may change.

    Args:
        turns: The utterances in their true order.
        first: Number, from 0, of the first of them in its dialogue.
        order: ``order[k]`` is which of them is shown at place ``k``.
        on_move: Called with the new order.
    """
    items = [{"name": str(first + place + 1), "speaker": turn.speaker, "letter": LETTERS[turn.speaker], "text": turn.text} for place, turn in enumerate(turns)]

    def taken() -> None:
        moved = taken_order((st.session_state.get(key) or {}).get("moved"), len(items))
        if moved:
            on_move(moved)

    _component(key=key, data={"items": items, "order": list(order), "label": "Shown order of the utterances", "how": _HOW}, on_moved_change=taken)


def taken_order(sent: object, size: int) -> tuple[int, ...] | None:
    """What a browser sent, if it is an order of ``size`` items; browsers may send anything.

    >>> taken_order([2, 0, 1], 3), taken_order([0, 0, 1], 3), taken_order("012", 3), taken_order([0, 1, 2.5], 3)
    ((2, 0, 1), None, None, None)
    """
    if not isinstance(sent, list) or not all(type(one) is int or (type(one) is float and one.is_integer()) for one in sent):
        return None
    order = tuple(int(one) for one in sent)
    return order if sorted(order) == list(range(size)) else None
