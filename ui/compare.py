"""The controls of Compare: what to ask, asking, and which rows are shown in which order."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from engine.dialogue.model import Dialogue
from engine.serve.base import Prediction, Predictor, PredictorCard
from ui.answers import answered, answers
from ui.choices import TASKS, listed, one, several, switch, titles
from ui.compare_rows import Part, Row, by_disagreement, only_differing

_ORDERS = {"turns": "By turn", "dispute": "Most disputed first"}
_SPEAKERS = {"": "Both", "user": "User", "system": "System"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the visitor wants answered."""

    variants: tuple[str, ...]
    tasks: tuple[str, ...]
    baseline: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class View:
    """Which rows are shown, and how."""

    part: Part
    disputed_first: bool
    differing: bool
    """Leave out rows in which nobody differs from the baseline."""

    def arranged(self, rows: list[Row]) -> list[Row]:
        """The rows to show, in their order."""
        shown = only_differing(rows) if self.differing else rows
        return by_disagreement(shown) if self.disputed_first else shown


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was answered, to which question."""

    dialogue: Dialogue
    asked: Asked
    predictions: tuple[Prediction, ...]


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
    """A Run button, whose answers `outcome` finds, and which rows shall be shown."""
    ready = dialogue is not None and _enough(asked)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        pressed = st.button("Run", type="primary", icon=":material/play_arrow:", key=f"{key}_run", disabled=not ready)
        with st.container(width="content"):
            order = one("Order of rows", _ORDERS, f"{key}_order")
        with st.container(width="content"):
            speaker = one("Turns of", _SPEAKERS, f"{key}_speaker")
        first, last = _turns(dialogue, key)
        with st.container(width="content", gap="xsmall"):
            differing = switch("Differences only", f"{key}_differences")
            with_gold = switch("Only rows with gold", f"{key}_gold")
    if not _enough(asked):
        st.info("Choose at least one task and one variant besides the baseline.", icon=":material/tune:")
    if pressed and dialogue is not None:
        answers(predictor, dialogue, variants=asked.variants, tasks=asked.tasks, candidates=asked.candidates)
        st.session_state[f"{key}_ran"] = True
    part = Part(first=first - 1, last=last - 1, speaker=speaker, with_gold=with_gold)
    return View(part=part, disputed_first=order == "dispute", differing=differing)


def outcome(predictor: Predictor, dialogue: Dialogue, asked: Asked, key: str) -> Outcome | None:
    """What is known of this question, on whatever page it was asked; None where something is still to be asked."""
    question = {"variants": asked.variants, "tasks": asked.tasks, "candidates": asked.candidates}
    if not _enough(asked):
        return None
    if not answered(predictor, dialogue, **question):
        if st.session_state.get(f"{key}_ran"):
            st.caption(":material/update: The choice has changed; press Run for its answers.")
        return None
    return Outcome(dialogue=dialogue, asked=asked, predictions=tuple(answers(predictor, dialogue, **question)))


def _enough(asked: Asked) -> bool:
    return bool(asked.tasks) and len(asked.variants) > 1


def _turns(dialogue: Dialogue | None, key: str) -> tuple[int, int]:
    """The first and last utterance, counted from 1, that count."""
    end = len(dialogue.turns) if dialogue else 1
    if end < 2:
        return 1, end
    with st.container(width=170):
        first, last = st.slider("Utterances", 1, end, (1, end), key=f"{key}_turns_{end}", persist_state="session")
    return first, last
