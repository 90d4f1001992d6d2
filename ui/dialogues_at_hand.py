"""All dialogues of the visitor's file, for pages that take many at once."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from engine.dialogue.model import Dialogue
from engine.dialogue.samples import samples


def at_hand() -> tuple[Dialogue, ...]:
    """The dialogues that the visitor brought; where there are none, our samples."""
    return own() or ours()


def ours() -> tuple[Dialogue, ...]:
    """Our samples under their own names."""
    return tuple(replace(dialogue, id=name) for name, dialogue in samples().items())


def own() -> tuple[Dialogue, ...]:
    """The dialogues of the visitor's last readable file, or of the pasted text where that was chosen; empty where there are none."""
    ways = ("paste", "file") if st.session_state.get("dialogue_from") == "paste" else ("file", "paste")
    for way in ways:
        brought = getattr(st.session_state.get(f"dialogue_{way}_kept"), "dialogues", ())
        if brought:
            return tuple(brought)
    return ()
