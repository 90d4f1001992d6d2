"""Datasets: what DialogZoo is made of, pair by pair, counted beside the paper, and any sample before and after unification."""

from __future__ import annotations

import streamlit as st

from ui import datasets, datasets_reader
from ui.frame import page

LEAD = "What DialogZoo (paper 2) is made of: every pair of task and set, what of it is here, and how a record becomes a prompt and an answer."

with page("Datasets", lead=LEAD):
    found = datasets.known()
    datasets.source(found)
    datasets.finding(found)
    datasets.table(found)
    st.divider()
    datasets_reader.reader(found.table)
    st.divider()
    datasets.samples(found)
    datasets.shares(found)
    datasets.levels(found)
