"""Compare: one dialogue, every variant's answers side by side."""

from __future__ import annotations

import streamlit as st

from ui.cache import predictor
from ui.capsule import capsule_download
from ui.compare import ask, outcome, run_row
from ui.compare_grid import closer, counted_rows, downloads, grid
from ui.compare_summary import summary
from ui.coverage import coverage
from ui.dialogue_source import beside
from ui.frame import page

with page("Compare", lead="One dialogue, four tasks, all variants side by side. Choose a sample, or bring your own in any usual format."):
    models = predictor()
    dialogue = beside("compare", 250)
    asked = ask(models.card, "compare")
    view = run_row(models, dialogue, asked, "compare")
    if dialogue is not None:
        coverage(models, dialogue, "compare")
    found = outcome(models, dialogue, asked, "compare") if dialogue else None
    if found:
        rows = counted_rows(found, asked, view, models.card)
        summary(found, asked, rows, models.card, "compare")
        st.subheader("Turn by turn", anchor=False)
        shown = grid(found, rows, view, models.card, "compare")
        if shown:
            closer(found, shown, models.card, "compare")
            downloads(found, asked, shown, models.card, "compare")
            capsule_download("compare", "compare")
