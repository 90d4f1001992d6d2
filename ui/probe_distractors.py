"""Controls of DCV: utterances replaced by a draw, by one picked from the samples, or by typed words."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from engine.dialogue.distractors import distractors
from engine.dialogue.setup import SEEDS, Distractor, Setup, redrawn, with_distractor, without_distractor
from engine.errors import InputError
from ui.blocks import plain
from ui.dialogue_view import label
from ui.probe_inputs import swap, utterance
from ui.probe_play import Play


def dcv(play: Play) -> None:
    """Draw the controls; the unchanged dialogue is coherent, one with a distractor is not."""
    turns = play.setup.turns
    st.multiselect("Utterances to replace by others of the same speaker", range(len(turns)), format_func=lambda index: label(turns, index, 40),
                   **play.controlled("replace", [one.index for one in play.setup.distractors], lambda setup, chosen: _chosen(play, setup, chosen)))
    at = utterance("Choose what stands in the place of", play)
    one = next((one for one in play.setup.distractors if one.index == at), None)
    with st.container(border=True):
        _drawn(play, at, one)
        _picked(play, at, one)
        st.text_input("… or type one", placeholder="Words that do not belong here",
                      **play.controlled(f"typed_{at}", one.text if one and one.way == "typed" else "", lambda setup, text: _typed(play, setup, at, text)))
        st.button("Its own words again", icon=":material/restore:", disabled=one is None, key=f"{play.own}_own_{at}", on_click=play.clicked,
                  args=(lambda setup: without_distractor(setup, at),))
    st.caption("Coherent if and only if nothing is replaced: distractors are said by the same speaker in other samples, or are yours.")
    swap(play)


def _chosen(play: Play, setup: Setup, chosen: Sequence[int]) -> Setup:
    """Newly chosen utterances get a draw; those no longer chosen their own words."""
    for one in setup.distractors:
        if one.index not in chosen:
            setup = without_distractor(setup, one.index)
    for index in set(chosen) - {one.index for one in setup.distractors}:
        setup = with_distractor(setup, index, "draw", play.means.others, number=1)
    return setup


def _drawn(play: Play, at: int, one: Distractor | None) -> None:
    seed = one.number if one and one.way == "draw" else None

    def draw(setup: Setup, number: int | None) -> Setup:
        return with_distractor(setup, at, "draw", play.means.others, number=int(number)) if number else setup

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("Draw (seed)", 1, SEEDS, placeholder="none", **play.controlled(f"seed_{at}", seed, draw))
        st.button("Another draw" if seed else "Draw one", icon=":material/casino:", key=f"{play.own}_again_{at}", on_click=play.clicked,
                  args=(lambda setup: redrawn(setup, at, play.means.others, seed or 0),))


def _picked(play: Play, at: int, one: Distractor | None) -> None:
    try:
        pool = distractors(play.setup.turns, at, play.means.others)
    except InputError as error:
        st.caption(plain(error.sentence))
        return
    place = one.number if one and one.way == "picked" else None
    st.selectbox("… or pick one of the samples", range(1, len(pool) + 1), format_func=lambda number: pool[number - 1], placeholder=f"{len(pool)} utterances",
                 **play.controlled(f"pick_{at}", place, lambda setup, number: with_distractor(setup, at, "picked", play.means.others, number=number)
                                   if number else setup))


def _typed(play: Play, setup: Setup, at: int, text: str) -> Setup:
    return with_distractor(setup, at, "typed", play.means.others, text=text.strip()) if text.strip() else without_distractor(setup, at)
