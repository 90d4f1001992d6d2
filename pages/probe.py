"""Probe: put a further pre-training objective to a dialogue that you change yourself."""

from __future__ import annotations

import streamlit as st

from ui.blocks import badge
from ui.cache import predictor
from ui.choices import one, several, titles
from ui.dialogue_source import dialogue_source
from ui.frame import page
from ui.probe import answers, pose, read_by_model, shown, verdicts
from ui.probe_controls import OBJECTIVES

with page("Probe", lead="Change a dialogue in a way whose right answer is known, and see which variants find it."):
    models = predictor()
    names = titles(models.card)
    objective = one("Objective", {name: OBJECTIVES[name].title for name in models.card.objectives}, "probe_objective")
    variants = several("Variants", names, "probe_variants")
    left, right = st.columns([5, 6], gap="medium")
    with left:
        dialogue = dialogue_source("dialogue")
        posed = pose(dialogue, objective, "probe") if dialogue else None
        if dialogue and posed:
            shown(posed, dialogue.turns, "probe")
    with right:
        st.markdown(f"**{OBJECTIVES[objective].question}**")
        if posed is None:
            st.info("Paste or upload a dialogue to begin.", icon=":material/forum:")
        else:
            badge("live", f"{models.card.name} predictor")
            verdicts(posed, answers(models, posed, variants, "probe"), names, "probe")
            read_by_model(posed)
