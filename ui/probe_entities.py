"""Controls of ENP: an utterance's words to edit, with the entities that the extractor finds in them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from engine.dialogue.model import Span
from engine.errors import MissingDataError
from ui.blocks import plain
from ui.cache import extractor
from ui.probe_inputs import rewording, utterance
from ui.probe_play import Play

_CSS = """<style>
.da-entities{padding:.5rem .65rem;border-radius:.5rem;line-height:1.9;font-size:.92rem;white-space:pre-wrap;overflow-wrap:anywhere;
 background:color-mix(in srgb,currentColor 6%,transparent)}
.da-entities mark{color:inherit;background:color-mix(in srgb,#2fa37c 26%,transparent);border-bottom:2px solid #2fa37c;border-radius:.25rem;padding:.1rem .2rem}
.da-entities mark b{font-size:.68rem;margin-left:.3rem;letter-spacing:.03em}
</style>"""


def enp(play: Play) -> None:
    """Draw the controls, and the utterance with its entities, whose number is the right answer."""
    at = utterance("Utterance whose entities are counted", play)
    rewording(play)
    text = play.setup.turns[at].text
    try:
        names = extractor()
    except MissingDataError as error:
        st.warning(plain(error.sentence), icon=":material/help:")
        return
    spans = names.entities([text])[0]
    with st.container(key=f"{play.own}_entities"):
        st.html(f'{_CSS}<div class="da-entities">{highlighted(text, spans)}</div>')
    st.caption(plain(f"{len(spans)} {'entity' if len(spans) == 1 else 'entities'} found by {names.card.title} ({names.card.backend}), which gives the right "
                     "answer. Add or take away a name, a number or a time above and see the count move."))


def highlighted(text: str, spans: Sequence[Span]) -> str:
    """The text as HTML, each entity in a mark with the letters of its kind; spans do not overlap.

    >>> highlighted("a <b> in Rome", [Span(start=9, end=13, label="GPE")])
    'a &lt;b&gt; in <mark>Rome<b>GPE</b></mark>'
    """
    parts, at = [], 0
    for span in sorted(spans, key=lambda span: span.start):
        parts.append(f"{escape(text[at:span.start])}<mark>{escape(text[span.start:span.end])}<b>{escape(span.label)}</b></mark>")
        at = span.end
    return "".join([*parts, escape(text[at:])])
