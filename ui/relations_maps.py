"""The maps of gain on "Task relations": the paper's, and ours with a verdict and an interval in every cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from engine.results import tables
from engine.results.reported import TITLES, columns
from engine.results.settings import WIDEST
from ui import figures
from ui.blocks import badge
from ui.relations import Choice, Evidence, chosen_cell, titles

LETTERS = {"better": "<b>B</b>", "worse": "<b>W</b>", "cannot tell": "~"}
LEGEND = "Below it **B** better, **W** worse, **~** cannot tell (5 %, corrected for all comparisons by Holm); – not measured."


def gain_maps(known: Evidence, choice: Choice, picture: str) -> None:
    """A clickable map for each chosen source, with a caption that states what it shows.

    Args:
        known: What there is.
        choice: What is asked for.
        picture: ``PNG`` or ``SVG``, as which a map's camera saves it.
    """
    for source in choice.sources:
        points = known.gains(source, choice, "points").drop(index=choice.baseline)
        _source_badge(source, known, choice)
        if points.notna().any(axis=None):
            _gain_map(source, points, known, choice, picture)
        else:
            st.info(f"Nothing is measured here yet that can be compared with {TITLES[choice.baseline]}: the results store has "
                    f"{len(known.results)} rows. Each evaluation on a test split adds a row, and this map fills itself.")


def _gain_map(source: str, points: pd.DataFrame, known: Evidence, choice: Choice, picture: str) -> None:
    key, measured = f"relations_{source}_map", source == "measured"
    words = finding(points, choice.baseline, titles(known)) + (f" {tally(known.shown(choice))}" if measured else "")
    figure = figures.gain_map(points, known.gains(source, choice, choice.scale).loc[points.index], known.columns if measured else columns(),
                              chosen=chosen_cell(), letters=_letters(known, choice) if measured else None,
                              notes=notes(known, choice) if measured else None)
    st.plotly_chart(figures.on_ground(figure, st.context.theme.type), key=key, alt=words, on_select=lambda: _take(key), selection_mode="points",
                    config=figures.saving(f"task_relations_{source}", picture))
    st.caption(f"{words} Printed: percentage points over {TITLES[choice.baseline]}. {LEGEND if measured else ''} Blue is above it, orange below; "
               f"colour by {tables.SCALINGS[choice.scale]}. Click a cell for the numbers behind it.")


def _letters(known: Evidence, choice: Choice) -> pd.DataFrame:
    return known.wide(choice, "verdict").replace(LETTERS)


def _take(key: str) -> None:
    """A click on a map chooses the cell for the panel."""
    points = st.session_state[key].selection.points
    if points:
        st.session_state["cell"] = ".".join(points[0]["customdata"][:2])


def finding(points: pd.DataFrame, baseline: str, names: dict[str, str]) -> str:
    """What a map of gains shows, in one or two sentences."""
    long = points.stack().dropna()
    (up, up_key), (down, down_key) = long.idxmax(), long.idxmin()
    above = (points > 0).sum(axis=1).sort_values(ascending=False, kind="stable")
    most = above.index[0]
    return (f"{TITLES[most]} is above {TITLES[baseline]} most often ({above.iloc[0]} of {points.loc[most].notna().sum()} columns). "
            f"Largest gain: {TITLES[up]} on {names[up_key]} ({figures.signed(long.max())}); "
            f"largest loss: {TITLES[down]} on {names[down_key]} ({figures.signed(long.min())}).")


def tally(shown: pd.DataFrame) -> str:
    """How many of the differences can be told, in one sentence."""
    counts = shown["verdict"].value_counts()
    told = ", ".join(f"{counts.get(verdict, 0)} {verdict}" for verdict in ("better", "worse"))
    formal = shown.loc[shown["reason"] != "", "reason"].value_counts()
    because = f" ({', '.join(f'{count} for {reason}' for reason, count in formal.items())})" if len(formal) else ""
    return f"Of {len(shown)} differences: {told}, {counts.get('cannot tell', 0)} cannot be told{because}."


def notes(known: Evidence, choice: Choice) -> pd.DataFrame:
    """What a cell says when the pointer rests on it: interval, verdict and setting, or why it is empty."""
    why = known.why_empty(choice)
    found = {(cell["variant"], cell["column"]): _note(cell) for cell in known.shown(choice).to_dict("records")}
    return pd.DataFrame([[found.get((variant, column.key)) or f"– {why(variant, column.key)}" for column in known.columns] for variant in TITLES],
                        index=list(TITLES), columns=[column.key for column in known.columns])


def _note(cell: Mapping[str, Any]) -> str:
    """Three short lines of numbers and our own words."""
    seeds = f"{cell['seeds']} seed{'s' if cell['seeds'] != 1 else ''}"
    return (f"{interval(cell)}: {judged(cell)}<br>"
            f"{cell['value']:.2f} against {cell['base_value']:.2f}, n {cell['examples']:,}, {seeds}{p_words(cell['p_holm'])}<br>"
            f"trained on {cell['trained_examples']:,} examples ({cell['regime']}), protocol {cell['protocol']}")


def judged(cell: Mapping[str, Any] | pd.Series) -> str:
    """The verdict and, where it is a formal one, its reason: ``cannot tell (one seed)``."""
    because = f" ({cell['reason']})" if cell["reason"] else ""
    return f"{cell['verdict']}{because}"


def interval(cell: Mapping[str, Any] | pd.Series) -> str:
    """A difference and its 95 % interval, e.g. ``+3.83 [−0.23, +7.88]``."""
    reach = "" if pd.isna(cell["low"]) else f" [{figures.signed(cell['low'])}, {figures.signed(cell['high'])}]"
    return f"{figures.signed(cell['difference'])}{reach}"


def p_words(p: float) -> str:
    """A corrected p-value in words, empty where there is none."""
    return "" if pd.isna(p) else ", corrected p < 0.001" if p < 0.001 else f", corrected p {p:.3f}"


def _source_badge(source: str, known: Evidence, choice: Choice) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if source == "paper":
            badge("paper", "Further pre-training tasks, tables 2 to 7")
            return
        table = known.shown(choice)
        if len(table):
            badge("measured", f"{_range(table['seeds'])} seed{'s' if table['seeds'].max() > 1 else ''}, n {_range(table['examples'])}")
            st.caption(_distance(table, choice))


def _distance(table: pd.DataFrame, choice: Choice) -> str:
    """How our setting differs from the paper's, from the rows themselves."""
    tokens = table.loc[table["tokens_seen"] > 0, "tokens_seen"]
    seen = f"{_range(tokens)} tokens" if len(tokens) else "no tokens"
    regimes = " or ".join(sorted(table["regime"].unique()))
    trained = f"fine-tuned on {regimes}{' (each cell says which)' if choice.setting.regime == WIDEST else ''}"
    return (f"Not the paper's scale (BERT-base, 100,707 dialogues): {seen} of further pre-training here, {trained}, protocol "
            f"{', '.join(sorted(table['protocol'].unique()))}. Compare signs and ranks, not values.")


def _range(numbers: pd.Series) -> str:
    low, high = int(numbers.min()), int(numbers.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
