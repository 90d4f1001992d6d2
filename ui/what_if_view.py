"""The current version of What if: its bubbles, what changed word by word, and what became of the gold annotation."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from engine.dialogue.counterfactuals.base import PARTS, Changed, Part, Piece
from engine.dialogue.difference import difference
from engine.dialogue.model import Dialogue, Turn
from ui.dialogue_view import LETTERS, bubbles, label

_CSS = """<style>
.da-diff{font-size:.85rem;line-height:1.45;display:flex;flex-direction:column;gap:.3rem;overflow-wrap:anywhere}
.da-diff del{text-decoration:line-through;background:color-mix(in srgb,#e08a2e 26%,transparent)}
.da-diff ins{text-decoration:underline;font-weight:600;background:color-mix(in srgb,#3b82c4 24%,transparent)}
.da-diff b{opacity:.75;margin-right:.3rem}
</style>"""
_TALL = 300
_SHOWN = 40
"""Changed utterances whose words are compared on the screen."""


def version(dialogue: Dialogue, parent: Dialogue | None, changed: Changed | None, key: str) -> None:
    """Draw one version; ``parent`` and ``changed`` are None for the first."""
    marks = {} if parent is None or changed is None else marked(parent, changed)
    bubbles(dialogue.turns, f"{key}_bubbles", marks=marks, height=_TALL)
    if parent is None or changed is None:
        return
    lines = _lines(parent, changed)
    if lines:
        st.caption("Beside the version before: ~~struck out~~ went, **underlined** came" + (f"; the first {_SHOWN}" if len(lines) > _SHOWN else ""))
        with st.container(key=f"{key}_difference", height=150 if len(lines) > 3 else "content", border=len(lines) > 3):
            st.html(f'{_CSS}<div class="da-diff">{"".join(lines[:_SHOWN])}</div>')
    st.caption(gold_told(changed))


def marked(parent: Dialogue, changed: Changed) -> dict[int, str]:
    """A word on each utterance that is not as it was; a new place is told where utterances were exchanged, not where one more or less shifts all."""
    exchanged = sorted(changed.origins, key=lambda origin: -1 if origin is None else origin) == list(range(len(parent.turns)))
    return {index: words for index, one in enumerate(changed.pieces) if (words := _mark(parent, one, index, exchanged))}


def _mark(parent: Dialogue, one: Piece, index: int, exchanged: bool) -> str:
    if one.origin is None:
        return "said again" if one.said == "again" else "new"
    before = parent.turns[one.origin]
    told = {"reworded": before.text != one.turn.text, f"was {before.speaker}": before.speaker != one.turn.speaker,
            f"was number {one.origin + 1}": exchanged and one.origin != index}
    return ", ".join(words for words, true in told.items() if true)


def gold_told(changed: Changed) -> str:
    """What the rules did to the annotation, in a sentence or two."""
    updated, unknown = _places(changed.updated), _places(changed.unknown)
    if not updated and not unknown:
        return "Gold annotation: nothing that was annotated changes."
    return "Gold annotation: " + "; ".join([*[f"updated: {updated}"] * bool(updated), *[f"now unknown: {unknown}"] * bool(unknown)]) + "."


def _places(found: Sequence[tuple[int, Part]]) -> str:
    by_part = {part: [str(index + 1) for index, other in found if other == part] for part in PARTS}
    return ", ".join(f"{part} of utterance{'s' * (len(places) > 1)} {_few(places)}" for part, places in by_part.items() if places)


def _few(places: Sequence[str]) -> str:
    return f"{', '.join(places[:8])} and {len(places) - 8} more" if len(places) > 8 else ", ".join(places)


def _lines(parent: Dialogue, changed: Changed) -> list[str]:
    gone = sorted(set(range(len(parent.turns))) - set(changed.origins))
    lines = [f"<div><b>gone</b><del>{escape(label(parent.turns, index, 400))}</del></div>" for index in gone]
    for index, one in enumerate(changed.pieces):
        before = None if one.origin is None else parent.turns[one.origin].text
        if before != one.turn.text:
            lines.append(f"<div><b>{index + 1} {LETTERS[one.turn.speaker]}</b>{_words(before, one.turn)}</div>")
    return lines


def _words(before: str | None, turn: Turn) -> str:
    tags = {"same": "span", "gone": "del", "new": "ins"}
    return "".join(f"<{tags[kind]}>{escape(words)}</{tags[kind]}>" for kind, words in difference(before or "", turn.text))
