"""What a run over many dialogues amounts to: verdicts, shares by domain and place."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.serve.base import PredictorCard
from engine.serve.many_summary import LATER, POSITIONS, Summary, summary
from ui.blocks import badge, plain, table_twin
from ui.choices import TASKS, one, titles
from ui.figures import CONFIG
from ui.many import Kept
from ui.many_figures import split_plot
from ui.verdict_table import legend, told, verdict_table

_BY = {"position": "Place in the dialogue", "domain": "Domain"}
_PARTS = 8
"""Domains drawn, those with most answers first."""


def summarised(kept: Kept, baseline: str, key: str) -> Summary:
    """The run beside ``baseline`` (its first variant where that was not asked), worked out once."""
    job, answered = kept.job, kept.answered
    base = baseline if baseline in job.asked.variants else job.asked.variants[0]
    known = st.session_state.get(f"{key}_summary")
    if known is None or known[0] is not job or known[1:3] != (len(answered), base):
        with st.spinner("Summing up …"):
            known = st.session_state[f"{key}_summary"] = (job, len(answered), base, summary(answered, base))
    found: Summary = known[3]
    return found


def verdicts(kept: Kept, found: Summary, card: PredictorCard, key: str) -> None:
    """Right of n, or agreement, per task and variant."""
    names = titles(card)
    answered = "" if found.dialogues == len(kept.job.asked.dialogues) else f"{found.dialogues:,} answered; asked were "
    badge("live", f"{card.name} predictor; {answered}{kept.words}")
    st.markdown(plain(told(found.beside, names, found.baseline, unit="turns")))
    verdict_table(found.beside, names, found.baseline, f"{key}_verdicts", unit="turns")
    st.caption(plain(legend(found.beside, names, found.baseline)))


def splits(found: Summary, card: PredictorCard, key: str) -> None:
    """One task's shares by domain or by place in the dialogue."""
    names = titles(card)
    with st.container(horizontal=True, gap="medium"):
        with_gold = set(found.splits[found.splits["measure"] == "right"]["task"])
        asked = sorted((task for task in card.tasks if task in set(found.splits["task"])), key=lambda task: task not in with_gold)
        with st.container(width="content"):
            task = one("Task", {task: TASKS[task] for task in asked}, f"{key}_split_task")
        with st.container(width="content"):
            by = one("Split by", _BY, f"{key}_split_by")
    shares = _ordered(found.splits[(found.splits["task"] == task) & (found.splits["by"] == by)], by)
    right = (shares["measure"] == "right").all()
    words = "share right" if right else f"share that agrees with {names[found.baseline]}"
    finding = _finding(shares, by, words)
    st.plotly_chart(split_plot(shares, names, words), config=CONFIG, key=f"{key}_split_plot", theme="streamlit")
    st.caption(plain(finding))
    twin = shares[["part", "variant", "n", "share"]].assign(variant=shares["variant"].map(names))
    table_twin(twin.rename(columns={"part": _BY[by], "share": words}), f"{key}_split_twin", f"{task}_by_{by}")


def _ordered(shares: pd.DataFrame, by: str) -> pd.DataFrame:
    """Places in their order; domains with most answers first, the rest left out."""
    if by == "position":
        order = [*(name for _, name in POSITIONS), LATER]
    else:
        order = list(shares.groupby("part", sort=False)["n"].max().sort_values(ascending=False, kind="stable").index[:_PARTS])
    kept = shares[shares["part"].isin(order)]
    return kept.assign(part=pd.Categorical(kept["part"], order, ordered=True)).sort_values("part", kind="stable").astype({"part": str})


def _finding(shares: pd.DataFrame, by: str, words: str) -> str:
    """The highest and lowest part, over all variants."""
    mean = shares.groupby("part", sort=False)["share"].mean()
    if len(mean) < 2:
        return f"Only one part: {mean.index[0]}, mean over variants {mean.iloc[0]:.0%}." if len(mean) else "Nothing to show."
    kind = "utterances" if by == "position" else "domain"
    counted = "" if by == "position" else " A dialogue of several domains counts in each."
    return (f"{words[0].upper()}{words[1:]}, mean over variants: highest in {kind} {mean.idxmax()} ({mean.max():.0%}), "
            f"lowest in {kind} {mean.idxmin()} ({mean.min():.0%}).{counted}")
