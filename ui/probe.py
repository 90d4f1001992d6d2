"""The drawn parts of Probe: what is asked, the dialogue as it is shown, each variant's verdict and how it moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from engine.dialogue.edits import MASK, Posed, swap_speakers
from engine.dialogue.model import Dialogue
from engine.dialogue.samples import samples
from engine.dialogue.setup import Means, Setup, pose
from engine.dialogue.text import render
from engine.errors import MissingDataError
from engine.serve.base import Predictor
from engine.serve.verdicts import Share, Verdict, moved, right_in_words
from ui.blocks import badge, pick, table_twin
from ui.cache import extractor
from ui.dialogue_view import bubbles
from ui.html_table import TableCell, html_table
from ui.probe_controls import OBJECTIVES
from ui.probe_inputs import rewriting
from ui.probe_play import Play, linked, opened, trouble
from ui.probe_scores import Step, counted, forget_tally
from ui.probe_strip import strip

_BEFORE = {"parent": "Version before", "original": "Original"}
_TALL = 9
"""Utterances above which the shown dialogue scrolls."""


def playground(predictor: Predictor, dialogue: Dialogue, objective: str) -> tuple[Play, Posed]:
    """Strip of versions, controls, and the dialogue as it is shown; returns the handle on the versions and what is asked.

    Raises:
        InputError: The choices make no question.
    """
    play = opened(dialogue, objective, _means(predictor, dialogue, objective))
    strip(play)
    trouble()
    OBJECTIVES[objective].controls(play)
    rewriting(play)
    linked(play)
    posed = pose(objective, play.setup, play.means)
    _talk(posed, play.setup)
    return play, posed


def _talk(posed: Posed, setup: Setup) -> None:
    """The dialogue as bubbles, with marks on what was changed or is asked."""
    turns, marks = posed.turns, _marks(posed, setup)
    if posed.objective in ("dsp", "enp"):
        st.caption("The dialogue; the model reads the marked utterance alone, without its speaker")
        turns, marks = swap_speakers(setup.turns) if setup.flipped and posed.objective == "dsp" else setup.turns, {setup.at: "asked"}
    else:
        st.caption("The dialogue as it is shown")
    bubbles(turns, f"probe_{posed.objective}_bubbles", marks=marks, height=420 if len(turns) > _TALL else None)


def _means(predictor: Predictor, dialogue: Dialogue, objective: str) -> Means:
    others = [other for other in samples().values() if other.turns != dialogue.turns]
    return Means(others=others, count=_count if objective == "enp" and _has_extractor() else None, pieces=lambda word: predictor.pieces([word])[0])


def _has_extractor() -> bool:
    try:
        extractor()
    except MissingDataError:  # told where the entities are drawn
        return False
    return True


def _count(text: str) -> int:
    return len(extractor().entities([text])[0])


def verdicts(steps: Sequence[Step], names: Mapping[str, str], key: str) -> None:
    """The known right answer, who found it, each score before and now, and the session's tally."""
    now, objective = steps[-1], OBJECTIVES[steps[-1].posed.objective]
    st.text(f"Right answer: {right_in_words(now.posed)}")
    if not now.verdicts:
        st.info("Choose at least one variant.", icon=":material/tune:")
        return
    before = _before(steps, key)
    if before:
        st.text(f"In version {before.number}: {right_in_words(before.posed)}")
    shares = counted(now)
    html_table(["Variant", "Head", "Answer", "Score of the right answer", "Right so far"],
               [_row(names[name], one, before.verdicts.get(name) if before else None, shares.get(name)) for name, one in now.verdicts.items()], f"{key}_table")
    st.caption(f"R right · W wrong · ? not known. Score: {objective.score}; ▲ ▼ percentage points since {_since(before)}. Linear probe: a head trained on the "
               "frozen encoder. Right so far: versions of this objective tried in this session.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Reset the tally", icon=":material/restart_alt:", key=f"{key}_reset", on_click=forget_tally, args=(now.posed.objective,))
        table_twin(frame(steps, names), f"{key}_twin", "probe")


def _since(before: Step | None) -> str:
    return f"version {before.number}" if before else "the version before, once there is one"


def _before(steps: Sequence[Step], key: str) -> Step | None:
    """The version that the current one is compared with, by the visitor's choice."""
    if len(steps) < 2:
        return None
    return steps[-2] if pick("Compare with", list(_BEFORE), key=f"{key}_before", words=_BEFORE) == "parent" else steps[0]


def _row(name: str, now: Verdict, before: Verdict | None, share: Share | None) -> list[TableCell]:
    answer = TableCell(text=now.guess, letter="?" if now.right is None else "R" if now.right else "W",
                       look="" if now.right is None else "good" if now.right else "bad")
    return [TableCell(text=name), TableCell(text=now.head), answer, TableCell(text=moved(before.score if before else None, now.score)),
            TableCell(text=f"{share.right} of {share.tried}" if share else "–")]


def frame(steps: Sequence[Step], names: Mapping[str, str]) -> pd.DataFrame:
    """One row per version and variant."""
    return pd.DataFrame([{"version": step.number, "change": step.change, "right answer": ", ".join(step.posed.right), "variant": names[name],
                          "head": one.head, "answer": one.guess, "right": one.right, "score of right": one.score}
                         for step in steps for name, one in step.verdicts.items()])


def read_by_model(posed: Posed) -> None:
    """The very text that the encoder reads, and the candidates."""
    st.caption("The text that the model reads (its last tokens, where it is long)")
    st.code(_text(posed), language=None, wrap_lines=True, height=160 if len(posed.turns) > _TALL else "content")
    for place, response in enumerate(posed.candidates, 1):
        st.text(f"Candidate {place}: {response}")


def source(predictor: Predictor) -> None:
    """Where the numbers come from."""
    badge("live", f"{predictor.card.name} predictor")


def _marks(posed: Posed, setup: Setup) -> dict[int, str]:
    if posed.group:
        return {place: f"said as number {int(rank) + 1} of the three" for place, rank in zip(posed.group, posed.right, strict=True)}
    word = {"mlm": "words hidden", "dcv": "replaced"}.get(posed.objective, "edited")
    pairs = zip(posed.turns, setup.turns, strict=False)  # a question may be put to fewer turns than were written
    return {place: word for place, (now, before) in enumerate(pairs) if now.text != before.text}


def _text(posed: Posed) -> str:
    one_utterance = posed.objective in ("dsp", "enp")
    text = posed.turns[0].text.lower() if one_utterance else render(posed.turns)
    return text.replace(MASK.lower(), MASK)
