"""DialogZoo: one dialogue, fifteen tasks (and the two that supervise themselves), one text-to-text model."""

from __future__ import annotations

import streamlit as st

from ui.cache import zoo_model
from ui.dialogzoo import switchboard, talk
from ui.dialogzoo_beside import beside
from ui.dialogzoo_export import downloads
from ui.dialogzoo_task import closer
from ui.frame import page

LEAD = "One dialogue, fifteen tasks, one text-to-text model. See the exact prompt of each task, change it or its knowledge, and ask again."

with page("DialogZoo", lead=LEAD):
    model = zoo_model()
    left, right = st.columns([3, 7], gap="medium")
    with left:
        dialogue = talk()
    with right:
        now = switchboard(model, dialogue) if dialogue else None
    if now:
        closer(now)
        downloads(now)
        beside(now)
