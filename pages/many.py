"""Many dialogues: a whole file through chosen variants and tasks, summary first."""

from __future__ import annotations

import streamlit as st

from ui.cache import predictor
from ui.frame import page
from ui.many import plan, run_bar
from ui.many_detail import dialogues, downloads, opened
from ui.many_summary import splits, summarised, verdicts

with page("Many dialogues", lead="A whole file through chosen variants and tasks: who does better, where, and which dialogues show it."):
    models = predictor()
    planned = plan(models.card, "many")
    kept = run_bar(models, planned, "many")
    if kept and kept.answered:
        found = summarised(kept, planned.baseline, "many")
        st.subheader("Summary", anchor=False)
        verdicts(kept, found, models.card, "many")
        st.subheader("Where", anchor=False)
        splits(found, models.card, "many")
        st.subheader("Which dialogues", anchor=False)
        number = dialogues(found, "many")
        opened(kept, found, number, models.card, "many")
        downloads(kept, found, models.card, "many")
