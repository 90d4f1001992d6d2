"""Capsule: a saved view, verified against the models that are here and opened again."""

from __future__ import annotations

import streamlit as st

from ui.cache import predictor
from ui.capsule_view import checked, contents, given
from ui.frame import page

with page("Capsule", lead="A capsule is one file with a dialogue, the questions, every answer and what stood behind them. Open one, and see whether "
                          "the models here say the same."):
    models = predictor()
    left, right = st.columns([2, 3], gap="medium")
    with left:
        capsule = given(models, "capsule")
    with right:
        if capsule is None:
            st.info("Choose a capsule, or try the example. The button Capsule on Compare saves one.", icon=":material/package_2:")
    if capsule is not None:
        with left:
            contents(capsule, "capsule")
        with right:
            checked(capsule, models, "capsule")
