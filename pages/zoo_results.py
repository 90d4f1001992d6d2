"""DialogZoo results: the text-to-text model's scores beside what needs no training and the paper, and how its trainings went."""

from __future__ import annotations

import streamlit as st

from engine.results import glue
from engine.results.zoo_scores import curve_runs
from ui import zoo_results, zoo_results_glue
from ui.frame import page

LEAD = "How well one small text-to-text model answers DialogZoo's tasks: beside itself untrained, the best baseline, and the paper."

with page("DialogZoo results", lead=LEAD):
    known = zoo_results.rows()
    choice = zoo_results.controls(known)
    zoo_results.scores(known, choice)
    st.divider()
    zoo_results.paper(known, choice)
    st.divider()
    zoo_results_glue.glue(glue.read())
    st.divider()
    zoo_results.curves(curve_runs())
