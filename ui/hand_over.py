"""Putting a dialogue where the pages of "Your dialogue" look for theirs."""

from __future__ import annotations

import streamlit as st

from engine.dialogue.export import EXPORTS
from engine.dialogue.model import Dialogue

CHOICE, WAY = "dialogue_from", "Paste"
"""The choice of `ui.dialogue_source`, and its value in the address, under which a handed-over dialogue is found."""


def hand_over(dialogue: Dialogue) -> dict[str, list[str]]:
    """Put the dialogue there as pasted ConvLab-3 text, which keeps all annotation; what the next page's address must say.

    Called while the widgets of `ui.dialogue_source` are not on the page: Streamlit forbids setting them after they were drawn.
    """
    st.session_state["dialogue_text"] = EXPORTS["convlab3"].write([dialogue])
    st.session_state[CHOICE] = "paste"
    return {CHOICE: [WAY]}
