"""What Why is asked: one task at one utterance, which answer, which variants, and how; all of it but typed words in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from engine.dialogue.model import Dialogue
from engine.serve.base import PredictorCard
from engine.serve.questions import AFTER_USER, all_offered, places
from engine.serve.reasons import Baseline
from ui.blocks import pick, tell_unknown
from ui.choices import TASKS, one, switch, titles
from ui.dialogue_view import LETTERS, label

MOST = 3
"""Variants side by side."""
FIRST = ("bert", "crm", "joint")
"""Shown in detail at first, where they are there."""
START = "dialogue_act"
"""The task at first: it reads the whole history, so that there is something to leave out."""
OWN = "own"
_OWN_WORDS = {"intent": "Own answer", "dialogue_act": "Own surest act", "response_selection": "Own choice", "state_tracking": "Own surest slot"}


@dataclass(frozen=True, kw_only=True)
class Why:
    """One answer to be explained."""

    dialogue: Dialogue
    task: str
    turn: int
    target: str | None
    """As the predictor takes it; None for each variant's own answer."""
    same: bool
    """Whether the first variant's answer is explained in all variants."""
    variants: tuple[str, ...]
    """In detail."""
    candidates: tuple[str, ...]
    baseline: Baseline
    blank: bool


def ask(card: PredictorCard, dialogue: Dialogue, key: str) -> Why | None:
    """The controls; None where the task is asked nowhere in this dialogue."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        with st.container(width="content"):
            task = pick("Task", card.tasks, key=f"{key}_task", words=TASKS, default=START if START in card.tasks else None)
        turn = _turn(dialogue, task, key)
        if turn is None:
            st.info("This task is asked nowhere in this dialogue; choose another task or dialogue.", icon=":material/block:")
            return None
        candidates = _candidates(key) if task == "response_selection" else ()
        target = _target(card, dialogue, task, candidates, key)
        blank, baseline, same = _method(key)
    st.text(f"{'Asked after' if task in AFTER_USER else 'Asked before'} {label(dialogue.turns, turn, 140)}")
    variants = _variants(card, key)
    return Why(dialogue=dialogue, task=task, turn=turn, target=target, same=same, variants=variants, candidates=candidates, baseline=baseline,
               blank=blank)


def _method(key: str) -> tuple[bool, Baseline, bool]:
    with st.popover("Method", icon=":material/tune:"):
        how = one("Ablation", {"drop": "Leave the turn out", "blank": "Mask its words"}, f"{key}_ablation")
        baseline: Baseline = "mask" if one("Baseline of attribution", {"mask": "MASK", "pad": "PAD"}, f"{key}_baseline") == "mask" else "pad"
        st.caption("Attribution follows the model's score from a dialogue whose every word is this token to the dialogue as it is (integrated gradients).")
        same = switch("Explain the first variant's answer in all", f"{key}_same")
    return how == "blank", baseline, same


def _turn(dialogue: Dialogue, task: str, key: str) -> int | None:
    role: Literal["user", "system"] = "user" if task in AFTER_USER else "system"
    known = {str(index): f"{index + 1} {LETTERS[role]}" for index, _ in places(dialogue, (task,))}  # no words of the dialogue in the address
    if not known:
        return None
    with st.container(width=120):
        own = f"{key}_{role}_turn_of_{len(dialogue.turns)}"  # a choice among other turns must not stay in the address
        return int(pick("Utterance", list(known), key=own, words=known, default=list(known)[-1], long=True))


def _candidates(key: str) -> tuple[str, ...]:
    with st.popover("Candidate responses", icon=":material/add_comment:"):
        typed = st.text_area("Further candidate responses, one per line", key=f"{key}_candidates", persist_state="session",
                             help="Response selection chooses among the dialogue's own system turns and these.")
    return tuple(line.strip() for line in typed.splitlines() if line.strip())


def _target(card: PredictorCard, dialogue: Dialogue, task: str, candidates: Sequence[str], key: str) -> str | None:
    offered = dict(enumerate(all_offered(dialogue, candidates), 1))
    known = {f"Candidate {number}": text for number, text in offered.items()} if task == "response_selection" else {n: n for n in card.labels[task]}
    words = {OWN: _OWN_WORDS[task], **{name: name for name in known}}
    with st.container(width=260):
        own = f"{key}_{task}_target" + (f"_of_{len(offered)}" if task == "response_selection" else "")
        chosen = pick("Explain", list(words), key=own, words=words, long=True,
                      help="Of a slot, each variant's own value for it is explained.")
    return known.get(chosen)


def _variants(card: PredictorCard, key: str) -> tuple[str, ...]:
    names = titles(card)
    tell_unknown("Variants in detail", f"{key}_variants", list(names.values()))
    first = [name for name in FIRST if name in names] or list(names)[:MOST]
    chosen = st.pills(f"Variants in detail (at most {MOST})", list(names), selection_mode="multi", default=first, format_func=names.__getitem__,
                      key=f"{key}_variants", bind="query-params", wrap=True)
    found = [name for name in names if name in chosen]
    if len(found) > MOST:
        st.caption(f"The first {MOST} are shown; all stand side by side under “All variants”.")
    return tuple(found[:MOST])
