"""Many dialogues in one file: searched, and shown a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from engine.dialogue.model import Dialogue
from engine.dialogue.overview import MARKS, letters, matching
from ui.answers import mark

ROWS = 50
"""Dialogues on one page of the table."""


def table(dialogues: Sequence[Dialogue], place: str) -> None:
    """A search, and the dialogues that it finds; a row that is clicked is the chosen dialogue, kept under ``place``."""
    words = st.text_input("Search in names, domains and utterances", key=f"{place}_search", persist_state="session", icon=":material/search:")
    hits = _hits(dialogues, words, place)
    st.caption(f"{len(hits):,} of {len(dialogues):,} dialogues. Click a row to choose it. Gold: {', '.join(f'{one} {kind}' for kind, one in MARKS.items())}.")
    if not hits:
        return
    part = f"{place}_{mark(words)[:8]}"
    pages = -(-len(hits) // ROWS)
    page = st.pagination(pages, key=f"{part}_page") if pages > 1 else 1
    shown = hits[(page - 1) * ROWS:page * ROWS]
    control = f"{part}_table_{page}"
    st.dataframe(pd.DataFrame([_row(index, dialogues[index]) for index in shown]), hide_index=True, height=min(38 + 35 * len(shown), 320), width="stretch",
                 key=control, selection_mode="single-row", on_select=_chosen(shown, control, place))


def _hits(dialogues: Sequence[Dialogue], words: str, place: str) -> list[int]:
    """The search of the last run is not done again."""
    known: tuple[str, int, list[int]] | None = st.session_state.get(f"{place}_hits")
    if known is None or known[:2] != (words, id(dialogues)):
        known = st.session_state[f"{place}_hits"] = (words, id(dialogues), matching(dialogues, words))
    return known[2]


def _row(index: int, dialogue: Dialogue) -> dict[str, object]:
    user = sum(turn.speaker == "user" for turn in dialogue.turns)
    return {"No.": index + 1, "Name": dialogue.id[:200], "Utterances": len(dialogue.turns), "User": user, "System": len(dialogue.turns) - user,
            "Domains": ", ".join(sorted(dialogue.domains))[:200], "Gold": letters(dialogue)}


def _chosen(shown: Sequence[int], control: str, place: str) -> Callable[[], None]:
    def choose() -> None:
        rows = st.session_state[control].selection.rows
        if rows:
            st.session_state[place] = shown[rows[0]]
    return choose
