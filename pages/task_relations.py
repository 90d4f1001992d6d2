"""Which further pre-training task helps which downstream task: the papers' gains, ours beside them, and why that may be."""

from __future__ import annotations

import streamlit as st

from ui import relations
from ui.frame import page

LEAD = "Which further pre-training task helps which downstream task? The paper's gains, ours beside them, and what the tasks share."

with page("Task relations", lead=LEAD):
    known = relations.evidence()
    choice = relations.controls(known)

    maps, panel = st.columns([3.6, 1], gap="medium")
    with panel:
        relations.cell_panel(known, choice)
    with maps:
        relations.gain_maps(known, choice)
    relations.twin(known, choice)

    profiles, overlap = st.columns(2, gap="large")
    with profiles:
        st.subheader("What the tasks share (Table 1)", anchor=False)
        relations.profiles()
    with overlap:
        st.subheader("Does sharing go with gaining?", anchor=False)
        relations.overlap_and_gain(known, choice)
