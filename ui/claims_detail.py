"""One statement opened: quotation and place, its predicate in words, the numbers that decide it, and links to their cells."""

from __future__ import annotations

import streamlit as st

from engine.results.claims.base import Gap, Pair, Part
from engine.results.claims.columns import is_cell, title
from engine.results.claims.judge import Judgement
from engine.results.claims.ledger import Entry, deciding, needed
from engine.results.reported import TITLES
from ui.blocks import badge, plain
from ui.figures import signed
from ui.html_table import TableCell, html_table

PARTS = {True: "(Y)", False: "(N)", None: "(–)"}
"""Behind a part's name: whether it is true of the paper's numbers."""
TRUTHS = {True: "Y", False: "N", None: "?"}
"""Before each number: true, not true, cannot be told."""


def opened(entry: Entry) -> None:
    """The statement, its two verdicts, and what decides them."""
    claim = entry.claim
    st.subheader(plain(claim.statement), anchor=False)
    st.markdown(f"> “{plain(claim.quotation)}”")
    st.caption(f"Paper {claim.paper}, {plain(claim.place)}. In code: {plain(claim.predicate.words)}")
    if claim.caution:
        st.info(plain(claim.caution), icon=":material/info:")
    _verdicts(entry)
    html_table(("Part", "Needed", "Paper", "Measured here"), rows(entry), "claims_parts")
    st.caption("Y true, N not true, ? cannot be told, – no number. Of a part with several ways to be true, what settles it is shown. "
               "Intervals are 95 %; a difference counts here where it is significant after Holm's correction over the statement's differences.")
    _links(entry)


def _verdicts(entry: Entry) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        badge("paper", entry.paper.words)
        badge("measured", entry.ours_words)
        if entry.why or entry.paper.reason:
            st.caption(plain("; ".join(filter(None, (entry.paper.reason and f"paper: {entry.paper.reason}", entry.why and f"here: {entry.why}")))))


def rows(entry: Entry) -> list[list[TableCell]]:
    """One row per deciding pair: the part that it belongs to, what is needed, and both numbers; parts that fail come first."""
    found = []
    for place in sorted(range(len(entry.paper.truths)), key=lambda place: entry.paper.truths[place] is True):
        part = entry.claim.predicate.parts[place]
        for number, pair in enumerate(_shown(part, entry)):
            head = f"{part.name} {PARTS[entry.paper.truths[place]]}" if number == 0 else ""
            found.append([TableCell(text=head), TableCell(text=needed(pair, inside=part.name)), _cell(pair, entry.paper), _cell(pair, entry.ours)])
    return found


def _shown(part: Part, entry: Entry) -> list[Pair]:
    """What settles a part on the paper's numbers and on ours; a difference and its reverse are one."""
    pairs = (*deciding(part, entry.paper), *(pair for pair in deciding(part, entry.ours) if entry.ours.gaps[pair]))
    both_ways = {(frozenset((pair.one, pair.other)), pair.column): pair for pair in reversed(pairs)}
    return [pair for pair in dict.fromkeys(pairs) if pair in both_ways.values()]


def _cell(pair: Pair, judgement: Judgement) -> TableCell:
    gap = judgement.gaps[pair]
    if gap is None:
        return TableCell(text="–")
    truth = gap.above(pair.by)
    return TableCell(text=_numbers(gap), letter=TRUTHS[truth], look="good" if truth else "bad" if truth is False else "")


def _numbers(gap: Gap) -> str:
    """Both numbers, their difference, and its interval where there is one."""
    ends = "" if gap.low is None or gap.high is None else f" [{signed(gap.low)}, {signed(gap.high)}]"
    about = f" ({gap.about})" if gap.about else ""
    return f"{gap.value:.2f} and {gap.other:.2f}: {signed(gap.difference)}{ends}{about}"


def _links(entry: Entry) -> None:
    """A way to each cell on the page Task relations, in this session (a raw link would start a new one)."""
    cells = {column: next(name for name, key in entry.claim.cells if key == column) for column in entry.claim.columns if is_cell(column)}
    if not cells:
        return
    st.caption("The cells on the page Task relations:")
    with st.container(horizontal=True, gap="small"):
        for column, variant in cells.items():
            words = f"{TITLES[variant]} on {title(column)}"
            if st.button(words, key=f"claims_open_{column}", type="tertiary"):
                st.switch_page("pages/task_relations.py", query_params={"cell": words})
