"""Health: whether this server is well, and what to do where it is not."""

from __future__ import annotations

import streamlit as st

from ui import health
from ui.blocks import badge
from ui.frame import page

LEAD = "Is this server well? Which models are loaded, whether their files are whole, and what to do about anything that is wrong."

with page("Health", lead=LEAD):
    opened, closed = health.models()
    above = st.container()
    health.actions(opened, "health")
    seen = health.looked("health")
    with above:
        health.verdict(health.troubles(opened, closed, seen))

    st.subheader("Models", anchor=False)
    if opened:
        health.model_table(opened, "health")
    health.file_report(seen.files, "health")

    st.subheader("Machine", anchor=False)
    badge("live", "this server, when the page was drawn")
    health.machine_row(seen.host, opened)

    st.subheader("What lies here", anchor=False)
    health.rest(seen, "health")
