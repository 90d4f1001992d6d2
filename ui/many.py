"""The controls of Many dialogues: which dialogues, what is asked; the run in the background with progress and cancel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from engine.dialogue.model import Dialogue
from engine.serve.base import Predictor, PredictorCard
from engine.serve.compact import Answered
from engine.serve.many import DIALOGUES, TURNS, Asked, Draw, Job, State
from ui.blocks import door, plain
from ui.choices import TASKS, listed, one, several, titles
from ui.dialogues_at_hand import ours, own

_FROM = {"own": "Your file", "samples": "Our samples"}
_DRAWS = {"first": "The first", "random": "Drawn at random"}
_USUAL = 30
"""Utterances of each dialogue, where the visitor does not say."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the visitor would run, and beside which variant it is shown."""

    asked: Asked
    baseline: str
    words: str
    """Which dialogues, in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The visitor's last run."""

    job: Job
    words: str
    """Which dialogues were asked about."""

    @property
    def answered(self) -> tuple[Answered, ...]:
        """Whole dialogues only."""
        return self.job.answered


def plan(card: PredictorCard, key: str) -> Plan:
    """Controls for dialogues, variants, tasks and baseline."""
    names = titles(card)
    dialogues, words = _dialogues(key)
    chosen = several("Variants", names, f"{key}_variants")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tasks = several("Tasks", {task: TASKS[task] for task in card.tasks}, f"{key}_tasks")
        with st.container(width=190):
            baseline = listed("Baseline", names, f"{key}_baseline")
    variants = tuple(name for name in names if name in chosen or name == baseline)
    return Plan(asked=Asked(dialogues=dialogues, variants=variants, tasks=tuple(tasks)), baseline=baseline, words=words)


def run_bar(predictor: Predictor, planned: Plan, key: str) -> Kept | None:
    """Run, or the progress of the run that goes on; the last run, once it has ended, with whatever it answered."""
    kept: Kept | None = st.session_state.get(f"{key}_kept")
    if kept and kept.job.state().going:
        st.fragment(_going, run_every=1.0)(key)
        return None
    ready = bool(planned.asked.dialogues and planned.asked.tasks) and len(planned.asked.variants) > 1
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Run", type="primary", icon=":material/play_arrow:", key=f"{key}_run", disabled=not ready)
        st.caption(plain(planned.words), width="content")
    if not ready:
        st.info("Choose at least one task and one variant besides the baseline.", icon=":material/tune:")
    if pressed:
        st.session_state[f"{key}_kept"] = Kept(job=Job(predictor, planned.asked).start(), words=planned.words)
        st.rerun()
    if kept:
        _ended(kept.job.state())
    return kept


def time_left(seconds: float | None) -> str:
    """Words for a time that is only estimated.

    >>> time_left(None), time_left(8), time_left(200), time_left(7_900)
    ('', 'less than a minute left', 'about 3 min left', 'about 2 h left')
    """
    if seconds is None:
        return ""
    if seconds < 60:
        return "less than a minute left"
    return f"about {seconds / 60:.0f} min left" if seconds < 5_400 else f"about {seconds / 3_600:.0f} h left"


def _dialogues(key: str) -> tuple[tuple[Dialogue, ...], str]:
    """The dialogues to ask about, and which those are."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        mine = own()
        with st.container(width="content"):
            source = one("Dialogues", _FROM, f"{key}_from") if mine else "samples"
        there = ours() if source == "samples" else mine
        with st.container(width="content"):
            way = one("Which", _DRAWS, f"{key}_which")
        most = min(len(there), DIALOGUES)
        count = _number("How many", 1, most, most if most <= _USUAL else _USUAL, f"{key}_count_{most}")
        seed = _number("Seed", 0, 10**6, 0, f"{key}_seed") if way == "random" else None
        turns = _number("Utterances of each, at most", 1, TURNS, _USUAL, f"{key}_utterances")
    drawn = Draw(count=count, turns=turns, seed=seed).of(there)
    if not mine:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("These are our samples. A file with many dialogues that you bring is offered here, too.", width="content")
            door("dialogue", "Bring a file")
    return drawn, _words(drawn, there, "our samples" if source == "samples" else "your file", way, seed, turns)


def _number(label: str, low: int, high: int, start: int, key: str) -> int:
    with st.container(width=200):
        return int(st.number_input(label, low, high, start, key=key, persist_state="session", help=f"{low} to {high:,}."))


def _words(drawn: Sequence[Dialogue], there: Sequence[Dialogue], source: str, way: str, seed: int | None, turns: int) -> str:
    how = f"drawn with seed {seed}" if seed is not None else "the first" if len(drawn) < len(there) else "all"
    whole = {dialogue.id: len(dialogue.turns) for dialogue in there}
    cut = sum(len(dialogue.turns) < whole[dialogue.id] for dialogue in drawn)
    cutting = f"; {cut} of them cut after {turns} utterances" if cut else ""
    return f"{len(drawn):,} of {len(there):,} dialogues of {source} ({how}), {sum(len(one.turns) for one in drawn):,} utterances{cutting}."


def _going(key: str) -> None:
    """The progress of a run; draws the whole page anew once it has ended."""
    kept: Kept | None = st.session_state.get(f"{key}_kept")
    state = kept.job.state() if kept else None
    if not kept or not state or not state.going:
        st.rerun()
    waiting = "Waiting for another visitor's run to end …" if state.status == "waiting" else ""
    words = [f"{state.done:,} of {state.of:,} dialogues", state.now, time_left(state.seconds_left)]
    st.progress(state.share, plain(waiting or " · ".join(filter(None, words))))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Cancel", key=f"{key}_cancel", icon=":material/stop:", on_click=kept.job.cancel)
        st.caption("You may leave this page and come back. What is answered stays when you cancel.", width="content")


def _ended(state: State) -> None:
    if state.status == "failed":
        st.error(plain(state.error), icon=":material/error:")
    if state.done < state.of:
        st.caption(f":material/stop: The run ended after {state.done:,} of {state.of:,} dialogues; those are kept.")
