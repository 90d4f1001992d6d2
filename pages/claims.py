"""Claims: what the two papers state, held against their own numbers and against ours."""

from __future__ import annotations

import streamlit as st

from ui import claims
from ui.claims_detail import opened
from ui.frame import page

LEAD = "What the two papers state, as code: each statement held against the paper's own tables, and against what was measured here."

with page("Claims", lead=LEAD):
    chosen = claims.filters()
    known = claims.entries()
    shown = [entry for entry in known if chosen.keeps(entry)]
    claims.finding(shown)
    claims.table(shown)
    open_one = claims.chosen(known, shown)
    st.divider()
    opened(open_one)
