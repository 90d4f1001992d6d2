"""Which further pre-training task helps which downstream task: the papers' gains, ours beside them, and why that may be."""

from __future__ import annotations

import streamlit as st

from ui import relations, relations_cell, relations_export, relations_maps, relations_profiles
from ui.frame import page

LEAD = "Which further pre-training task helps which downstream task? The paper's gains, ours beside them, and what the tasks share."

with page("Task relations", lead=LEAD):
    known = relations.evidence()
    with st.container(horizontal=True, gap="small"):
        choice = relations.controls(known)

    maps, panel = st.columns([3.6, 1], gap="medium")
    with panel:
        relations_cell.cell_panel(known, choice)
    with st.container(horizontal=True, vertical_alignment="center"):
        picture = relations_export.menu(known, choice)
        evidence = relations_cell.asked(known)
    with maps:
        relations_maps.gain_maps(known, choice, picture)
    if evidence:
        relations_cell.drawer(known, choice)
    relations_export.twin(known, choice)

    profiles, overlap = st.columns(2, gap="large")
    with profiles:
        st.subheader("What the tasks share (Table 1)", anchor=False)
        relations_profiles.profiles()
    with overlap:
        st.subheader("Does sharing go with gaining?", anchor=False)
        relations_profiles.overlap_and_gain(known, choice)
