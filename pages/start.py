"""Start: what this is, one worked example, and the way in."""

from __future__ import annotations

import streamlit as st

from ui import start
from ui.cache import predictor
from ui.frame import page

LEAD = "Which further pre-training task helps which dialogue task? Nine variants of one encoder, trained, measured, and ready for your own dialogue."

with page("DialAtlas", lead=LEAD):
    beside = start.example()
    start.doors()
    findings = st.container()
    with beside:  # last, since the models may still be loading
        start.answered(predictor())
    with findings:
        start.found()
