"""The blocks of the page Claims: filters, the finding, and the ledger as a table whose rows can be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from engine.results.claims import CLAIMS
from engine.results.claims.judge import LETTERS
from engine.results.claims.ledger import Entry, frame, summary
from engine.results.reported import TASKS
from ui import theme
from ui.blocks import badge, pick
from ui.cache import claims_ledger, claims_settings

ALL = "all"
PAPERS = {ALL: "Both", "1": "1", "2": "2"}
PAPER_VERDICTS = {ALL: "All", "holds": "Holds", "holds in part": "In part", "does not hold": "Does not hold"}
OUR_VERDICTS = {ALL: "All", "holds": "Holds", "does not hold": "Does not hold", "cannot tell": "Cannot tell", "not measured": "Not measured"}
_TASKS = (ALL, *TASKS, "other")
_TASK_WORDS = {ALL: "All", "other": "Other"}
_SETTING = "best measured of each task and corpus"
_START = "joint_between"
_SHORT = ["id", "paper", "statement", "on the paper's numbers", "measured here"]
_HEIGHT = 430
"""Pixels of the ledger: some eleven statements, the rest by scrolling inside."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the visitor wants to see; all of it stands in the address."""

    paper: str
    verdict: str
    ours: str
    task: str

    def keeps(self, entry: Entry) -> bool:
        """Whether an entry meets every choice."""
        return (self.paper in (ALL, str(entry.claim.paper)) and self.verdict in (ALL, entry.paper.verdict)
                and self.ours in (ALL, entry.ours.verdict) and (self.task == ALL or self.task in entry.tasks))


def filters() -> Filters:
    """Paper, task and the two verdicts."""
    with st.container(horizontal=True, gap="small"):
        paper = pick("Paper", tuple(PAPERS), key="claims_paper", words=PAPERS,
                     help="1: Further pre-training tasks (Qiu, Zhang and Zhou, 2021). 2: DialogZoo (Chen and others, 2022).")
        task = pick("Task", _TASKS, key="claims_task", words=_TASK_WORDS)
        verdict = pick("On the paper's numbers", tuple(PAPER_VERDICTS), key="claims_verdict", words=PAPER_VERDICTS)
        ours = pick("Measured here", tuple(OUR_VERDICTS), key="claims_ours", words=OUR_VERDICTS)
    return Filters(paper=paper, verdict=verdict, ours=ours, task=task)


def entries() -> list[Entry]:
    """Every claim, judged under the chosen setting; the choice shows only where there are several."""
    settings = {_SETTING: None, **{str(setting): setting for setting in claims_settings()}}
    if len(settings) <= 2:
        return claims_ledger(None)
    return claims_ledger(settings[pick("Measured with", tuple(settings), key="claims_setting", long=True)])


def finding(shown: Sequence[Entry]) -> None:
    """What the ledger shows, counted over the statements that are shown."""
    with st.container(horizontal=True, vertical_alignment="center"):
        badge("paper", "tables of both papers")
        badge("measured", "test rows of the results store")
    st.markdown(f"**{summary(shown)}**")


def table(shown: Sequence[Entry]) -> None:
    """The ledger; a click on a row opens its statement below."""
    if not shown:
        return
    whole = frame(shown)
    st.dataframe(_tinted(whole[_SHORT]), hide_index=True, width="stretch", height=min(_HEIGHT, 38 + 35 * len(whole)), key="claims_ledger",
                 on_select=lambda: _take([entry.claim.id for entry in shown]), selection_mode="single-row", column_config={
                     "id": st.column_config.TextColumn("Id", width=150), "paper": st.column_config.NumberColumn("Paper", width=55),
                     "statement": st.column_config.TextColumn("Statement", width=450),
                     "on the paper's numbers": st.column_config.TextColumn("On the paper's numbers", width=190),
                     "measured here": st.column_config.TextColumn("Measured here", width="medium")})
    legend = ", ".join(f"{letter} {verdict}" for verdict, letter in LETTERS.items() if letter != "–")
    st.caption(f"Click a row to open it, or choose it under Statement. {legend}, – no numbers. In brackets: how many of the parts that a "
               "statement needs are true.")
    st.download_button("Download CSV", whole.to_csv(index=False), file_name="claims.csv", mime="text/csv", icon=":material/download:",
                       key="claims_csv", on_click="ignore")


def chosen(known: Sequence[Entry], shown: Sequence[Entry]) -> Entry:
    """The statement that the address, the list or a click names; it stays open where a filter hides its row, and that is said."""
    name = pick("Statement", tuple(CLAIMS), key="claim", default=_START, long=True,
                help="Opens a row of the ledger without the mouse: type a part of its id, then Enter.")
    if name not in {entry.claim.id for entry in shown}:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(":material/filter_alt: The statement that is open below is outside the filter above.", width="content")
            if shown:
                st.button("Open the first one that is shown", key="claims_first", type="tertiary", on_click=_open, args=(shown[0].claim.id,))
    return next(entry for entry in known if entry.claim.id == name)


def _open(name: str) -> None:
    st.session_state["claim"] = name


def _take(ids: Sequence[str]) -> None:
    rows = st.session_state["claims_ledger"].selection.rows
    if rows:
        st.session_state["claim"] = ids[rows[0]]


def _tinted(rows: pd.DataFrame) -> pd.io.formats.style.Styler:
    """A tint behind each verdict that says the same as its letter."""
    return rows.style.map(_tint, subset=_SHORT[3:])


def _tint(verdict: str) -> str:
    color = {"H": theme.DIVERGING[-2], "P": theme.DIVERGING[1], "F": theme.DIVERGING[0]}.get(verdict[:1])
    return f"background-color: {color}; color: {theme.INK}" if color else ""
