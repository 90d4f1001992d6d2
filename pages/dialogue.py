"""Dialogue: bring your own, see how it is read, say who is who, take it out again."""

from __future__ import annotations

import streamlit as st

from engine.dialogue.model import Dialogue
from ui.dialogue_export import deletion, exports, preview
from ui.dialogue_many import table
from ui.dialogue_reading import gold, read_again, remarks
from ui.dialogue_source import brought, nothing, opened, slot
from ui.frame import page

with page("Dialogue", lead="Choose a sample, or bring your own in any usual format: see how it is read, say who is who, take it out in another format."):
    left, right = st.columns([2, 3], gap="medium")
    with left:
        source = brought("dialogue")
        kept = None if isinstance(source, Dialogue) else source
        dialogue = source if isinstance(source, Dialogue) else opened(kept, "dialogue") if kept else None
    with right:
        if dialogue:
            preview(dialogue, slot("dialogue"))
        else:
            nothing("dialogue")
    if kept and kept.count > 1:
        table(kept.dialogues, f"{slot('dialogue')}_at")
    if kept:
        read_again(kept, "dialogue")
        remarks(kept)
    if dialogue:
        gold(kept.annotated if kept else None, dialogue)
        exports(dialogue, "dialogue", kept)
    deletion("dialogue")
