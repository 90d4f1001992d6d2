"""State: the dialogue state turn by turn, per variant and gold, and what would follow from another one."""

from __future__ import annotations

import streamlit as st

from ui import state, state_replay
from ui.cache import predictor
from ui.capsule import capsule_download
from ui.dialogue_source import dialogue_source
from ui.dialogue_view import bubbles
from ui.frame import page

LEAD = "The dialogue state turn by turn: what each variant adds, keeps, changes, loses and gets wrong. Edit a state or an utterance, and replay from there."

with page("State", lead=LEAD):
    models = predictor()
    left, right = st.columns([2, 5], gap="medium")
    with left:
        dialogue = dialogue_source("dialogue")
    with right:
        choice = state.controls(models.card, dialogue) if dialogue and state.has_user(dialogue) else None
        if dialogue and choice:
            known = state.asked(models, dialogue, choice)
            state.picture(known, choice, models.card.name)
        else:
            st.info("Paste or upload a dialogue in which a user speaks to begin.", icon=":material/forum:")
    if dialogue and choice:
        with left:
            bubbles(dialogue.turns, "state_bubbles", marks={choice.turn: "chosen turn"}, height=620)
        state.closer(known, choice)
        state_replay.section(models, known, choice)
        capsule_download("state", "state")
