"""All variants over the turns: a strip of signed sums each, and how alike the strips are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from engine.dialogue.model import Turn
from engine.serve.agreement import with_ablation
from engine.serve.reasons import confidence
from ui import why_rows
from ui.blocks import table_twin
from ui.dialogue_view import LETTERS, label
from ui.figures import signed
from ui.html_table import TableCell, html_table
from ui.why_runs import Reasons

_CSS = """<style>
.da-strips{width:100%;border-collapse:collapse;font-size:.76rem;table-layout:fixed}
.da-strips th,.da-strips td{border:1px solid color-mix(in srgb,currentColor 14%,transparent);padding:.2rem .25rem;text-align:center;
 font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.da-strips th[scope=row]{text-align:left}
.da-strips td.answer{text-align:left}
</style>"""
WIDEST = 24
"""Turns that fit side by side; of more, the last ones are drawn."""


def strips(found: Mapping[str, Reasons], turns: Sequence[Turn], names: Mapping[str, str], key: str) -> None:
    """Draw the strips, what they show in a sentence, and the pairs."""
    read = sorted({turn for one in found.values() for turn in one.attribution.turns})
    st.text(_finding(found, names))
    st.caption("Sum of attribution per utterance, in log-odds: + and blue speak for the variant's answer, − and orange against it; colour is relative to "
               "each variant's strongest utterance. Last column: rank correlation with ablation."
               + (f" Of {len(read)} utterances the last {WIDEST} are drawn." if len(read) > WIDEST else ""))
    with st.container(key=f"{key}_strips"):
        st.html(_table(found, read[-WIDEST:], turns, names))
    st.caption("How alike two variants rank the utterances: Spearman's rank correlation of these sums, over the same utterances.")
    pairs = why_rows.between(found)
    html_table(["", *(names[name] for name in found)], [
        [TableCell(text=names[one]), *(TableCell(text="" if one == other else _short(pairs[one, other].rho, pairs[one, other].n)) for other in found)]
        for one in found], f"{key}_pairs")
    table_twin(why_rows.per_turn(found, turns).drop(columns="turn"), f"{key}_all_twin", "why_all")


def _finding(found: Mapping[str, Reasons], names: Mapping[str, str]) -> str:
    """Which utterance carries most variants."""
    strongest = {name: max(one.attribution.turns, key=lambda turn: abs(one.attribution.turns[turn])) for name, one in found.items() if one.attribution.turns}
    if not strongest:
        return "No utterance was read."
    turn = max(set(strongest.values()), key=lambda turn: (list(strongest.values()).count(turn), turn))
    others = [f"{names[name]} {at + 1}" for name, at in strongest.items() if at != turn]
    said = f"Utterance {turn + 1} weighs most in {len(strongest) - len(others)} of {len(strongest)} variants"
    return f"{said}; elsewhere: {', '.join(others)}." if others else f"{said}."


def _short(rho: float | None, n: int) -> str:
    return signed(rho) if rho is not None else f"n {n}"


def _table(found: Mapping[str, Reasons], read: Sequence[int], turns: Sequence[Turn], names: Mapping[str, str]) -> str:
    heads = "".join(f'<th scope="col" title="{escape(label(turns, turn, 200))}">{turn + 1} {LETTERS[turns[turn].speaker]}</th>' for turn in read)
    body = "".join(_strip(names[name], one, read) for name, one in found.items())
    columns = '<col style="width:7.5rem"><col style="width:12rem">' + "<col>" * len(read) + '<col style="width:5.5rem">'
    return (f'{_CSS}<table class="da-strips"><colgroup>{columns}</colgroup><thead><tr><th scope="col">Variant</th><th scope="col">Answer</th>{heads}'
            f'<th scope="col">Ablation</th></tr></thead><tbody>{body}</tbody></table>')


def _strip(name: str, one: Reasons, read: Sequence[int]) -> str:
    sums = one.attribution.turns
    top = max((abs(value) for value in sums.values()), default=0.0) or 1.0
    target = one.attribution.target
    short = target if len(target) <= 60 else f"{target[:59]}…"
    rho = with_ablation(one.attribution, one.ablations)
    return (f'<tr><th scope="row">{escape(name)}</th><td class="answer" title="{escape(target)}">{escape(short)} '
            f'{confidence(one.attribution.score):.0%}</td>{"".join(_cell(sums.get(turn), top) for turn in read)}<td>{_short(rho.rho, rho.n)}</td></tr>')


def _cell(value: float | None, top: float) -> str:
    if value is None:
        return "<td>–</td>"
    color = "#3b82c4" if value >= 0 else "#e08a2e"
    return f'<td style="background:color-mix(in srgb,{color} {round(60 * abs(value) / top)}%,transparent)">{signed(value)}</td>'
