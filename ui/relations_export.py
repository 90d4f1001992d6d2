"""What "Task relations" gives away: a table twin, the measured matrix as CSV, the paper's tables as LaTeX, figures as PNG or SVG."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.results import papertables, tables
from engine.results.profiles import overlap
from engine.results.reported import TITLES
from ui.blocks import pick, table_twin
from ui.relations import Choice, Evidence

KINDS = ("PNG", "SVG")
_OURS = ["variant", "column", "protocol", "value", "base_value", "difference", "low", "high", "effect", "seed_sd", "p", "p_holm", "verdict", "reason",
         "seeds", "examples", "split", "regime", "trained_examples", "trained_on", "tested_on", "tokens_seen", "fingerprint", "hardware",
         "commit", "command", "created"]


def menu(known: Evidence, choice: Choice) -> str:
    """Downloads, each made when it is asked for; returns as what the figures' cameras save (``PNG`` or ``SVG``)."""
    with st.popover("Export", icon=":material/download:"):
        st.download_button("Measured matrix (CSV)", lambda: known.compared(choice).to_csv(index=False), "task_relations_measured.csv", "text/csv",
                           help="Every variant, task, corpus, protocol and metric under the chosen setting, with all its fields.",
                           key="relations_matrix_csv", on_click="ignore", width="stretch")
        st.download_button("Tables 2 to 7 (LaTeX)", lambda: latex(known, choice), "tables.tex", "application/x-tex", key="relations_latex",
                           help="The paper's layout, reported and measured values side by side (booktabs).", on_click="ignore", width="stretch")
        return pick("The cameras on the maps save", KINDS, key="relations_picture")


def latex(known: Evidence, choice: Choice) -> str:
    """The paper's tables with our values under the chosen setting and protocol, and how to read them."""
    table = tables.of_protocol(known.measured(choice), choice.protocol)
    return f"{papertables.latex(table)}\n\n% {papertables.legend(table)}\n"


def twin(known: Evidence, choice: Choice) -> None:
    """Every number of the maps and the scatter as a table with a CSV download."""
    table_twin(side_by_side(known, choice), "relations_values", "task_relations")


def side_by_side(known: Evidence, choice: Choice) -> pd.DataFrame:
    """One row per variant and column of the chosen sources: the paper's, gain, scaled gain, overlap, and what was measured or why not."""
    frame = pd.DataFrame([{"variant": variant, "task": column.task, "corpus": column.corpus, "metric": column.metric, "column": column.key}
                          for variant in TITLES for column in known.columns])
    paper = known.paper[["variant", "column", "value", "paper_tables"]].rename(columns={"value": "paper"})
    frame = frame.merge(paper, on=["variant", "column"], how="left" if "measured" in choice.sources else "inner")
    for source in choice.sources:
        for scale in dict.fromkeys(("points", choice.scale)):
            gains = known.gains(source, choice, scale).stack().rename(f"{source}_gain_{scale}")
            frame = frame.merge(gains.reset_index(), on=["variant", "column"], how="left")
    frame["overlap"] = [overlap(variant, task) for variant, task in zip(frame["variant"], frame["task"], strict=True)]
    return (_with_ours(frame, known, choice) if "measured" in choice.sources else frame).drop(columns="column")


def _with_ours(frame: pd.DataFrame, known: Evidence, choice: Choice) -> pd.DataFrame:
    """The measured differences, or the reason why a cell has a dash."""
    ours = known.shown(choice)[_OURS].rename(columns={"value": "measured", "base_value": "baseline"})
    whole = frame.merge(ours, on=["variant", "column"], how="left")
    why, empty = known.why_empty(choice), whole["measured"].isna()
    whole.loc[empty, "reason"] = [why(variant, key) for variant, key in zip(whole.loc[empty, "variant"], whole.loc[empty, "column"], strict=True)]
    return whole
