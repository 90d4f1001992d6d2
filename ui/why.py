"""The drawn parts of Why: reasons of a few variants side by side, the sanity check, all variants in strips, what was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from engine.serve.agreement import of_words, with_ablation
from engine.serve.base import Predictor
from engine.serve.reasons import Attribution, confidence
from ui import why_figures, why_rows
from ui.blocks import badge, plain, table_twin
from ui.choices import titles
from ui.dialogue_view import label
from ui.figures import signed
from ui.html_table import TableCell, html_table
from ui.why_controls import Why
from ui.why_runs import Reasons, reasons, spoil, spoilt, work_out
from ui.why_seen import seen
from ui.why_strips import strips
from ui.why_tokens import LEGEND, coloured


def details(predictor: Predictor, why: Why, key: str) -> None:
    """Tokens, turns and ablation of the variants in detail."""
    if not why.variants:
        st.info("Choose at least one variant.", icon=":material/tune:")
        return
    names = titles(predictor.card)
    if st.button("Run", type="primary", icon=":material/play_arrow:", key=f"{key}_run"):
        work_out(predictor, why, why.variants, key)
    known = reasons(predictor, why, key)
    found = {name: known[name] for name in why.variants if name in known}
    if len(found) < len(why.variants):
        st.info("Press Run: every token is traced through the model, and every utterance is left out once. A few seconds per variant.",
                icon=":material/play_arrow:")
    if found:
        badge("live", f"{predictor.card.name} predictor")
        for name, one in found.items():
            st.text(why_rows.finding(names[name], one))
        _tokens(found, why, names, key)
        _turns(found, why, names, key)
        _sanity(predictor, found, why, names, key)


def everyone(predictor: Predictor, why: Why, key: str) -> None:
    """All variants as strips over the turns."""
    names = titles(predictor.card)
    if st.button("Explain all variants", type="primary", icon=":material/play_arrow:", key=f"{key}_run_all"):
        work_out(predictor, why, list(names), key)
    known = reasons(predictor, why, key)
    found = {name: known[name] for name in names if name in known}
    if len(found) < len(names):
        st.info(f"{len(found)} of {len(names)} variants are explained; the button asks the others.", icon=":material/play_arrow:")
    if found:
        badge("live", f"{predictor.card.name} predictor")
        strips(found, why.dialogue.turns, names, key)


VIEWS: dict[str, tuple[str, Callable[[Predictor, Why, str], None]]] = {
    "detail": ("Why this answer", details), "all": ("All variants", everyone), "seen": ("What the model read", seen)}
"""The page's views; only the chosen one is worked out."""


def _tokens(found: Mapping[str, Reasons], why: Why, names: Mapping[str, str], key: str) -> None:
    st.caption(f"{LEGEND}. Numbers are log-odds: 0 is a confidence of 50 %, +2 of 88 %, −2 of 12 %.")
    for column, (name, one) in zip(st.columns(len(found), gap="medium"), found.items(), strict=True):
        with column, st.container(key=f"{key}_tokens_{name}"):
            st.markdown(f"**{plain(names[name])}**: {plain(one.attribution.target)}, {confidence(one.attribution.score):.0%}{_unsaid(one.attribution)}")
            st.html(coloured(one.attribution, why.dialogue.turns))
            st.caption(_sums(one.attribution))


def _unsaid(one: Attribution) -> str:
    """A word on an act that is not among the answer's: each is said above one half only."""
    return " (not said: below 50 %)" if one.task == "dialogue_act" and one.score <= 0 else ""


def _sums(one: Attribution) -> str:
    """How far the numbers can be trusted: what they add up to, and by how much they miss it."""
    words = "masked" if one.baseline == "mask" else "replaced by PAD"
    said = (f"Log-odds {signed(one.score)}; {signed(one.baseline_score)} ({confidence(one.baseline_score):.0%}) with every word {words}. The tokens share out "
            f"the difference of {signed(one.score - one.baseline_score)} and miss it by {abs(one.delta):.4f} ({one.steps} steps).")
    return said if one.complete else f"{said} **That is too much: do not rely on these numbers.**"


def _turns(found: Mapping[str, Reasons], why: Why, names: Mapping[str, str], key: str) -> None:
    frame, turns = why_rows.per_turn(found, why.dialogue.turns), why.dialogue.turns
    st.subheader("Utterance by utterance", anchor=False)
    st.caption("Attribution: the sum over an utterance's tokens. Ablation: how far the log-odds fall when the question is asked "
               + ("with its words masked." if why.blank else "without the utterance.") + " Both: right speaks for the answer, left against it.")
    st.plotly_chart(why_figures.turn_bars(frame, turns, names), key=f"{key}_bars", config=why_figures.CONFIG)
    agreeing = " · ".join(f"{plain(names[name])} {with_ablation(one.attribution, one.ablations).words}" for name, one in found.items())
    st.caption(f"Do both rank the utterances alike? Spearman's rank correlation: {agreeing}. They answer different questions, so a low one is no fault.")
    if any(one.ablations for one in found.values()):
        html_table(["Without", *(names[name] for name in found)],
                   [[TableCell(text=label(turns, turn, 44)), *(_without(one, turn) for one in found.values())] for turn in _left_out(found)], f"{key}_without")
    elif why.task == "intent":
        st.caption("Intent is asked of this utterance alone: no earlier one is read, so none can be left out. Masking its words is still possible.")
    table_twin(frame.drop(columns="turn"), f"{key}_twin", "why")


def _left_out(found: Mapping[str, Reasons]) -> list[int]:
    return sorted({ablation.dropped for one in found.values() for ablation in one.ablations})


def _without(one: Reasons, turn: int) -> TableCell:
    missing = next((ablation for ablation in one.ablations if ablation.dropped == turn), None)
    if missing is None:
        return TableCell(text="not read")
    changed = missing.answer_after != missing.answer_before
    moved = f"{confidence(missing.before):.0%} → {confidence(missing.after):.0%}, {why_rows.became(missing)}"
    return TableCell(text=moved, letter="≠" if changed else "", look="bad" if changed else "")


def _sanity(predictor: Predictor, found: Mapping[str, Reasons], why: Why, names: Mapping[str, str], key: str) -> None:
    st.subheader("Sanity", anchor=False)
    st.caption("Does the attribution show the model, or only the text? A copy whose head and top layer have shuffled weights explains the same answer: its "
               "attribution should look different, so a correlation near 0 is good (Adebayo et al. 2018).")
    if st.button("Run the sanity check", icon=":material/shuffle:", key=f"{key}_sanity"):
        spoil(predictor, why, dict(found), key)
    known = spoilt(predictor, why, key)
    rows = [[TableCell(text=names[name]), TableCell(text=known[name].shuffled), TableCell(text=of_words(one.attribution, known[name]).words),
             TableCell(text=of_words(one.attribution, known[name], sizes=True).words)] for name, one in found.items() if name in known]
    if rows:
        html_table(["Variant", "Shuffled", "Rank correlation", "Of sizes, without signs"], rows, f"{key}_sane")
