"""The blocks of the page Datasets: the pairs as a table with filters, and the paper's figures 1, 4 and 2 from our counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from engine.results import zoo_figures
from engine.serve.zoo import sets
from engine.serve.zoo.sets import LEVELS, ORIGINS
from ui import datasets_figures
from ui.blocks import badge, pick, plain, table_twin
from ui.choices import listed, one

BUILD = "python -m engine zoo build"
ALL = "all"
_HERE = {ALL: "All", "here": "With training samples", "absent": "Without"}
_ORIGINS = {ALL: "All", **{name: words for name, words in ORIGINS.items() if name != "self-supervised"}}
_HEIGHT = 430
"""Pixels of the table: some eleven pairs, the rest by scrolling inside."""
_COLUMNS = {
    "pair": st.column_config.TextColumn("Pair", width=170), "dataset": st.column_config.TextColumn("Set", width=150),
    "origin": st.column_config.TextColumn("Origin", width=150), "splits": st.column_config.TextColumn("Splits here", width=110),
    "read": st.column_config.NumberColumn("Read", width=75, format="localized", help="Samples that the reader found in the splits that are here."),
    "train": st.column_config.NumberColumn("Train", width=75, format="localized"), "dev": st.column_config.NumberColumn("Dev", width=65, format="localized"),
    "test": st.column_config.NumberColumn("Test", width=70, format="localized"),
    "left_out": st.column_config.TextColumn("Left out and why", width=230), "absent": st.column_config.TextColumn("Absent and why", width=230),
    "licence": st.column_config.TextColumn("Licence", width=200), "location": st.column_config.TextColumn("Public location", width=260),
}


@dataclass(frozen=True, kw_only=True)
class Known:
    """Everything that the page draws from."""

    counts: sets.Counts | None
    table: pd.DataFrame
    """`engine.serve.zoo.sets.pairs_table`."""

    @property
    def sets(self) -> Sequence[sets.SetCount]:
        """Counts of every pair; none where nothing has been counted."""
        return self.counts.sets if self.counts else ()


def known() -> Known:
    """Cards and counts.

    Raises:
        InputError: The counts are damaged.
    """
    found = sets.counts()
    return Known(counts=found, table=sets.pairs_table(found))


def source(found: Known) -> None:
    """Where the counts on this page come from."""
    with st.container(horizontal=True, vertical_alignment="center"):
        badge("paper", "Tables 1 and 5, Figures 1, 2 and 4")
        if found.counts:
            badge(found.counts.origin, "the build on this machine" if found.counts.origin == "measured" else "the build whose counts come with the repository")


def finding(found: Known) -> None:
    """How many pairs there are, and how much of the paper's data is there."""
    published = sets.published(found.table)
    named = int((published["origin"] == ORIGINS["paper"]).sum())
    st.markdown(f"**{len(published)} published pairs of task and set.** {sets.summary(found.sets) if found.counts else ''}")
    st.caption(f"The paper says 73, as its Table 1 counts; Table 5 names seven sets for SIM and TOD where Table 1 counts six, which makes {len(published)}. "
               f"It names {named} of them. The others are known from its authors' later release, or are our fill-in, as each row says.")
    if not found.counts:
        st.info(f"Nothing has been counted yet: `{BUILD}` reads every set that is on this machine. Cards and samples below need no data.",
                icon=":material/database:")


def table(found: Known) -> None:
    """The pairs that meet the visitor's choices; a click on a row opens it in the reader."""
    with st.container(horizontal=True, gap="small"):
        task = listed("Task", {ALL: "All", **sets.task_words()}, "datasets_task")
        origin = listed("Origin", _ORIGINS, "datasets_origin")
        here = one("Training samples", _HERE, "datasets_here") if found.counts else ALL
    rows = found.table
    trained = rows["train"].fillna(0) > 0
    keep = ((task == ALL) | (rows["task"] == task.upper())) & ((origin == ALL) | (rows["origin"] == ORIGINS.get(origin, "")))
    shown = rows[keep & ((here == ALL) | (trained == (here == "here")))]
    if shown.empty:
        st.info("No pair meets these choices.", icon=":material/filter_alt_off:")
        return
    order = [name for name in _COLUMNS if found.counts or name in ("pair", "dataset", "origin", "licence", "location")]
    st.dataframe(shown, hide_index=True, width="stretch", height=min(_HEIGHT, 38 + 35 * len(shown)), key="datasets_pairs", column_order=order,
                 column_config=_COLUMNS, on_select=lambda: _take(list(shown["pair"])), selection_mode="single-row")
    st.caption(f"{len(shown)} of {len(rows)} pairs. Click a row to open it in the reader below. Where a set has no training split here, nine tenths of dev's "
               "dialogues stand in for it. Test splits never enter training; test inputs that were found in it are removed and counted.")
    st.download_button("Download CSV", shown.to_csv(index=False), file_name="dialogzoo_pairs.csv", mime="text/csv", icon=":material/download:",
                       key="datasets_csv", on_click="ignore")


