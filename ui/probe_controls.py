"""One set of controls per objective: each lets the visitor change the dialogue and returns what is asked, with its right answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from random import Random

import streamlit as st

from engine.dialogue import edits
from engine.dialogue.edits import Posed
from engine.dialogue.model import Dialogue, Turn
from engine.errors import InputError, MissingDataError
from ui.blocks import plain
from ui.cache import extractor
from ui.dialogue_view import label

_ORDERS = {"".join(str(member + 1) for member in order): order for order in permutations(range(edits.GROUP))}


@dataclass(frozen=True, kw_only=True)
class Objective:
    """How one objective is put to the visitor."""

    title: str
    question: str
    controls: Callable[[Sequence[Turn], Sequence[Dialogue], str], Posed]
    """Draws controls for (turns, other dialogues, key) and returns what is asked."""


def _mlm(turns: Sequence[Turn], others: Sequence[Dialogue], key: str) -> Posed:
    spots = [(index, word) for index, turn in enumerate(turns) for word in range(len(edits.words(turn.text)))]
    if not spots:
        raise InputError("the dialogue holds no word", remedy="choose or type another one")
    longest = max(spots, key=lambda spot: len(_word(turns, spot)))
    picks = st.multiselect("Words to hide", spots, default=[longest], key=f"{key}_words",
                           format_func=lambda spot: f"{_word(turns, spot)} (utterance {spot[0] + 1})")
    return _swapped(edits.mask_words(turns, picks), key)


def _dsp(turns: Sequence[Turn], others: Sequence[Dialogue], key: str) -> Posed:
    index = _utterance("Utterance whose speaker is asked", turns, key)
    return edits.speaker_of(_reworded(turns, index, key), index)


def _crm(turns: Sequence[Turn], others: Sequence[Dialogue], key: str) -> Posed:
    index = _utterance("Utterance to be found", turns, key, first=1)
    count = int(st.number_input("Candidates", 2, 10, 4, key=f"{key}_count"))
    return _swapped(edits.offer_candidates(turns, index, others, count=count, rng=_draw(key)), key)


def _dcv(turns: Sequence[Turn], others: Sequence[Dialogue], key: str) -> Posed:
    chosen = st.multiselect("Utterances to replace by others of the same speaker", range(len(turns)), key=f"{key}_replace",
                            default=[len(turns) // 2], format_func=lambda index: label(turns, index, 40))
    return _swapped(edits.replace_utterances(turns, chosen, others, _draw(key)), key)


def _enp(turns: Sequence[Turn], others: Sequence[Dialogue], key: str) -> Posed:
    index = _utterance("Utterance whose entities are counted", turns, key)
    changed = _reworded(turns, index, key)
    try:
        names = extractor()
        st.caption(plain(f"The right answer is what {names.card.title} finds ({names.card.backend})."))
        return edits.count_entities(changed, index, lambda text: len(names.entities([text])[0]))
    except MissingDataError as error:
        st.warning(plain(error.sentence), icon=":material/help:")
        return Posed(objective="enp", turns=(changed[index],), right=())


def _dur(turns: Sequence[Turn], others: Sequence[Dialogue], key: str) -> Posed:
    if len(turns) < edits.GROUP:
        raise InputError(f"the dialogue has fewer than {edits.GROUP} utterances", remedy="choose or type a longer one")
    starts = range(len(turns) - edits.GROUP + 1)
    start = st.selectbox("First of the three utterances", starts, index=len(starts) // 2, key=f"{key}_start",
                         format_func=lambda index: label(turns, index))
    order = st.segmented_control("Shown order", list(_ORDERS), default="231", required=True, key=f"{key}_order", wrap=True,
                                 help="231: the second utterance is shown first, then the third, then the first.")
    return _swapped(edits.shuffle_group(turns, start or 0, _ORDERS[str(order)]), key)


OBJECTIVES = {
    "mlm": Objective(title="MLM", question="Which words are hidden?", controls=_mlm),
    "dsp": Objective(title="DSP", question="Who says this, user or system?", controls=_dsp),
    "crm": Objective(title="CRM", question="Which response comes next?", controls=_crm),
    "dcv": Objective(title="DCV", question="Is the dialogue coherent, or were utterances replaced?", controls=_dcv),
    "enp": Objective(title="ENP", question="How many entities are in this utterance?", controls=_enp),
    "dur": Objective(title="DUR", question="In which order were these three utterances said?", controls=_dur),
}
"""Objective name to its controls, in the order of the papers."""


def _word(turns: Sequence[Turn], spot: tuple[int, int]) -> str:
    text = turns[spot[0]].text
    places = edits.words(text)
    return text[slice(*places[spot[1]])] if spot[1] < len(places) else ""


def _utterance(title: str, turns: Sequence[Turn], key: str, first: int = 0) -> int:
    if len(turns) <= first:
        raise InputError("the dialogue is too short for this", remedy="choose or type a longer one")
    options = range(first, len(turns))
    return int(st.selectbox(title, options, index=len(options) // 2, key=f"{key}_at", format_func=lambda index: label(turns, index)))


def _reworded(turns: Sequence[Turn], index: int, key: str) -> list[Turn]:
    """The dialogue with the text of one utterance as the visitor edits it."""
    text = st.text_input("Its words (edit them)", turns[index].text, key=f"{key}_text_{index}")
    return [Turn(speaker=turn.speaker, text=text if at == index else turn.text) for at, turn in enumerate(turns)]


def _swapped(posed: Posed, key: str) -> Posed:
    """The same question with user and system exchanged where the visitor wants it; the right answer stays."""
    if not st.toggle("Swap speakers", key=f"{key}_swap", help="Exchanges the markers [USR] and [SYS]; the right answer stays."):
        return posed
    return replace(posed, turns=edits.swap_speakers(posed.turns))


def _draw(key: str) -> Random:
    return Random(int(st.number_input("Draw", 1, 999, 1, key=f"{key}_draw", help="Another number draws other utterances.")))
