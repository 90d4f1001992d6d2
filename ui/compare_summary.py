"""The summary above Compare's grid: right of n, agreement and verdicts per task, and the turn that is disputed most."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from engine.results.verdicts import beside
from engine.serve.base import PredictorCard
from ui.blocks import badge, plain
from ui.choices import TASKS, titles
from ui.compare import Asked, Outcome
from ui.compare_grid import open_cell
from ui.compare_rows import Row, by_disagreement, counted
from ui.verdict_table import legend, told, verdict_table


def summary(found: Outcome, asked: Asked, rows: Sequence[Row], card: PredictorCard, key: str) -> None:
    """Draw it for the rows of the chosen utterances and speakers."""
    if not rows:
        return
    names = titles(card)
    beaten = beside(counted(rows), asked.baseline, "mcnemar")
    st.subheader("Summary", anchor=False)
    badge("live", f"{card.name} predictor, {len(rows)} rows of one dialogue")
    st.markdown(plain(told(beaten, names, asked.baseline, unit="turns")))
    verdict_table(beaten, names, asked.baseline, f"{key}_summary", unit="turns")
    st.caption(plain(legend(beaten, names, asked.baseline)))
    _most_disputed(found, rows, card, key)


def _most_disputed(found: Outcome, rows: Sequence[Row], card: PredictorCard, key: str) -> None:
    top = by_disagreement(rows)[0]
    if not top.disagreement:
        st.caption("All variants answer every row alike.")
        return
    against = round(top.disagreement * len(top.cells))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(plain(f"Most disputed: utterance {top.turn + 1} · {TASKS[top.task]}: {against} of {len(top.cells)} variants do not "
                         "give the commonest answer."), width="content")
        if st.button("Open it", key=f"{key}_disputed", type="tertiary", icon=":material/open_in_full:"):
            open_cell(top, found.dialogue.turns, found.predictions, titles(card), "", key)
