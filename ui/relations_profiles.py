"""Table 1 on "Task relations": what the tasks share, and whether sharing goes with gaining."""

from __future__ import annotations

import streamlit as st

from engine.results import tables
from engine.results.profiles import DOWNSTREAM, SINGLE, jaccard, profile, shared
from engine.results.reported import TASKS, TITLES, table_one
from engine.results.statistics import cells, relation, spearman
from ui import figures
from ui.blocks import badge, pick, table_twin
from ui.relations import SOURCES, Choice, Evidence

_TASK_WORDS = {"intent": "INT, intent", "dialogue_act": "DA, dialogue act", "response_selection": "RS, response selection",
               "state_tracking": "DST, state tracking"}


def profiles() -> None:
    """Table 1 as a matrix, and what a chosen pair of tasks shares."""
    codes = {ours: code for code, ours in TASKS.items()}
    objective = pick("Further pre-training task", SINGLE, key="pretraining", default="crm", words=TITLES)
    task = pick("Downstream task", DOWNSTREAM, key="downstream", default="response_selection", words=codes)
    both, share = shared(objective, task), jaccard(profile(objective), profile(task))
    words = (f"{TITLES[objective]} and {_TASK_WORDS[task]}, share {' and '.join(both) or 'nothing'}: "
             f"{len(both)} of {len(profile(objective) | profile(task))} features, overlap {share:.2f}.")
    st.plotly_chart(figures.profile_map(task, objective), key="relations_profile_map", config=figures.CONFIG, alt=words)
    st.caption(f"{words} A: ability, S: structure; what the chosen two share is outlined.")
    table_twin(table_one().reset_index(), "relations_profiles", "task_profiles")


def overlap_and_gain(known: Evidence, choice: Choice) -> None:
    """Overlap of profiles against gain for each chosen source, with the rank correlation and its p-values."""
    for source in choice.sources:
        gains = known.gains(source, choice, choice.scale)
        found = relation(gains)
        if found is None:
            st.info(f"{SOURCES[source]}: too few cells for a correlation.")
            continue
        badge("paper" if source == "paper" else "measured", f"Spearman {found.rho:.2f}, n {found.cells} cells")
        words = (f"Overlap goes {_strength(found.rho)} with gain over {TITLES[choice.baseline]}: Spearman {found.rho:.2f} "
                 f"over {found.cells} cells, p {found.p_profiles:.3f} when whole profiles are exchanged ({found.orders} orders).")
        st.plotly_chart(figures.overlap_plot(cells(gains), unit=tables.SCALINGS[choice.scale]), key=f"relations_{source}_overlap",
                        config=figures.CONFIG, alt=words)
        st.caption(f"{words} Shuffling single cells gives p {found.p_cells:.4f}, but cells of one task are not independent. "
                   f"The size depends on the scale: {_by_scale(known, source, choice)}.")


def _strength(rho: float) -> str:
    if rho < 0:
        return "not"
    return next(word for limit, word in ((0.1, "hardly"), (0.4, "weakly"), (0.7, "moderately"), (1.1, "strongly")) if rho < limit)


def _by_scale(known: Evidence, source: str, choice: Choice) -> str:
    found = {words: spearman(cells(known.gains(source, choice, scale))) for scale, words in tables.SCALINGS.items()}
    return ", ".join(f"{rho:.2f} by {words}" for words, rho in found.items() if rho is not None)
