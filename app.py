"""The router: which pages there are, and in which order."""

from __future__ import annotations

import streamlit as st

PAGES = {  # without icons: Streamlit fetches a page's icon for the browser tab from an outside host
    "": [
        st.Page("pages/start.py", title="Start", default=True),
    ],
    "Evidence": [
        st.Page("pages/task_relations.py", title="Task relations"),
        st.Page("pages/claims.py", title="Claims"),
        st.Page("pages/predict.py", title="Predict"),
        st.Page("pages/datasets.py", title="Datasets"),
        st.Page("pages/zoo_results.py", title="DialogZoo results"),
    ],
    "Your dialogue": [
        st.Page("pages/dialogue.py", title="Dialogue"),
        st.Page("pages/compare.py", title="Compare"),
        st.Page("pages/state.py", title="State"),
        st.Page("pages/why.py", title="Why"),
        st.Page("pages/what_if.py", title="What if"),
        st.Page("pages/probe.py", title="Probe"),
        st.Page("pages/dialogzoo.py", title="DialogZoo"),
        st.Page("pages/many.py", title="Many dialogues"),
        st.Page("pages/capsule.py", title="Capsule"),
    ],
    "Server": [
        st.Page("pages/health.py", title="Health"),
    ],
}

st.navigation(PAGES, position="top").run()
