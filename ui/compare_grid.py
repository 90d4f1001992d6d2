"""The grid of Compare, a cell opened out of it, one row closer, downloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from engine.dialogue.export import EXPORTS
from engine.dialogue.model import Turn
from engine.serve.base import Prediction, PredictorCard
from ui.blocks import badge
from ui.cell_grid import cell_grid
from ui.choices import TASKS, titles
from ui.compare import Asked, Outcome, View
from ui.compare_export import as_frame, as_json
from ui.compare_rows import Cell, Row, rows, within
from ui.compare_table import LEGEND, address, table
from ui.dialogue_view import bubbles, label
from ui.html_table import TableCell, html_table

_BEFORE = 3
"""Utterances shown before the one that an opened cell is about."""


def counted_rows(found: Outcome, asked: Asked, view: View, card: PredictorCard) -> list[Row]:
    """The rows of the chosen part of the dialogue: what the summary counts."""
    everything = rows(found.predictions, variants=asked.variants, tasks=asked.tasks, baseline=asked.baseline, labels=card.labels)
    return within(everything, found.dialogue.turns, view.part)


def grid(found: Outcome, counted: list[Row], view: View, card: PredictorCard, key: str) -> list[Row]:
    """Draw the grid, and the cell that was just opened; returns the rows that are shown."""
    shown = view.arranged(counted)
    badge("live", f"{card.name} predictor, {len(shown)} of {len(counted)} rows")
    if not shown:
        nothing = "No question applies here; choose more utterances, both speakers, another task, or rows without gold."
        st.info("No variant differs from the baseline here." if counted else nothing, icon=":material/equal:")
        return shown
    answer_grid(shown, found.dialogue.turns, found.predictions, titles(card), found.asked.baseline, key, grouped=not view.disputed_first)
    return shown


def answer_grid(shown: Sequence[Row], turns: Sequence[Turn], predictions: Sequence[Prediction], names: Mapping[str, str], baseline: str, key: str, *,
                grouped: bool) -> None:
    """The table of answers with its legend; a cell opens by a click or by Enter."""
    st.caption(LEGEND)
    opened = cell_grid(table(shown, turns, names, baseline, grouped=grouped), f"{key}_grid")
    if opened:
        where, _, variant = opened.rpartition("|")
        for row in shown:
            if address(row) == where:
                open_cell(row, turns, predictions, names, variant, key)


def open_cell(row: Row, turns: Sequence[Turn], predictions: Sequence[Prediction], names: Mapping[str, str], variant: str, key: str) -> None:
    """A dialog with a row in full, ``variant`` first, and what was said before."""
    title = f"Utterance {row.turn + 1} · {TASKS[row.task]}" + (f" · {names[variant]}" if variant else "")
    st.dialog(title, width="large")(partial(_cell_dialog, row, turns, predictions, names, variant, key))()


def closer(found: Outcome, shown: Sequence[Row], card: PredictorCard, key: str) -> None:
    """One row in full, chosen from a list."""
    by_name = {address(row): row for row in shown}
    chosen = st.selectbox("Look closer at", list(by_name), key=f"{key}_row",
                          format_func=lambda name: f"{label(found.dialogue.turns, by_name[name].turn)} · {TASKS[by_name[name].task]}")
    _whole_row(by_name.get(chosen, shown[0]), found.predictions, titles(card), "", f"{key}_closer")


def downloads(found: Outcome, asked: Asked, shown: Sequence[Row], card: PredictorCard, key: str) -> None:
    """The shown rows as CSV, the whole comparison as JSON."""
    options = {"variants": asked.variants, "tasks": asked.tasks, "baseline": asked.baseline, "candidates": asked.candidates}
    with st.container(horizontal=True):
        st.download_button("Download CSV", as_frame(shown).to_csv(index=False), "comparison.csv", "text/csv", on_click="ignore",
                           icon=":material/download:", key=f"{key}_csv")
        st.download_button("Download JSON", as_json(found.dialogue, found.predictions, card, options), "comparison.json", "application/json",
                           on_click="ignore", icon=":material/download:", key=f"{key}_json")
        with st.popover("Save the dialogue", icon=":material/forum:"):
            for name, export in EXPORTS.items():
                st.download_button(export.title, export.write([found.dialogue]), f"dialogue{export.ending}", export.mime,
                                   on_click="ignore", key=f"{key}_save_{name}")


def _cell_dialog(row: Row, turns: Sequence[Turn], predictions: Sequence[Prediction], names: Mapping[str, str], variant: str, key: str) -> None:
    first = max(0, row.turn - _BEFORE)
    bubbles(turns[first:row.turn + 1], f"{key}_opened_turns", start=first, marks={row.turn: "this utterance"})
    _whole_row(row, predictions, names, variant, f"{key}_opened")


def _whole_row(row: Row, predictions: Sequence[Prediction], names: Mapping[str, str], first: str, key: str) -> None:
    """Whole answers and states, and the best scored labels."""
    scores = {p.variant: p.scores for p in predictions if (p.turn, p.task) == (row.turn, row.task)}
    gold = [[TableCell(text="Gold"), TableCell(text=row.gold_full), TableCell(text="")]] if row.gold_full is not None else []
    ordered = sorted(row.cells.items(), key=lambda item: item[0] != first)
    html_table(["Variant", "Whole answer", "Confidence"], gold + [_whole(names[name], cell, scores[name]) for name, cell in ordered], key)


def _whole(name: str, cell: Cell, scores: Mapping[str, float]) -> list[TableCell]:
    letter = {True: "R", False: "W", None: ""}[cell.right] + ("≠" if cell.differs else "")
    best = " · ".join(f"{answer} {share:.0%}" for answer, share in list(scores.items())[:5])
    parts = f" ({cell.judged.hits} of {cell.judged.of} slots right)" if cell.judged and cell.slots else ""
    return [TableCell(text=name), TableCell(text=cell.full + parts, letter=letter, look="bad" if cell.differs else ""), TableCell(text=best)]
