"""The controls of What if: which change, and its parameters, drawn from what the change says that it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine.dialogue.counterfactuals import COUNTERFACTUALS
from engine.dialogue.counterfactuals.base import Parameter, Values
from engine.dialogue.counterfactuals.values import choices
from engine.dialogue.model import Dialogue
from ui.choices import listed
from ui.dialogue_view import label


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A change that the visitor has set up."""

    kind: str
    parameters: Values
    seed: int


def wanted(dialogue: Dialogue, key: str, mark: str) -> Wanted:
    """Draw the controls.

    Args:
        dialogue: The version that shall be changed; it has utterances.
        key: Start of the widgets' keys.
        mark: Names the version, so that another one starts afresh.
    """
    kind = listed("Change", {name: COUNTERFACTUALS[name].title for name in COUNTERFACTUALS}, f"{key}_kind")
    counterfactual, own = COUNTERFACTUALS[kind], f"{key}_{kind}_{mark}"
    st.caption(f"{counterfactual.sentence} {COUNTERFACTUALS.note(kind)}")
    given: dict[str, Any] = {}
    for parameter in counterfactual.parameters:
        given[parameter.name] = _DRAWN[parameter.kind](parameter, dialogue, given, f"{own}_{parameter.name}")
    return Wanted(kind=kind, parameters=given, seed=seed(f"{key}_seed") if counterfactual.chance else 1)


def seed(key: str) -> int:
    """A number that the draws depend on, and on nothing else."""
    return int(st.number_input("Seed", 1, 9_999, 1, key=key, help="The same seed draws the same; another one draws anew."))


def _turn(parameter: Parameter, dialogue: Dialogue, given: Mapping[str, Any], key: str) -> int:
    usual = min(len(given), len(dialogue.turns) - 1)  # a second utterance is another one than the first
    return int(st.selectbox(parameter.title, range(len(dialogue.turns)), index=usual, key=key, help=parameter.help or None,
                            format_func=lambda index: label(dialogue.turns, index)))


def _place(parameter: Parameter, dialogue: Dialogue, given: Mapping[str, Any], key: str) -> int:
    last = len(dialogue.turns)
    return int(st.selectbox(parameter.title, range(last + 1), index=min(1, last), key=key,
                            format_func=lambda index: "the end" if index == last else label(dialogue.turns, index)))


def _choice(parameter: Parameter, dialogue: Dialogue, given: Mapping[str, Any], key: str) -> str:
    names = list(parameter.options)
    return str(st.segmented_control(parameter.title, names, default=names[0], required=True, key=key, wrap=True, format_func=parameter.options.__getitem__))


def _share(parameter: Parameter, dialogue: Dialogue, given: Mapping[str, Any], key: str) -> float:
    percent = st.slider(parameter.title, 0, 100, round(100 * parameter.start), step=5, format="%d %%", key=key)
    return percent / 100


def _text(parameter: Parameter, dialogue: Dialogue, given: Mapping[str, Any], key: str) -> str:
    return st.text_input(parameter.title, key=key, help=parameter.help or None)


def _words(parameter: Parameter, dialogue: Dialogue, given: Mapping[str, Any], key: str) -> str:
    at: int = given["turn"]
    return st.text_area(parameter.title, dialogue.turns[at].text, key=f"{key}_{at}", height=80)


def _value(parameter: Parameter, dialogue: Dialogue, given: Mapping[str, Any], key: str) -> str:
    known = choices(dialogue.turns)
    if not known:
        return st.text_input(parameter.title, key=key, placeholder="a word of the dialogue", help="Nothing is annotated here: name a word as it is written.")
    return str(st.selectbox(parameter.title, known, key=key, accept_new_options=True, help=parameter.help) or "")


_DRAWN: Mapping[str, Callable[[Parameter, Dialogue, Mapping[str, Any], str], Any]] = {
    "turn": _turn, "place": _place, "choice": _choice, "share": _share, "text": _text, "words": _words, "value": _value}
"""Kind of parameter to its widget."""
