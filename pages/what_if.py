"""What if: change a dialogue, keep every version, and see which answers move."""

from __future__ import annotations

import streamlit as st

from ui.cache import predictor
from ui.capsule import capsule_download
from ui.choices import one
from ui.dialogue_source import dialogue_source
from ui.frame import page
from ui.what_if import ask, change, current, tree
from ui.what_if_answers import before_and_after
from ui.what_if_robustness import all_versions, export
from ui.what_if_session import work

with page("What if", lead="Change a dialogue, keep every version, and see which answers move, which should have, and which should not."):
    models = predictor()
    left, right = st.columns([5, 7], gap="medium")
    with left:
        dialogue = dialogue_source("dialogue")
        mine = work(dialogue) if dialogue else None
        if mine:
            change(mine, "what_if")
    with right:
        if mine is None:
            st.info("Paste or upload a dialogue to begin.", icon=":material/forum:")
        else:
            tree(mine, "what_if")
            current(mine, "what_if")
    if mine:
        asked = ask(models.card, "what_if")
        view = one("Show", {"change": "This change", "all": "All versions"}, "what_if_view")
        if view == "all":
            all_versions(models, mine, asked, "what_if")
        else:
            before_and_after(models, mine, asked, "what_if")
        export(mine, "what_if")
        capsule_download("what_if", "what_if")
