"""The reader of the page Datasets: one sample as its file has it, beside what a model is given, every word as it was written."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from engine.errors import DialAtlasError
from engine.paths import without_home
from engine.serve.zoo import sets, unify
from engine.serve.zoo.unify import LIMIT, Rows, Unified
from ui.blocks import badge, pick, plain, verbatim
from ui.cache import zoo_sample, zoo_splits, zoo_wordpieces
from ui.choices import one
from ui.dialogue_view import bubbles
from ui.html_table import TableCell, html_table

_COUNTING = {"words": "Words", "pieces": "Wordpieces"}
_START = "dialqa/dream"
_ASKED = "datasets_asked"


def reader(table: pd.DataFrame) -> None:
    """What the pair is, choices, then the sample before and after.

    Args:
        table: `engine.serve.zoo.sets.pairs_table`.
    """
    st.subheader("One sample, before and after", anchor=False)
    pair = pick("Pair", [*sets.pair_names(), *sets.made_names()], key="datasets_pair", default=_START, long=True)
    task, _, dataset = pair.partition("/")
    html_table(("About", pair), [[TableCell(text=name), TableCell(text=words)] for name, words in sets.about(table, pair).items()], "datasets_about")
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        there = {place: words for place, words in unify.PLACES.items() if unify.folder_of(dataset, place)}
        place = one("From", there, "datasets_place")
        splits = zoo_splits(task, dataset, place)
        if not splits:
            st.info("No dialogue of our sample is long enough to make one. Another pair, or the set itself on this machine, has some.",
                    icon=":material/filter_alt_off:")
            return
        split = one("Split", {name: name for name in splits}, "datasets_split")
        most = splits[split]
        number = st.number_input(f"Sample (1 to {most:,})", 1, most, 1, key=f"datasets_number_{pair}_{place}_{split}", width=150)
        counting = one("Tokens counted as", _COUNTING, "datasets_tokens")
        asked = (task, dataset, place, split, int(number))
        if place == "published" and st.button("Read", icon=":material/menu_book:", key="datasets_read", type="primary"):
            st.session_state[_ASKED] = asked
    if "published" not in there:
        st.caption(f"The set itself is not on this machine: `python -m engine data fetch {dataset}` brings it, where its publisher gives it away.")
    if place == "published" and st.session_state.get(_ASKED) != asked:
        st.info("Nothing of the published file has been read. Choose a split and a number, then “Read”.", icon=":material/menu_book:")
        return
    _shown(asked, counting)


def _shown(asked: tuple[str, str, str, str, int], counting: str) -> None:
    try:
        sample = zoo_sample(*asked)
        found = unify.unified(sample, zoo_wordpieces() if counting == "pieces" else unify.words)
    except DialAtlasError as error:
        st.warning(plain(without_home(error.sentence)), icon=":material/menu_book:")
        return
    badge("recorded", "written by us in the published format" if asked[2] == "ours" else "the published file on this machine")
    before, after = st.columns(2, gap="large")
    with before:
        _before(found)
    with after:
        _after(found, counting)


def _before(found: Unified) -> None:
    st.markdown("**Before:** what our reader finds in the file")
    st.text(f"{found.id} ({found.split})")
    st.caption("Dialogue content" if found.turns else "Dialogue content: none")
    if found.turns:
        bubbles(found.turns, "datasets_turns", marks=cuts(found), height=280 if len(found.turns) > 6 else None)
    st.caption(f"External knowledge: {found.knowledge_kind}{', ' + plain(found.knowledge_title) if found.knowledge_title else ''}")
    if found.knowledge.rows:
        _table(found.knowledge, "datasets_knowledge")
    st.caption("Answer")
    _table(found.answer, "datasets_answer")
    if found.choices:
        st.caption(f"All {len(found.choices)} possible answers are known")


def cuts(found: Unified) -> dict[int, str]:
    """Which turns a model does not read whole: index to words."""
    first, whole = len(found.turns) - found.prompt.turns, found.prompt.turns_cut
    return {index: "cut off" if index < first else "its beginning is cut off" for index in range(whole)}


def _after(found: Unified, counting: str) -> None:
    st.markdown("**After:** what a model reads, and what it should write")
    st.caption("Prompt: [task] dialogue content [EK] external knowledge [C] definition of the task")
    _boxed(found.prompt.text, "datasets_prompt")
    st.caption("Target")
    if found.target:
        _boxed(found.target, "datasets_target")
    else:
        st.text("The file leaves the answer empty; the unified dataset leaves this sample out.")
    st.caption(length(found, counting))
    st.caption(f"The definition behind [C] is our wording; the paper's is not published. A backslash keeps a sign of the file from being read as one of "
               f"the format's. Input and output may have {LIMIT} tokens, the end mark included.")


def length(found: Unified, counting: str) -> str:
    """How long prompt and target are, and what was cut, in sentences."""
    unit = "wordpieces of the shipped model" if counting == "pieces" else "words (a model counts wordpieces, which are more)"
    cut = []
    if found.prompt.turns_cut:
        cut.append(f"{found.prompt.turns_cut} of {len(found.turns)} turns were left out or lost their beginning, the oldest first")
    if found.prompt.items_cut:
        titled = f"; {plain(found.knowledge_title)} stands for all" if found.knowledge_title and not found.prompt.items else ""
        cut.append(f"{found.prompt.items_cut} of {found.prompt.items + found.prompt.items_cut} items of knowledge were left out{titled}")
    told = f"Cut at {LIMIT}: {'; '.join(cut)}" if cut else "Nothing was cut"
    long = " The target is too long and loses its end." if found.target_tokens >= LIMIT else ""
    return f"Prompt {found.prompt.tokens:,} and target {found.target_tokens:,} {unit}. {told}.{long}"


def _boxed(text: str, key: str) -> None:
    with st.container(border=True, key=key):
        verbatim(text)


def _table(table: Rows, key: str) -> None:
    rows: Sequence[tuple[str, ...]] = table.rows or (("none",) * len(table.columns),)
    if table.columns == ("text",):
        _boxed(rows[0][0], key)
        return
    with st.container(height=240 if len(rows) > 8 else "content", border=False):
        html_table(table.columns, [[TableCell(text=cell) for cell in row] for row in rows], key)
