"""The first page: one dialogue already answered by every variant, what was found so far, and a door to everything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.dialogue.samples import samples
from engine.errors import DialAtlasError
from engine.results.report import BASELINE, finding
from engine.results.reported import TITLES
from engine.results.settings import settings
from engine.results.store import read
from engine.serve.base import Prediction, Predictor
from engine.serve.judged import Judged, judged
from ui import cache
from ui.answers import answers
from ui.blocks import badge, door, plain
from ui.choices import titles
from ui.compare_rows import written
from ui.dialogue_view import bubbles
from ui.html_table import TableCell, html_table

SAMPLE, UNTIL = "thai restaurant", 5
"""The worked example: a sample, and how many of its utterances are read."""
_TASK = "state_tracking"

DOORS = {
    "Which task helps which?": {
        "task_relations": "The papers' gains and ours, cell by cell, with what stands behind each.",
        "claims": "Every statement of the two papers, held against their numbers and ours.",
        "predict": "Can a gain be told before fine-tuning?",
    },
    "What do they say to my dialogue?": {
        "dialogue": "Bring your own, in any usual format.",
        "compare": "Four tasks, all variants, differences marked.",
        "state": "What the user wants, turn by turn; edit it and replay.",
        "many": "A whole file, with verdicts.",
    },
    "Why, and what if?": {
        "why": "Which words and which utterances an answer rests on.",
        "what_if": "Change the dialogue: which answers move, and should they?",
        "probe": "Drag, replace, mask: the right answer is known; who finds it?",
        "capsule": "A saved view, checked number by number.",
    },
}
"""Heading to pages (names of files in ``pages/``) with what each is for."""


def example() -> DeltaGenerator:
    """The worked example's dialogue; returns the place beside it, which is for the answers."""
    left, right = st.columns([4, 5], gap="large")
    with left:
        bubbles(samples()[SAMPLE].turns[:UNTIL], "start_dialogue")
        variants()
    return right


def answered(models: Predictor) -> None:
    """Every variant's reading of the example; waits for the models."""
    st.markdown("**What does this user want?** Every variant has read the same words; only their further pre-training differs.")
    names = titles(models.card)
    try:
        said = answers(models, samples()[SAMPLE].until(UNTIL), variants=list(names), tasks=[_TASK])
    except DialAtlasError as error:
        st.error(plain(error.sentence), icon=":material/error:")
        return
    _table([one for one in said if one.turn == UNTIL - 1], names, models.card.labels)
    badge("live", f"{models.card.name} predictor")


def _table(said: list[Prediction], names: dict[str, str], labels: Mapping[str, Sequence[str]]) -> None:
    gold = said[0].gold if said else None
    verdicts = judged(said, labels)
    right = [one for one, verdict in zip(said, verdicts, strict=True) if verdict and verdict.right]
    if gold is not None:
        st.caption(f"{len(right)} of {len(said)} variants have the whole state right: {', '.join(names[one.variant] for one in right) or 'none'}. "
                   "One dialogue shows how it works; it is no evidence (that is on the pages below).")
    rows = [[TableCell(text="Gold"), TableCell(text=written(gold))]] if gold is not None else []
    rows += [[TableCell(text=names[one.variant]), _cell(one, verdict)] for one, verdict in zip(said, verdicts, strict=True)]
    html_table(["Variant", "Dialogue state after the last utterance"], rows, "start_states")


def _cell(one: Prediction, verdict: Judged | None) -> TableCell:
    if verdict is None:
        return TableCell(text=written(one.answer))
    return TableCell(text=written(one.answer), letter="R" if verdict.right else "W", look="good" if verdict.right else "bad")


def found() -> None:
    """What the paper says, and what was measured here, in a sentence each."""
    with st.container(border=True):
        badge("paper", "Qiu, Zhang and Zhou, 2021")
        st.markdown("Further pre-training on the right task lifts BERT on dialogue tasks, and which task is right depends on the *abilities* and the "
                    "*structure* that the two share.")
    known = settings(read())
    if not known:
        return
    with st.container(border=True):
        table = cache.compared(BASELINE, known[0])
        badge("measured", str(known[0]))
        several = table[table["seeds"] > 1]
        st.markdown(plain(finding(several if len(several) else table)))


def doors() -> None:
    """A link to every page, with a sentence."""
    for column, (heading, pages) in zip(st.columns(len(DOORS), gap="large"), DOORS.items(), strict=True):
        with column:
            st.subheader(heading, anchor=False)
            for name, purpose in pages.items():
                door(name)
                st.caption(purpose)


def variants() -> None:
    """The nine names for who meets them first here."""
    single = ", ".join(TITLES[name] for name in ("dsp", "crm", "dcv", "enp", "dur"))
    st.caption(plain(f"{TITLES['bert']} is the plain base. {TITLES['mlm']} was further pre-trained on dialogues with masked words alone; {single} with one "
                     f"dialogue task beside that, {TITLES['joint']} with entity numbers and response matching, {TITLES['enp_no_mlm']} with entity numbers "
                     "alone."))
