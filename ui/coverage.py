"""Is this dialogue like the data that the models were trained on? A compact panel above a page's results."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.dialogue.model import Dialogue
from engine.errors import DialAtlasError
from engine.serve.base import Coverage, NearCorpus, Predictor
from ui.answers import mark
from ui.blocks import badge, plain, table_twin
from ui.html_table import TableCell, html_table

_LOOKS = {"inside": (":material/check_circle:", "blue", "Inside"), "at the edge": (":material/warning:", "orange", "At the edge of"),
          "outside": (":material/do_not_disturb_on:", "red", "Outside")}
_KEPT = 24
"""Verdicts that one visitor's session keeps."""
SHOWN = 3
"""Corpora in the panel; the table twin has all."""
WORDS = 12
_UNUSUAL = 0.1


def coverage(models: Predictor, dialogue: Dialogue, key: str) -> None:
    """The verdict in a line, its reasons behind it; the page goes on where there are no statistics."""
    try:
        found = _asked(models, dialogue)
    except DialAtlasError as error:
        st.caption(plain(f"Whether the dialogue is like the training data is not known here: {error.sentence}"))
        return
    icon, colour, words = _LOOKS[found.verdict]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(f"{words} the training domains", icon=icon, color=colour)  # type: ignore[arg-type]
        st.caption(plain(sentence(found)), width="stretch")
    reasons = st.expander("Why: nearest training corpora, length, words", key=f"{key}_why", on_change="rerun")
    if reasons.open:
        with reasons:
            _reasons(models, found, key)


def _reasons(models: Predictor, found: Coverage, key: str) -> None:
    badge("live", f"{models.card.name} predictor, against statistics of {found.made}")
    st.caption(plain(found.rule))
    html_table(["Corpus", "As unusual, overall", "In meaning", "In words", "In length"], [_row(one) for one in found.corpora[:SHOWN]], f"{key}_near")
    st.caption("Each share: how many of the corpus's own held-out dialogues are at least as unusual as this one. 100 % is wholly ordinary, 0 % unlike any.")
    st.caption(plain(_unknown(found)))
    table_twin(frame(found), f"{key}_coverage", "coverage")


def sentence(found: Coverage) -> str:
    """The finding in words, with the reason where it is not inside."""
    near = found.corpora[0]
    close = f"Nearest is {near.title}: closer in meaning than {near.meaning:.0%} of its own held-out dialogues."
    if found.verdict == "inside":
        return f"{close} The models may be expected to answer as their scores say."
    return f"{close} What sets it apart: {_reason(found)}. The models' scores were not measured on such dialogues."


def frame(found: Coverage) -> pd.DataFrame:
    """One row per corpus, nearest first."""
    return pd.DataFrame([{"corpus": one.title, "licence": one.licence, "as unusual overall": one.p, "as far in meaning": one.meaning,
                          "as many unknown words": one.words, "as unusual in length": one.length, "cosine distance": one.distance,
                          "words not frequent there": one.unknown, "held-out dialogues": one.held_out} for one in found.corpora])


def _asked(models: Predictor, dialogue: Dialogue) -> Coverage:
    known: dict[str, Coverage] = st.session_state.setdefault("coverage_known", {})
    name = mark(models.card.name, [(turn.speaker, turn.text) for turn in dialogue.turns])
    if name not in known:
        with st.spinner("Comparing with the training data …"):
            known[name] = models.coverage(dialogue)
    for forgotten in list(known)[:-_KEPT]:
        del known[forgotten]
    return known[name]


def _reason(found: Coverage) -> str:
    """The measures that are unusual beside every corpus; where none is, the most unusual one beside the nearest."""
    told = {"meaning": "its meaning", "words": f"its words ({found.unknown_share:.0%} are frequent in no training corpus)",
            "length": "its length (turns, or words per turn)"}
    everywhere = [name for name in told if max(getattr(one, name) for one in found.corpora) < _UNUSUAL]
    return " and ".join(told[name] for name in everywhere or [min(told, key=lambda name: getattr(found.corpora[0], name))])


def _row(one: NearCorpus) -> list[TableCell]:
    return [TableCell(text=one.title), *(TableCell(text=f"{share:.0%}", look="bad" if share < 0.01 else "", letter="!" if share < 0.01 else "")
                                         for share in (one.p, one.meaning, one.words, one.length))]


def _unknown(found: Coverage) -> str:
    size = f"{found.turns:,} utterances, {found.words:,} words."
    if not found.unknown:
        return f"{size} Every word is frequent in at least one training corpus."
    more = f" and {len(found.unknown) - WORDS:,} more" if len(found.unknown) > WORDS else ""
    return f"{size} Words that are frequent in no training corpus ({len(found.unknown):,}): {', '.join(word[:40] for word in found.unknown[:WORDS])}{more}."
