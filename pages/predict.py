"""Predict: can the gain be told before fine-tuning, and what do the frozen variants know?"""

from __future__ import annotations

import streamlit as st

from ui import predict, predict_abilities
from ui.frame import page

LEAD = "Can the gain of a variant be told before it is fine-tuned? Predictors against gains, and what the frozen variants are measured to know."

with page("Predict", lead=LEAD):
    known = predict.evidence()
    choice = predict.controls(known)
    found = predict.outcomes(known, choice)
    predict.finding(known, found, choice)

    plot, panel = st.columns([3, 2], gap="large")
    with plot:
        predict.scatter(found, choice)
    with panel:
        predict.explained(found, choice)
    predict.ranking(found, choice)

    st.subheader("What the frozen variants know", anchor=False)
    if predict_abilities.view() == "profiles":
        predict_abilities.profiles(known.readings.abilities, choice.question.baseline)
    else:
        predict_abilities.similarity(known.similarities)
