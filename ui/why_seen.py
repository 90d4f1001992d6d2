"""What the model really read: the token ruler with its cut, what became of each turn, candidates as they were read."""

from __future__ import annotations

import streamlit as st

from engine.serve.base import Predictor
from engine.serve.reasons import Seen
from ui.blocks import badge, table_twin
from ui.choices import TASKS
from ui.why_controls import Why
from ui.why_rows import fates
from ui.why_tokens import pieces, ruler

MOST_CANDIDATES = 20
"""Candidate responses that are drawn."""


def seen(predictor: Predictor, why: Why, key: str) -> None:
    """The ruler of the first variant in detail; all shipped variants read alike, since they share a tokenizer and a limit."""
    name = (why.variants or (predictor.card.variants[0].name,))[0]
    found = predictor.seen(why.dialogue, variant=name, task=why.task, turn=why.turn, candidates=why.candidates)
    badge("live", f"{predictor.card.name} predictor")
    st.text(story(found, len(why.dialogue.turns)))
    st.caption("Framed in bold: CLS and SEP, which the model adds, and the speaker markers USR and SYS. ## joins a wordpiece to the one before. "
               "Crossed out: cut away. Rest on a token for its utterance and number.")
    with st.container(key=f"{key}_ruler"):
        st.html(ruler(found, why.dialogue.turns))
    for number, response in list(enumerate(found.responses, 1))[:MOST_CANDIDATES]:
        st.caption(f"Candidate {number} as it was read ({len(response)} tokens)")
        st.html(pieces(response, why.dialogue.turns))
    table_twin(fates(found, why.dialogue.turns), f"{key}_fates", "what_was_read")


def story(found: Seen, turns: int) -> str:
    """What was read and what was not, in words."""
    fate = found.fates
    said = [f"{TASKS[found.task]} read {len(found.ids)} tokens (limit {found.limit})"]
    said.append(f"{found.cut:,} were cut away" if found.cut else "nothing was cut away")
    gone, part = ([turn for turn, what in fate.items() if what == kind] for kind in ("cut", "part"))
    if gone:
        said.append(f"{len(gone)} utterance{'s' * (len(gone) > 1)} lost entirely ({_range(gone)})")
    if part:
        said.append(f"utterance {part[0] + 1} in part")
    ahead = found.reads[0] if found.reads else 0
    if ahead:
        said.append(f"the {ahead} before are not part of this question")
    later = turns - 1 - (found.reads[-1] if found.reads else -1)
    if later:
        said.append(f"{later} come{'s' * (later == 1)} later")
    return "; ".join(said) + "."


def _range(turns: list[int]) -> str:
    return f"{turns[0] + 1}" if len(turns) == 1 else f"{turns[0] + 1} to {turns[-1] + 1}"
