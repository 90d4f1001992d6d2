"""Controls that several objectives share: the chosen utterance, its words, the speakers, the whole dialogue."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from engine.dialogue.model import Turn
from engine.dialogue.setup import reworded, settled
from ui.dialogue_view import label
from ui.probe_play import Play


def utterance(title: str, play: Play, first: int = 0) -> int:
    """The chosen utterance."""
    turns = play.setup.turns
    options = range(first, len(turns))
    at = max(first, min(play.setup.at, len(turns) - 1))
    st.selectbox(title, options, format_func=lambda index: label(turns, index),
                 **play.controlled("at", at, lambda setup, at: replace(setup, at=int(at))))
    return at


def rewording(play: Play) -> None:
    """The chosen utterance's own words, to be edited."""
    at = play.setup.at
    st.text_input("Its words (edit them)", **play.controlled(f"text_{at}", play.setup.turns[at].text, lambda setup, text: reworded(setup, at, text)))


def swap(play: Play, words: str = "Exchanges the markers [USR] and [SYS]; the right answer stays.") -> None:
    """User and system exchanged in the whole dialogue."""
    st.toggle("Swap speakers", help=words, **play.controlled("swap", play.setup.flipped, lambda setup, on: replace(setup, flipped=bool(on))))


def rewriting(play: Play) -> None:
    """The whole dialogue as a grid: words, speakers, utterances added or taken away; a button makes a version of it."""
    on = st.toggle("Edit the dialogue", key=f"{play.own}_edit", persist_state="session")
    if play.setup.turns != play.first.turns:
        st.caption("Words that you rewrote count as the dialogue's own: the right answer supposes that they fit where they stand.")
    if not on:
        return
    turns, key = play.setup.turns, f"{play.own}_rows_{play.lineage.current}"
    frame = pd.DataFrame({"speaker": [turn.speaker for turn in turns], "text": [turn.text for turn in turns]})
    speaker = st.column_config.SelectboxColumn(options=["user", "system"], required=True, width="small")
    changed = st.data_editor(frame, key=key, num_rows="dynamic", hide_index=True, alt="The dialogue, one utterance a row",
                             column_config={"speaker": speaker, "text": st.column_config.TextColumn(required=True, width="large")})
    kept = changed.dropna()
    new = tuple(Turn(speaker=speaker, text=text) for speaker, text in zip(kept["speaker"], kept["text"], strict=True) if text.strip())
    st.button("Use the edited dialogue", icon=":material/check:", key=f"{key}_use", disabled=not new or new == turns, on_click=play.clicked,
              args=(lambda setup: settled(replace(setup, turns=new)),))
