"""Reasons, worked out once per visitor and question: asked with progress, kept for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine.serve.base import Predictor
from engine.serve.reasons import Ablation, Attribution
from ui.answers import mark
from ui.waiting import waiting
from ui.why_controls import Why

_KEPT = 12
"""Questions whose reasons one visitor's session keeps."""
SEED = 0
"""Of the sanity check."""


@dataclass(frozen=True, kw_only=True)
class Reasons:
    """One variant's."""

    attribution: Attribution
    ablations: list[Ablation]


def reasons(predictor: Predictor, why: Why, key: str) -> dict[str, Reasons]:
    """What is known already, by variant."""
    return _shelf(f"{key}_kept", (predictor.card.name, why.dialogue, why.task, why.turn, why.target, why.candidates, why.baseline, why.blank,
                                  why.same and why.variants[:1]))


def work_out(predictor: Predictor, why: Why, variants: Sequence[str], key: str) -> None:
    """Explain and ablate what is not known yet of these variants, with progress."""
    known = reasons(predictor, why, key)
    ordered = [name for name in dict.fromkeys((*why.variants[:1], *variants)) if name not in known]
    with waiting("Looking for reasons …") as tell:
        for done, name in enumerate(ordered):
            tell(done / len(ordered), f"{_title(predictor, name)}: one moment …")
            known[name] = _one(predictor, why, name, _target(why, known))


def spoilt(predictor: Predictor, why: Why, key: str) -> dict[str, Attribution]:
    """Attributions of spoilt copies that are known already, by variant."""
    return _shelf(f"{key}_spoilt", (predictor.card.name, why.dialogue, why.task, why.turn, why.target, why.candidates, why.baseline,
                                    why.same and why.variants[:1]))


def spoil(predictor: Predictor, why: Why, found: dict[str, Reasons], key: str) -> None:
    """Explain the same targets by spoilt copies, with progress."""
    known = spoilt(predictor, why, key)
    with waiting("Shuffling weights …") as tell:
        for done, (name, one) in enumerate(found.items()):
            tell(done / len(found), f"{_title(predictor, name)} with shuffled weights …")
            known[name] = predictor.explain(why.dialogue, variants=[name], task=why.task, turn=why.turn, target=one.attribution.target,
                                            candidates=why.candidates, baseline=why.baseline, shuffled=SEED)[0]


def forget(key: str) -> None:
    """Forget what is kept for this visitor."""
    for name in (f"{key}_kept", f"{key}_spoilt"):
        st.session_state.pop(name, None)


def _one(predictor: Predictor, why: Why, name: str, target: str | None) -> Reasons:
    attribution, = predictor.explain(why.dialogue, variants=[name], task=why.task, turn=why.turn, target=target, candidates=why.candidates,
                                     baseline=why.baseline)
    return Reasons(attribution=attribution, ablations=predictor.ablate(why.dialogue, variants=[name], task=why.task, turn=why.turn,
                                                                       target=attribution.target, candidates=why.candidates, blank=why.blank))


def _target(why: Why, known: dict[str, Reasons]) -> str | None:
    first = why.variants[0] if why.variants else ""
    return known[first].attribution.target if why.same and first in known else why.target


def _shelf(name: str, question: tuple[object, ...]) -> dict[str, Any]:
    shelves: dict[str, dict[str, Any]] = st.session_state.setdefault(name, {})
    found = shelves.setdefault(mark(*question), {})
    for old in list(shelves)[:-_KEPT]:
        del shelves[old]
    return found


def _title(predictor: Predictor, name: str) -> str:
    return next(card.title for card in predictor.card.variants if card.name == name)
