"""One set of controls per objective: each shows the current version and makes another one of what the visitor changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import streamlit as st

from engine.dialogue import edits
from engine.dialogue.setup import Setup, word_at
from ui.blocks import plain
from ui.dialogue_view import label
from ui.probe_distractors import dcv
from ui.probe_entities import enp
from ui.probe_inputs import rewording, swap, utterance
from ui.probe_play import Play
from ui.sortable import sortable

_ORDERS = {"".join(str(member + 1) for member in order): order for order in permutations(range(edits.GROUP))}
_MANY = 1_500
"""Words above which the list of all words holds those of the chosen utterance alone."""


@dataclass(frozen=True, kw_only=True)
class Objective:
    """How one objective is put to the visitor."""

    title: str
    question: str
    score: str
    """What the score of the right answer is."""
    controls: Callable[[Play], None]


def _mlm(play: Play) -> None:
    turns = play.setup.turns
    at = utterance("Utterance whose words are hidden", play)
    spots = [(at, word) for word in range(len(edits.words(turns[at].text)))]
    chosen = [spot for spot in play.setup.hidden if spot[0] == at]
    st.pills("Its words: press to hide, press again to show", spots, selection_mode="multi", wrap=True, format_func=lambda spot: plain(word_at(turns, spot)),
             **play.controlled(f"pills_{at}", chosen, lambda setup, picks: _hide(setup, [spot for spot in setup.hidden if spot[0] != at] + picks)))
    everything = [(index, word) for index, turn in enumerate(turns) for word in range(len(edits.words(turn.text)))]
    offered = everything if len(everything) <= _MANY else sorted({*play.setup.hidden, *spots})
    st.multiselect("All hidden words", offered, format_func=lambda spot: f"{word_at(turns, spot)} (utterance {spot[0] + 1})",
                   **play.controlled("words", list(play.setup.hidden), _hide))
    _tell_pieces(play)
    swap(play)


def _hide(setup: Setup, picks: Sequence[tuple[int, int]]) -> Setup:
    return replace(setup, hidden=tuple(sorted({(index, word) for index, word in picks})))


def _tell_pieces(play: Play) -> None:
    if play.means.pieces is None:
        return
    hidden = [(word_at(play.setup.turns, spot)) for spot in play.setup.hidden]
    parts = {word: list(play.means.pieces(word)) for word in hidden}
    told = [f"“{word}” is {len(some)} wordpieces ({' '.join(some)}) and has {len(some)} masks" for word, some in parts.items() if len(some) > 1]
    if told:
        st.caption(plain("; ".join(told)) + ". A mask stands for one wordpiece.")


def _dsp(play: Play) -> None:
    utterance("Utterance whose speaker is asked", play)
    swap(play, "Exchanges user and system in the whole dialogue, and so the right answer.")
    if play.setup.flipped:
        st.caption("The right answers are exchanged. The head reads the words without their marker and says the same as before: who was right is wrong now, "
                   "unless the words fit either speaker.")
    rewording(play)


def _crm(play: Play) -> None:
    utterance("Utterance to be found", play, first=1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("Candidates", 2, 10, **play.controlled("count", play.setup.count, lambda setup, count: replace(setup, count=int(count))))
        st.number_input("Draw (seed)", 1, 999, help="Another number draws other utterances of the samples.",
                        **play.controlled("draw", play.setup.draw, lambda setup, draw: replace(setup, draw=int(draw))))
        st.button("Another draw", icon=":material/casino:", key=f"{play.own}_again", on_click=play.clicked,
                  args=(lambda setup: replace(setup, draw=setup.draw % 999 + 1),))
    st.text_area("Your own candidates, one per line", placeholder="I have booked it for you.", height=80,
                 **play.controlled("typed", "\n".join(play.setup.typed), _typed))
    st.caption("The true utterance is always among them; the drawn ones are said by the same speaker in other samples.")
    swap(play)


def _typed(setup: Setup, text: str) -> Setup:
    lines = dict.fromkeys(line.strip() for line in text.splitlines() if line.strip())
    return replace(setup, typed=tuple(lines)[:10])


def _dur(play: Play) -> None:
    setup, turns = play.setup, play.setup.turns
    starts = range(len(turns) - edits.GROUP + 1)
    st.selectbox("First of the three utterances", starts, format_func=lambda index: label(turns, index),
                 **play.controlled("start", min(setup.at, len(starts) - 1), lambda setup, at: replace(setup, at=int(at))))
    sortable(turns[setup.at:setup.at + edits.GROUP], setup.at, setup.order, key=f"{play.own}_drag",
             on_move=lambda order: play.clicked(lambda now: replace(now, order=order)))
    shown = "".join(str(member + 1) for member in setup.order)
    st.segmented_control("Shown order", list(_ORDERS), required=True, wrap=True,
                         help="231: the second utterance is shown first, then the third, then the first.",
                         **play.controlled("order", shown, lambda setup, order: replace(setup, order=_ORDERS[order])))
    if list(setup.order) == sorted(setup.order):
        st.caption("In their own order. The heads never met this in training: groups were always shuffled.")
    swap(play)


OBJECTIVES = {
    "mlm": Objective(title="MLM", question="Which words are hidden?", score="the probability of the hidden wordpiece, the mean where there are several",
                     controls=_mlm),
    "dsp": Objective(title="DSP", question="Who says this, user or system?", score="the probability of the true speaker", controls=_dsp),
    "crm": Objective(title="CRM", question="Which response comes next?", score="the probability of the true response among the candidates", controls=_crm),
    "dcv": Objective(title="DCV", question="Is the dialogue coherent, or were utterances replaced?", score="the probability of the right verdict",
                     controls=dcv),
    "enp": Objective(title="ENP", question="How many entities are in this utterance?", score="the probability of the right count", controls=enp),
    "dur": Objective(title="DUR", question="In which order were these three utterances said?",
                     score="the probability of the whole true order (Plackett-Luce on the head's three scores; chance is 17 %)", controls=_dur),
}
"""Objective name to its controls, in the order of the papers."""