def _take(names: list[str]) -> None:
    rows = st.session_state["datasets_pairs"].selection.rows
    if rows:
        st.session_state["datasets_pair"] = names[rows[0]]


def samples(found: Known) -> None:
    """Figure 1: training samples per set."""
    st.subheader("Training samples per set (Figure 1)", anchor=False)
    drawn = sets.samples_per_set(found.sets)
    if drawn.empty:
        st.info(f"No training samples have been counted: `{BUILD}` makes them.", icon=":material/database:")
        return
    totals = drawn.groupby("task")["train"].sum().sort_values(ascending=False)
    largest = drawn.iloc[0]
    empty = ", ".join(words for task, words in sets.task_words().items() if task not in totals)
    words = (f"{totals.index[0].upper()} has most training samples here, {totals.iloc[0]:,} of {totals.sum():,}; the largest set is {largest['dataset']} for "
             f"{largest['task'].upper()} with {largest['train']:,}, {largest['share']:.0f} % of all.{f' Without any: {empty}.' if empty else ''}")
    st.plotly_chart(datasets_figures.samples(drawn, dict(ORIGINS)), key="datasets_figure1", config=datasets_figures.CONFIG, alt=words)
    st.caption(plain(words) + " The paper's figure prints no numbers.")
    table_twin(drawn, "datasets_samples", "dialogzoo_samples")


def shares(found: Known) -> None:
    """Figure 4: supervised and self-supervised, and the largest tasks, the paper's beside ours."""
    st.subheader("Shares of the training samples (Figure 4)", anchor=False)
    drawn = sets.shares(found.sets)
    parts = drawn.set_index(["of", "part"])
    own = parts.at[("all", "self-supervised"), "here"]
    ours = "Nothing has been counted here." if pd.isna(own) else (
        f"Here {own:.1f} % are self-supervised, and DST makes {parts.at[('supervised', 'dst'), 'here']:.1f} % of the supervised samples.")
    words = (f"In the paper {zoo_figures.PARTS['self-supervised']} % of {zoo_figures.SAMPLES:,} samples are self-supervised, and DST makes "
             f"{zoo_figures.SUPERVISED['dst']:.0f} % of the supervised ones. {ours}")
    st.plotly_chart(datasets_figures.shares(drawn), key="datasets_figure4", config=datasets_figures.CONFIG, alt=words)
    st.caption(f"{words} As printed, the paper's shares of the supervised samples add up to 99.")
    table_twin(drawn, "datasets_shares", "dialogzoo_shares")


def levels(found: Known) -> None:
    """Figure 2: how much understanding of dialogue and of knowledge each task needs."""
    st.subheader("Understanding of dialogue and of knowledge (Figure 2)", anchor=False)
    reading = pick("Levels from", tuple(LEVELS), key="datasets_levels", words=LEVELS,
                   help="Section 3.2 describes levels in words; Table 1 says what each task's content and knowledge are.")
    drawn = sets.levels(reading, found.table)
    axes = (zoo_figures.CONTENTS, zoo_figures.KNOWLEDGE) if reading == "table" else (zoo_figures.DIALOGUE_LEVELS, zoo_figures.KNOWLEDGE_LEVELS)
    hardest = drawn.loc[drawn["dialogue"] == drawn["dialogue"].max()].nlargest(1, "knowledge", keep="all")
    words = (f"{', '.join(hardest['task'].str.upper())} need{'s' if len(hardest) == 1 else ''} most of both: {hardest['dialogue_words'].iloc[0]}, and "
             f"{hardest['knowledge_words'].iloc[0]} as knowledge.")
    st.plotly_chart(datasets_figures.levels(drawn, *([name.lower() for name in axis] for axis in axes)), key="datasets_figure2",
                    config=datasets_figures.CONFIG, alt=words)
    how = ("Its places are the columns of Table 1, whose values we put into this order." if reading == "table" else
           "Which of section 3.2's levels a task is on is our judgement; NLG has no dialogue, and stands below the paper's first level.")
    st.caption(f"{words} Our reading, not the paper's numbers: its Figure 2 prints no coordinates. {how} Marks grow with the number of sets; tasks of one "
               "place stand side by side.")
    table_twin(drawn[["task", "dialogue", "dialogue_words", "knowledge", "knowledge_words", "count", "sets"]], "datasets_places", "dialogzoo_levels")
