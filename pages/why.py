"""Why: what in the dialogue an answer rests on, by attribution and by leaving out; and what the model really read."""

from __future__ import annotations

import streamlit as st

from ui.cache import predictor
from ui.choices import one
from ui.dialogue_source import dialogue_source
from ui.dialogue_view import bubbles
from ui.frame import page
from ui.why import VIEWS
from ui.why_controls import ask

with page("Why", lead="What does an answer rest on? Every token's share in it, the same question without each utterance, and what the model really read."):
    models = predictor()
    left, right = st.columns([2, 3], gap="medium")
    with left:
        dialogue = dialogue_source("dialogue")
    with right:
        if dialogue is None:
            st.info("Paste or upload a dialogue to begin.", icon=":material/forum:")
        else:
            bubbles(dialogue.turns, "why_preview", height=160)
    why = ask(models.card, dialogue, "why") if dialogue else None
    if why:
        view = one("Show", {name: title for name, (title, _) in VIEWS.items()}, "why_view")
        VIEWS[view][1](models, why, "why")
