"""The block on DialoGLUE of the page DialogZoo results: the paper's Table 2 and the encoders that were fine-tuned here."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from engine.results import glue_table
from engine.results.glue import GlueScore
from engine.results.glue_table import SETS, SHOTS
from ui.blocks import badge, pick, plain, table_twin

TITLES = {"banking": "Banking77", "clinc": "CLINC150", "hwu": "HWU64", "restaurant8k": "Restaurant8k", "dstc8": "DSTC8", "top": "TOP",
          "multiwoz": "MultiWOZ"}
"""A set to the words on the screen."""
_HOW = {"banking": "Accuracy", "clinc": "Accuracy", "hwu": "Accuracy", "restaurant8k": "Slot F1 as DialoGLUE's script counts it",
        "dstc8": "Slot F1 as DialoGLUE's script counts it", "top": "Exact match: intent and all tags", "multiwoz": "MultiWOZ 2.1, joint goal accuracy"}


def glue(rows: Sequence[GlueScore]) -> None:
    """Table 2 with our encoders below, for all training rows or DialoGLUE's few-shot rows."""
    st.subheader("As an encoder: DialoGLUE (Table 2)", anchor=False)
    shots = pick("Trained on", tuple(SHOTS), key="zoo_results_shots", words=SHOTS, help="Few-shot: DialoGLUE's own draw, ten rows for each intent or a tenth "
                 "of the rows. The paper prints no few-shot numbers.")
    table, cells = glue_table.beside(rows, shots), glue_table.measured(rows, shots)
    with st.container(horizontal=True, vertical_alignment="center"):
        if shots == "full":
            badge("paper", "six models of 110 to 220 million weights")
        if len(cells):
            badge("measured", _scale(cells))
    if len(cells):
        st.markdown(f"**{plain(glue_table.summary(table))}**")
    else:
        st.info(f"No encoder has been fine-tuned on these sets{'' if shots == 'full' else ' with few rows'} yet. "
                f"`python -m engine zoo glue --encoder base{'' if shots == 'full' else ' --shots 10'}` does it; `--encoder compact` takes the shipped model, "
                "`zoo mlm` trains the rival that only read the same dialogues.", icon=":material/straighten:")
    if len(table):
        _wide(table)
    if len(cells):
        table_twin(cells, f"zoo_results_glue_{shots}", f"dialoglue_{shots}")


def _scale(cells: pd.DataFrame) -> str:
    low, high = cells["seeds"].min(), cells["seeds"].max()
    seeds = f"{high} seed{'s' if high > 1 else ''}" if low == high else f"{low} to {high} seeds"
    tested = cells.drop_duplicates("dataset")["n"].sum()
    return f"{cells['encoder'].nunique()} encoders, n {tested:,}, {seeds}, commit {cells['commit'].iloc[-1][:7]}"


def _wide(table: pd.DataFrame) -> None:
    common, ours = glue_table.shared(table), table["kind"] == "measured"
    partly = ["shared"] if 0 < len(common) < len(SETS) else []
    order = ["model", "kind", *SETS, "mean", *partly, *(["seeds", "tokens_seen"] if ours.any() else [])]
    numbers = {name: st.column_config.NumberColumn(title, format="%.1f", width=83, help=_HOW[name]) for name, title in TITLES.items()}
    st.dataframe(table, hide_index=True, width="stretch", key="zoo_results_glue", column_order=order, height=38 + 35 * len(table), column_config={
        **numbers, "model": st.column_config.TextColumn("Encoder", width=190), "kind": st.column_config.TextColumn("Number is", width=75),
        "mean": st.column_config.NumberColumn("Mean of 7", format="%.1f", width=75),
        "shared": st.column_config.NumberColumn(f"Mean of {len(common)}", format="%.1f", width=75, help=", ".join(TITLES[name] for name in common)),
        "seeds": st.column_config.NumberColumn("Seeds", width=55, help="Of fine-tuning; the fewest over the sets"),
        "tokens_seen": st.column_config.NumberColumn("Tokens read", format="localized", width=90, help="In further training, before fine-tuning")})
    published = "" if ours.all() else (" ConvBERT*: ConvBERT further trained by MLM on DialogZoo's corpora. Means of the paper as printed; the mean of "
                                       "T5-base's seven numbers is 86.52.")
    here = (" Test rows scored once, weights chosen on dev. Our encoders have 22 million weights and are fine-tuned for few steps: compare them with one "
            "another, not with the paper's; differences as small as the spread over seeds (table below) say nothing. Our MultiWOZ is a slot classifier, "
            "not TripPy.") if ours.any() else ""
    st.caption(f"Per cent.{published}{here}")
