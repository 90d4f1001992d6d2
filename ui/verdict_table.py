"""Right of n (or agreement) of every variant beside the baseline, task by task, with the verdict in words and letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import isnan

import streamlit as st

from engine.results.verdicts import Beside, fewest
from ui.choices import TASKS
from ui.compare_table import CSS

_LETTERS = {"better": "B", "worse": "W", "cannot tell": "~"}
_PARTS = {"state_tracking": "slots", "dialogue_act": "micro F1"}


def verdict_table(found: Sequence[Beside], titles: Mapping[str, str], baseline: str, key: str, *, unit: str) -> None:
    """Draw tasks x variants; ``unit`` is what is counted, in the plural: turns."""
    names = list(dict.fromkeys(one.variant for one in found))
    head = "".join(f'<th scope="col">{escape(titles[name])}{_SMALL.format("baseline") if name == baseline else ""}</th>' for name in names)
    body = "".join(_line([one for one in found if one.task == task], baseline, unit) for task in dict.fromkeys(one.task for one in found))
    with st.container(key=key):
        st.html(f'<style>{CSS}</style><table class="da-verdicts"><thead><tr><th scope="col">Task</th><th scope="col">Counted</th>{head}</tr></thead>'
                f"<tbody>{body}</tbody></table>")


def told(found: Sequence[Beside], titles: Mapping[str, str], baseline: str, *, unit: str) -> str:
    """The verdicts in one or two sentences; honest about how much these rows can tell."""
    tested = [one for one in found if not isnan(one.p)]
    if not tested:
        return f"No gold answer judges a {unit[:-1]} here, so the table says how often each variant answers as {titles[baseline]} does."
    sure = [f"{titles[one.variant]} is {one.verdict} on {TASKS[one.task].lower()}" for one in tested if one.verdict != "cannot tell"]
    across = max(one.dialogues for one in tested)
    needed = fewest(len(tested))
    counted = f"{needed} dialogues in which the same one of the two is ahead" if across > 1 else f"{needed} {unit} that the same one alone has right"
    few = f" With {len(tested)} differences on the screen, a verdict takes at least {counted}."
    if not sure:
        return f"Cannot tell any variant from {titles[baseline]}: all {len(tested)} differences could be chance.{few}"
    return f"{'; '.join(sure)} (than {titles[baseline]}). Of the other {len(tested) - len(sure)} differences we cannot tell.{few if across == 1 else ''}"


def legend(found: Sequence[Beside], titles: Mapping[str, str], baseline: str) -> str:
    """How to read the table."""
    tested = [one for one in found if not isnan(one.p)]
    if not tested:
        return f"Agrees: gives the same answer as {titles[baseline]}."
    many = any(not isnan(one.low) for one in tested)
    one = " Where one dialogue alone has gold: exact McNemar over its turns." if any(isnan(other.low) for other in tested) else ""
    method = ("paired bootstrap over dialogues (95 % interval in percentage points), never surer than a sign test over the dialogues that differ" if many
              else "exact McNemar over the turns of one dialogue, which says nothing of others")
    return (f"Right of n; difference to {titles[baseline]} on the same turns; p: {method}, after Holm's correction over {len(tested)} differences. "
            f"B better, W worse, ~ cannot tell (p not below 0.05).{one if many else ''}")


_SMALL = '<br><span class="da-small">{}</span>'


def _line(some: Sequence[Beside], baseline: str, unit: str) -> str:
    with_gold = any(one.n for one in some)
    counted = f"{some[0].n} of {some[0].rows} {unit}{_SMALL.format('with gold')}" if with_gold else f"{some[0].rows} {unit}{_SMALL.format('no gold')}"
    cells = "".join(_right(one) if with_gold else _agrees(one, baseline) for one in some)
    return f'<tr><th scope="row">{TASKS.get(some[0].task, some[0].task)}</th><td class="gold">{counted}</td>{cells}</tr>'


def _agrees(one: Beside, baseline: str) -> str:
    if one.variant == baseline:
        return "<td>–</td>"
    share = one.agrees / one.rows if one.rows else 0
    return f"<td>{share:.0%} agrees{_SMALL.format(f'{one.agrees} of {one.rows}')}</td>"


def _right(one: Beside) -> str:
    parts = f"{one.hits / one.of:.2f}" if one.task == "dialogue_act" and one.of else f"{one.hits:,}/{one.of:,}"
    whole = f"<b>{one.right}/{one.n}</b> {one.right / one.n:.0%}" if one.n else "–"
    lines = [f"{_PARTS[one.task]} {parts}"] if one.task in _PARTS else []
    if isnan(one.p):
        return f"<td>{whole}{''.join(map(_SMALL.format, lines))}</td>"
    lines.append(f"{_difference(one)} · p {one.p_holm:.2g}")
    look = "same" if one.verdict == "cannot tell" else "differs"
    verdict = f"<br><b>{_LETTERS[one.verdict]}</b> {one.verdict}"
    return f'<td class="{look}">{whole}{"".join(map(_SMALL.format, lines))}{verdict}</td>'


def _difference(one: Beside) -> str:
    if isnan(one.low):
        return _signed(f"{one.only_it - one.only_base:+d}")
    low, high = (_signed(f"{max(-100.0, min(100.0, end)):+.0f}") for end in (one.low, one.high))
    return f"{_signed(f'{one.difference:+.1f}')} [{low}, {high}]"


def _signed(number: str) -> str:
    """A true minus, and no sign of nothing."""
    return "±0" if float(number) == 0 else number.replace("-", "−")
