"""What the models said of a dialogue, asked once per visitor: pages that show the same answers do not ask again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import streamlit as st

from engine.dialogue.model import Dialogue
from engine.serve.base import Prediction, Predictor
from ui.capsule import on_screen
from ui.waiting import waiting

_KEPT = 24
"""Dialogues (with their candidates) whose answers one visitor's session keeps."""
Known = dict[str, dict[tuple[str, str], list[Prediction]]]


def answers(predictor: Predictor, dialogue: Dialogue, *, variants: Sequence[str], tasks: Sequence[str],
            candidates: Sequence[str] = ()) -> list[Prediction]:
    """Every chosen variant's answers to every chosen task, by variant and turn; only what was never asked is asked, with progress.

    Raises:
        DialAtlasError: As `Predictor.compare`.
    """
    known: Known = st.session_state.setdefault("answers_known", {})
    mine = known.setdefault(mark(predictor.card.name, dialogue, *candidates), {})
    for forgotten in list(known)[:-_KEPT]:
        del known[forgotten]
    for lacking, asked in _missing(mine, variants, tasks).items():
        found = _asked(predictor, dialogue, asked, lacking, candidates)
        for name in asked:
            for task in lacking:
                mine[name, task] = [one for one in found if (one.variant, one.task) == (name, task)]
    said = [one for name in variants for task in tasks for one in mine[name, task]]
    ordered = sorted(said, key=lambda one: (variants.index(one.variant), one.turn, tasks.index(one.task)))
    on_screen(predictor, dialogue, ordered, candidates)
    return ordered


def answered(predictor: Predictor, dialogue: Dialogue, *, variants: Sequence[str], tasks: Sequence[str], candidates: Sequence[str] = ()) -> bool:
    """Whether `answers` would ask nothing."""
    known: Known = st.session_state.get("answers_known", {})
    return not _missing(known.get(mark(predictor.card.name, dialogue, *candidates), {}), variants, tasks)


def _asked(predictor: Predictor, dialogue: Dialogue, variants: Sequence[str], tasks: Sequence[str], candidates: Sequence[str]) -> list[Prediction]:
    with waiting("Asking the models …") as tell:
        return predictor.compare(dialogue, variants=variants, tasks=tasks, candidates=candidates, progress=tell)


def forget() -> None:
    """Forget every answer kept for this visitor."""
    st.session_state.pop("answers_known", None)


def mark(*parts: object) -> str:
    """A short name of some values, e.g. of a dialogue with its annotation."""
    return hashlib.sha256("\x1f".join(map(repr, parts)).encode()).hexdigest()[:16]


def _missing(known: dict[tuple[str, str], list[Prediction]], variants: Sequence[str], tasks: Sequence[str]) -> dict[tuple[str, ...], list[str]]:
    """Tasks that lack answers to the variants that lack exactly these."""
    wanted: dict[tuple[str, ...], list[str]] = {}
    for name in variants:
        lacking = tuple(task for task in tasks if (name, task) not in known)
        if lacking:
            wanted.setdefault(lacking, []).append(name)
    return wanted
