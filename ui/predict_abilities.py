"""The lower half of the page "Predict": ability profiles beside the declared ones, and how alike the variants are."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.results.profiles import ABILITIES, profile
from engine.results.reported import TITLES
from ui import predict_figures
from ui.blocks import badge, pick, plain, table_twin

VIEWS = {"profiles": "Ability profiles", "similarity": "Similarity (CKA)"}
NUMBERS = {"selectivity": "Selectivity", "accuracy": "Accuracy", "control": "Control"}
READS = {"utterance": "Bare utterances", "history": "Histories"}
_MISSING = "Nothing is measured here yet: `python -m engine abilities` reads the frozen variants and adds the rows."


def view() -> str:
    """Profiles or similarity."""
    return pick("Show", tuple(VIEWS), key="predict_view", words=VIEWS)


def profiles(measured: pd.DataFrame, baseline: str) -> None:
    """Every probe's number for every variant, with intervals, beside what Table 1 declares."""
    if measured.empty:
        st.info(_MISSING, icon=":material/straighten:")
        return
    number = pick("Number", tuple(NUMBERS), key="predict_number", words=NUMBERS, help="Selectivity is accuracy less that of a control task with random labels.")
    _source(measured, f"{int(measured['examples'].max()):,} training and {int(measured['held_out'].max()):,} held-out questions per probe")
    words = strongest(measured, number)
    st.plotly_chart(predict_figures.profiles(measured, number, baseline), key="predict_profiles", config=predict_figures.CONFIG, alt=words)
    st.caption(f"{words} Bars: 95 % bootstrap over dialogues. Dotted lines: {TITLES[baseline]}. D and filled marks: declared in Table 1. Circle and square: "
               "the ability's first and second probe. The control gives random labels to words (for the slot of a word) or to whole texts.")
    table_twin(twin(measured), "predict_profiles", "abilities")


def strongest(measured: pd.DataFrame, number: str) -> str:
    """Per ability, who has the highest mean, and whether it is declared."""
    means = measured.pivot_table(index="variant", columns="group", values=number)
    said = []
    for ability, title in ABILITIES.items():
        if ability in means:
            best = str(means[ability].idxmax())
            said.append(f"{title}: {TITLES[best]} ({means.at[best, ability]:.2f}, {'declared' if ability in profile(best) else 'not declared'})")
    return f"Highest {NUMBERS[number].lower()} per ability: {'; '.join(said)}."


def twin(measured: pd.DataFrame) -> pd.DataFrame:
    """The rows of the figure, with what is declared."""
    declared = [ability in profile(variant) for variant, ability in zip(measured["variant"], measured["group"], strict=True)]
    numbers = [f"{name}{end}" for name in NUMBERS for end in ("", "_low", "_high")]
    about = measured[["variant", "group", "subject"]].rename(columns={"group": "ability", "subject": "probe"})
    return about.assign(declared=declared).join(measured[[*numbers, "majority", "examples", "held_out", "seed", "fingerprint", "commit"]])


def similarity(measured: pd.DataFrame) -> None:
    """Linear CKA of every pair of variants."""
    if measured.empty:
        st.info(_MISSING, icon=":material/straighten:")
        return
    reads = pick("States of", tuple(READS), key="predict_reads", words=READS)
    _source(measured, f"{int(measured['examples'].max()):,} held-out questions")
    matrix = square(measured, reads)
    words = alike(matrix)
    st.plotly_chart(predict_figures.similarity(matrix), key="predict_similarity", config=predict_figures.CONFIG, alt=words)
    st.caption(f"{words} Linear CKA (Kornblith et al. 2019) of [CLS] states: 1 is the same up to rotation and scale.")
    table_twin(measured[["variant", "subject", *READS, "examples", "fingerprint", "commit"]].rename(columns={"subject": "other"}), "predict_similarity", "cka")


def square(measured: pd.DataFrame, reads: str) -> pd.DataFrame:
    """A symmetric matrix in the paper's order, 1 on the diagonal, NaN where a pair was not measured."""
    names = [name for name in TITLES if name in {*measured["variant"], *measured["subject"]}]
    matrix = pd.DataFrame([[1.0 if one == other else float("nan") for other in names] for one in names], index=names, columns=names)
    for row in measured.itertuples():
        matrix.at[row.variant, row.subject] = matrix.at[row.subject, row.variant] = float(getattr(row, reads))
    return matrix


def alike(matrix: pd.DataFrame) -> str:
    """The most and the least alike pair."""
    named = [(one, other) for place, one in enumerate(matrix.index) for other in matrix.index[place + 1:]]
    pairs = {pair: matrix.at[pair] for pair in named if pd.notna(matrix.at[pair])}
    most, least = max(pairs, key=pairs.__getitem__), min(pairs, key=pairs.__getitem__)
    return " ".join(f"{word} alike: {TITLES[pair[0]]} and {TITLES[pair[1]]} ({pairs[pair]:.2f})." for word, pair in (("Most", most), ("Least", least)))


def _source(measured: pd.DataFrame, detail: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        badge("measured", detail)
        newest = measured.sort_values("created").iloc[-1]
        commit, hardware = plain(str(newest["commit"])), plain(str(newest["hardware"]))
        st.caption(f"Frozen shipped weights, seed {newest['seed']}, commit {commit}, {hardware}, {str(newest['created'])[:10]}.")
