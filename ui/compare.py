"""The drawn parts of Compare: what to ask, asking, the grid, one row closer, downloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from engine.dialogue.export import EXPORTS
from engine.dialogue.model import Dialogue
from engine.serve.base import Prediction, Predictor, PredictorCard
from ui.blocks import badge, plain
from ui.choices import TASKS, listed, one, several, switch, titles
from ui.compare_export import as_frame, as_json
from ui.compare_rows import Cell, Row, by_disagreement, only_differing, rows
from ui.compare_table import LEGEND, table
from ui.dialogue_view import label
from ui.html_table import TableCell, html_table

_ORDERS = {"turns": "By turn", "dispute": "Most disputed first"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the visitor wants answered."""

    variants: tuple[str, ...]
    tasks: tuple[str, ...]
    baseline: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class View:
    """How the rows are shown."""

    disputed_first: bool
    differing: bool
    """Leave out rows in which nobody differs from the baseline."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was answered, to which question."""

    dialogue: Dialogue
    asked: Asked
    predictions: tuple[Prediction, ...]

    def answers(self, dialogue: Dialogue, asked: Asked) -> bool:
        """Whether a (perhaps smaller) question on the same dialogue is answered here."""
        mine = self.asked
        return (self.dialogue == dialogue and mine.candidates == asked.candidates
                and set(asked.variants) <= set(mine.variants) and set(asked.tasks) <= set(mine.tasks))


def ask(card: PredictorCard, key: str) -> Asked:
    """Controls for variants, tasks, baseline and further response candidates."""
    names = titles(card)
    chosen = several("Variants", names, f"{key}_variants")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tasks = several("Tasks", {task: TASKS[task] for task in card.tasks}, f"{key}_tasks")
        with st.container(width=190):
            baseline = listed("Baseline", names, f"{key}_baseline")
        with st.popover("Candidate responses", icon=":material/add_comment:"):
            typed = st.text_area("Further candidate responses, one per line", key=f"{key}_candidates", persist_state="session",
                                 help="Response selection chooses among the dialogue's own system turns and these.")
    variants = tuple(name for name in names if name in chosen or name == baseline)
    lines = tuple(line.strip() for line in typed.splitlines() if line.strip())
    return Asked(variants=variants, tasks=tuple(tasks), baseline=baseline, candidates=lines)


def run_row(predictor: Predictor, dialogue: Dialogue | None, asked: Asked, key: str) -> View:
    """A Run button, which keeps its answers for `outcome`, and how the rows shall be shown."""
    ready = dialogue is not None and bool(asked.tasks) and len(asked.variants) > 1
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        pressed = st.button("Run", type="primary", icon=":material/play_arrow:", key=f"{key}_run", disabled=not ready)
        with st.container(width="content"):
            order = one("Order of rows", _ORDERS, f"{key}_order")
        differing = switch("Differences only", f"{key}_differences")
    if not asked.tasks or len(asked.variants) < 2:
        st.info("Choose at least one task and one variant besides the baseline.", icon=":material/tune:")
    if pressed and dialogue is not None:
        st.session_state[f"{key}_outcome"] = _run(predictor, dialogue, asked)
    return View(disputed_first=order == "dispute", differing=differing)


def outcome(dialogue: Dialogue, asked: Asked, key: str) -> Outcome | None:
    """What the last run answered; None where there was none, or not to this question."""
    last: Outcome | None = st.session_state.get(f"{key}_outcome")
    if last and not last.answers(dialogue, asked):
        st.caption(":material/update: The choice has changed; press Run for its answers.")
        return None
    return last


def grid(found: Outcome, asked: Asked, view: View, card: PredictorCard, key: str) -> list[Row]:
    """Draw the grid; returns the rows that are shown."""
    everything = rows(found.predictions, variants=asked.variants, tasks=asked.tasks, baseline=asked.baseline, labels=card.labels)
    shown = only_differing(everything) if view.differing else everything
    shown = by_disagreement(shown) if view.disputed_first else shown
    badge("live", f"{card.name} predictor, {len(shown)} of {len(everything)} rows")
    st.caption(LEGEND)
    if not shown:
        st.info("No variant differs from the baseline here." if everything else "No question applies to this dialogue.",
                icon=":material/equal:")
        return shown
    with st.container(key=f"{key}_grid"):
        st.html(table(shown, found.dialogue.turns, titles(card), asked.baseline, grouped=not view.disputed_first))
    return shown


def closer(found: Outcome, shown: Sequence[Row], card: PredictorCard, key: str) -> None:
    """One row in full: whole answers and states, and the best scored labels."""
    place = st.selectbox("Look closer at", range(len(shown)), key=f"{key}_row",
                         format_func=lambda i: f"{label(found.dialogue.turns, shown[i].turn)} · {TASKS[shown[i].task]}")
    row = shown[min(place or 0, len(shown) - 1)]
    scores = {p.variant: p.scores for p in found.predictions if (p.turn, p.task) == (row.turn, row.task)}
    names = titles(card)
    gold = [[TableCell(text="Gold"), TableCell(text=row.gold_full), TableCell(text="")]] if row.gold_full is not None else []
    html_table(["Variant", "Whole answer", "Best scores"],
               gold + [_whole(names[name], cell, scores[name]) for name, cell in row.cells.items()], f"{key}_closer")


def downloads(found: Outcome, asked: Asked, shown: Sequence[Row], card: PredictorCard, key: str) -> None:
    """The shown rows as CSV, the whole comparison as JSON."""
    options = {"variants": asked.variants, "tasks": asked.tasks, "baseline": asked.baseline, "candidates": asked.candidates}
    mine = [p for p in found.predictions if p.variant in asked.variants and p.task in asked.tasks]
    with st.container(horizontal=True):
        st.download_button("Download CSV", as_frame(shown).to_csv(index=False), "comparison.csv", "text/csv", on_click="ignore",
                           icon=":material/download:", key=f"{key}_csv")
        st.download_button("Download JSON", as_json(found.dialogue, mine, card, options), "comparison.json", "application/json",
                           on_click="ignore", icon=":material/download:", key=f"{key}_json")
        with st.popover("Save the dialogue", icon=":material/forum:"):
            for name, export in EXPORTS.items():
                st.download_button(export.title, export.write([found.dialogue]), f"dialogue{export.ending}", export.mime,
                                   on_click="ignore", key=f"{key}_save_{name}")


def _run(predictor: Predictor, dialogue: Dialogue, asked: Asked) -> Outcome:
    bar = st.progress(0.0, "Asking the models …")

    def progress(share: float, note: str) -> None:
        bar.progress(min(1.0, share), plain(note))

    predictions = predictor.compare(dialogue, variants=asked.variants, tasks=asked.tasks, candidates=asked.candidates, progress=progress)
    bar.empty()
    return Outcome(dialogue=dialogue, asked=asked, predictions=tuple(predictions))


def _whole(name: str, cell: Cell, scores: Mapping[str, float]) -> list[TableCell]:
    letter = {True: "R", False: "W", None: ""}[cell.right] + ("≠" if cell.differs else "")
    best = " · ".join(f"{answer} {share:.0%}" for answer, share in list(scores.items())[:5])
    return [TableCell(text=name), TableCell(text=cell.full, letter=letter, look="bad" if cell.differs else ""), TableCell(text=best)]
