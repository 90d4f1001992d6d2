"""From a run's summary to one dialogue's grid, and its downloads."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from engine.serve.base import PredictorCard
from engine.serve.many_summary import Summary
from ui.choices import one, switch, titles
from ui.compare_grid import answer_grid
from ui.compare_rows import only_differing, rows
from ui.many import Kept
from ui.many_export import as_csv, as_json

_ORDERS = {"differing": "Most disagreement first", "wrong": "Most errors first", "number": "As in the file"}


def dialogues(found: Summary, key: str) -> int:
    """A table of all dialogues; a click on a row, or the list below it, chooses the one to open (its number, from 0)."""
    with st.container(width="content"):
        order = one("Order", _ORDERS, f"{key}_order")
    table = found.table.sort_values(order, ascending=order == "number", kind="stable", na_position="last").reset_index(drop=True)
    shown = table.assign(number=table["number"] + 1, differing=100 * table["differing"], wrong=100 * table["wrong"])
    st.dataframe(shown, hide_index=True, width="stretch", height=min(35 * (len(shown) + 1) + 3, 320), key=f"{key}_dialogues", selection_mode="single-row",
                 on_select=partial(_chosen, table, key), column_config=_columns(found.baseline))
    names = dict(zip(table["number"], table["dialogue"], strict=True))
    numbers = [int(number) for number in table["number"]]
    chosen = st.selectbox("Open a dialogue", numbers, key=f"{key}_open", format_func=lambda number: f"{number + 1}. {names[number]}")
    return chosen if chosen in names else numbers[0]


def opened(kept: Kept, found: Summary, number: int, card: PredictorCard, key: str) -> None:
    """One dialogue's answers, turn by turn."""
    one_of = kept.answered[number]
    predictions = one_of.predictions()
    shown = rows(predictions, variants=one_of.variants, tasks=kept.job.asked.tasks, baseline=found.baseline, labels=card.labels)
    if switch("Differences only", f"{key}_differences"):
        shown = only_differing(shown)
    if not shown:
        st.info("No variant differs from the baseline here.", icon=":material/equal:")
        return
    answer_grid(shown, one_of.dialogue.turns, predictions, titles(card), found.baseline, f"{key}_one", grouped=True)


def downloads(kept: Kept, found: Summary, card: PredictorCard, key: str) -> None:
    """Every answer as CSV; answers, dialogues, summary and fingerprints as JSON; made when they are asked for."""
    answered, asked = kept.answered, kept.job.asked
    with st.container(horizontal=True):
        st.download_button("Download CSV", partial(as_csv, answered, found.baseline), "many_dialogues.csv", "text/csv", on_click="ignore",
                           icon=":material/download:", key=f"{key}_csv")
        st.download_button("Download JSON", partial(as_json, answered, found, asked, card, kept.words), "many_dialogues.json", "application/json",
                           on_click="ignore", icon=":material/download:", key=f"{key}_json")


def _columns(baseline: str) -> dict[str, Any]:
    share = partial(st.column_config.ProgressColumn, format="%.0f %%", min_value=0, max_value=100)
    return {"number": st.column_config.NumberColumn("No.", width=60), "dialogue": "Dialogue", "domains": "Domains", "utterances": "Utterances",
            "questions": "Questions", "differing": share("Differing", help=f"Share of the other variants' answers that differ from {baseline}'s."),
            "wrong": share("Wrong", help="Share of the answers that gold judges wrong, over all variants."), "judged": "Judged answers"}


def _chosen(table: pd.DataFrame, key: str) -> None:
    """A click in the table sets the list below it."""
    picked = st.session_state[f"{key}_dialogues"].selection.rows
    if picked:
        st.session_state[f"{key}_open"] = int(table["number"][picked[0]])
