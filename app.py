"""The router: which pages there are, and in which order."""

from __future__ import annotations

import streamlit as st

PAGES = {  # without icons: Streamlit fetches a page's icon for the browser tab from an outside host
    "": [
        st.Page("pages/task_relations.py", title="Task relations", default=True),
    ],
    "Evidence": [
        st.Page("pages/claims.py", title="Claims"),
        st.Page("pages/predict.py", title="Predict"),
    ],
    "Your dialogue": [
        st.Page("pages/compare.py", title="Compare"),
        st.Page("pages/probe.py", title="Probe"),
    ],
    "Server": [
        st.Page("pages/health.py", title="Health"),
    ],
}

st.navigation(PAGES, position="top").run()
