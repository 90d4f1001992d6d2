"""Probe: put a further pre-training objective to a dialogue that you change yourself."""

from __future__ import annotations

import streamlit as st

from ui.cache import predictor
from ui.capsule import capsule_download
from ui.choices import one, several, titles
from ui.dialogue_source import dialogue_source
from ui.frame import page
from ui.probe import playground, read_by_model, source, verdicts
from ui.probe_chart import trace_of_scores
from ui.probe_controls import OBJECTIVES
from ui.probe_details import beside, details
from ui.probe_scores import line, remembered

with page("Probe", lead="Change a dialogue in a way whose right answer is known, and see which variants find it."):
    models = predictor()
    names = titles(models.card)
    objective = one("Objective", {name: OBJECTIVES[name].title for name in models.card.objectives}, "probe_objective")
    variants = several("Variants", names, "probe_variants")
    left, right = st.columns([5, 6], gap="medium")
    with left:
        dialogue = dialogue_source("dialogue")
        played = playground(models, dialogue, objective) if dialogue else None
    with right:
        st.markdown(f"**{OBJECTIVES[objective].question}**")
        if played is None:
            st.info("Paste or upload a dialogue to begin.", icon=":material/forum:")
        else:
            play, posed = played
            source(models)
            steps = line(models, play, variants, beside(play))
            verdicts(steps, names, "probe")
            trace_of_scores(steps, names, "probe")
            read_by_model(posed)
    if played is not None and dialogue:
        details(models, play, posed, variants, names)
        if steps and variants:
            remembered(models, dialogue, steps[-1], variants)
            capsule_download("probe", "probe")
