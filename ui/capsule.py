"""The capsule of a page: what is on its screen, as one file that is put together only when the visitor asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial

import streamlit as st

from engine.dialogue.lineage import Lineage
from engine.dialogue.model import Dialogue
from engine.serve.base import Prediction, Predictor
from engine.serve.capsule import Asked, Probed, asked_of, capsule, pack
from ui.blocks import CHOICES

TYPED = ("compare_candidates",)
"""Texts of a visitor that belong to a view and are not in the address."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Answers on the screen, and what they answer."""

    predictor: Predictor
    dialogue: Dialogue
    asked: Asked | None = None
    probed: Probed | None = None
    lineage: Lineage[Dialogue] | None = None
    seed: int | None = None


SHOWN: ContextVar[list[Shown] | None] = ContextVar("shown", default=None)
"""What this run showed so far; the frame sets it for each run."""


def on_screen(predictor: Predictor, dialogue: Dialogue, predictions: Sequence[Prediction] = (), candidates: Sequence[str] = (), *,
              probed: Probed | None = None, lineage: Lineage[Dialogue] | None = None, seed: int | None = None) -> None:
    """Remember answers for the page's capsule; `ui.answers.answers` does it by itself."""
    shown = SHOWN.get()
    if shown is not None:
        asked = asked_of(predictions, candidates) if predictions else None
        new = Shown(predictor=predictor, dialogue=dialogue, asked=asked, probed=probed, lineage=lineage, seed=seed)
        if new not in shown:  # a page may ask for the same answers more than once
            shown.append(new)


def capsule_download(page: str, key: str) -> None:
    """A button that saves what `on_screen` was told of in this run: of several dialogues, the one that was told last."""
    shown = SHOWN.get()
    if not shown:
        return
    of = [one for one in shown if one.dialogue == shown[-1].dialogue]
    typed = {name: st.session_state[name] for name in TYPED if name.startswith(page) and st.session_state.get(name)}
    st.download_button("Capsule", partial(_file, of, page, dict(CHOICES.get() or {}), typed), f"dialatlas-{page}.json", "application/json",
                       icon=":material/package_2:", on_click="ignore", key=f"{key}_capsule",
                       help="One file with the dialogue, all choices, the answers on this screen, weight hashes, versions and a program that asks again. "
                            "The page Capsule opens and verifies it.")


def _file(of: Sequence[Shown], page: str, options: Mapping[str, Sequence[str]], typed: Mapping[str, str]) -> bytes:
    last = of[-1]
    return pack(capsule(last.predictor, last.dialogue, page=page, options=options, typed=typed, lineage=last.lineage, seed=last.seed,
                        asked=[one.asked for one in of if one.asked], probes=[one.probed for one in of if one.probed]))
