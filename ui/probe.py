"""The drawn parts of Probe: the dialogue to change, what the model sees, and each variant's answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from engine.dialogue.edits import MASK, Posed, agrees
from engine.dialogue.model import Dialogue, Turn
from engine.dialogue.samples import samples
from engine.dialogue.text import render
from engine.serve.base import Predictor, ProbeAnswer, ProbeQuestion
from ui.blocks import table_twin
from ui.dialogue_view import bubbles
from ui.html_table import TableCell, html_table
from ui.probe_controls import OBJECTIVES


def pose(dialogue: Dialogue, objective: str, key: str) -> Posed:
    """The objective's controls; keys follow the dialogue, so that another one starts afresh."""
    mark = hashlib.sha256(render(dialogue.turns).encode()).hexdigest()[:8]
    own = f"{key}_{objective}_{mark}"
    others = [other for other in samples().values() if other.turns != dialogue.turns]
    return OBJECTIVES[objective].controls(_edited(dialogue, f"{key}_{mark}"), others, own)


def shown(posed: Posed, original: Sequence[Turn], key: str) -> None:
    """The changed dialogue as bubbles, with marks on what was changed."""
    st.caption("The dialogue as it is shown")
    bubbles(posed.turns, f"{key}_bubbles", marks=_marks(posed, original))


def read_by_model(posed: Posed) -> None:
    """The very text that the encoder reads, and the candidates."""
    st.caption("The text that the model reads")
    st.code(_text(posed), language=None, wrap_lines=True)
    for place, response in enumerate(posed.candidates, 1):
        st.text(f"Candidate {place}: {response}")


def answers(predictor: Predictor, posed: Posed, variants: Sequence[str], key: str) -> list[ProbeAnswer]:
    """Every chosen variant's answer; asked again only when the question changes."""
    question = ProbeQuestion(objective=posed.objective, turns=posed.turns, candidates=posed.candidates, group=posed.group)
    asked = (question, tuple(variants))
    if st.session_state.get(f"{key}_asked") != asked:
        with st.spinner("Asking the models …"):
            st.session_state[f"{key}_answers"] = predictor.probe(question, variants=variants)
        st.session_state[f"{key}_asked"] = asked
    return list(st.session_state[f"{key}_answers"])


def verdicts(posed: Posed, found: Sequence[ProbeAnswer], names: Mapping[str, str], key: str) -> None:
    """The known right answer, and who found it: R right, W wrong."""
    st.text(f"Right answer: {_right(posed)}")
    if not found:
        st.info("Choose at least one variant.", icon=":material/tune:")
        return
    columns = _columns(posed)
    html_table(["Variant", "Head", *columns, *["Right"] * (len(columns) > 1)],
               [_line(posed, one, names[one.variant]) for one in found], f"{key}_table")
    st.caption("R right · W wrong · ? not known · % the head's probability. A linear probe is a head trained on the frozen encoder.")
    table_twin(_frame(posed, found, names), f"{key}_twin", "probe")


def _edited(dialogue: Dialogue, key: str) -> list[Turn]:
    """The dialogue's turns, or the visitor's rewritten ones."""
    turns = [Turn(speaker=turn.speaker, text=turn.text) for turn in dialogue.turns]
    if not st.toggle("Edit the dialogue", key=f"{key}_edit"):
        return turns
    frame = pd.DataFrame({"speaker": [turn.speaker for turn in turns], "text": [turn.text for turn in turns]})
    speaker = st.column_config.SelectboxColumn(options=["user", "system"], required=True, width="small")
    changed = st.data_editor(frame, key=f"{key}_rows", num_rows="dynamic", hide_index=True, alt="The dialogue, one utterance a row",
                             column_config={"speaker": speaker, "text": st.column_config.TextColumn(required=True, width="large")})
    kept = changed.dropna()
    return [Turn(speaker=speaker, text=text) for speaker, text in zip(kept["speaker"], kept["text"], strict=True)]


def _marks(posed: Posed, original: Sequence[Turn]) -> dict[int, str]:
    if posed.objective in ("dsp", "enp"):
        return {}
    if posed.group:
        return {place: f"said as number {int(rank) + 1} of the three" for place, rank in zip(posed.group, posed.right, strict=True)}
    word = {"mlm": "words hidden", "dcv": "replaced"}.get(posed.objective, "edited")
    pairs = zip(posed.turns, original, strict=False)  # a question may be put to fewer turns than were written
    return {place: word for place, (now, before) in enumerate(pairs) if now.text != before.text}


def _text(posed: Posed) -> str:
    one_utterance = posed.objective in ("dsp", "enp")
    text = posed.turns[0].text.lower() if one_utterance else render(posed.turns)
    return text.replace(MASK.lower(), MASK)


def _right(posed: Posed) -> str:
    if not posed.right:
        return "not known"
    if posed.objective == "dur":
        return ", ".join(f"place {place} was number {int(rank) + 1}" for place, rank in enumerate(posed.right, 1))
    return ", ".join(posed.right)


def _columns(posed: Posed) -> list[str]:
    if posed.objective == "mlm":
        return [f"Mask {place}" for place in range(1, len(posed.right) + 1)]
    if posed.objective == "dur":
        return [f"Shown {place}" for place in range(1, len(posed.group) + 1)]
    return ["Answer"]


def _guess(posed: Posed, guess: str) -> str:
    if posed.objective == "dur":
        return f"number {int(guess) + 1}"
    return f"{posed.candidates.index(guess) + 1}: {guess}" if guess in posed.candidates else guess


def _items(posed: Posed, answer: ProbeAnswer) -> list[tuple[str, float | None, bool | None]]:
    """Guess, probability and whether it is right, for each thing asked."""
    right: Sequence[str | None] = posed.right or (None,) * len(answer.guess)
    return [(guess, scores.get(guess), None if true is None else agrees(true, guess))
            for guess, scores, true in zip(answer.guess, answer.scores, right, strict=True)]


def _line(posed: Posed, answer: ProbeAnswer, name: str) -> list[TableCell]:
    items = _items(posed, answer)
    cells = [_cell(_guess(posed, guess), chance, good) for guess, chance, good in items]
    if len(items) > 1:
        cells.append(TableCell(text=f"{sum(bool(good) for *_, good in items)} of {len(items)}"))
    return [TableCell(text=name), TableCell(text=answer.head), *cells]


def _cell(guess: str, chance: float | None, good: bool | None) -> TableCell:
    if good is None:
        return TableCell(text=guess, letter="?", share=chance)
    return TableCell(text=guess, letter="R" if good else "W", share=chance, look="good" if good else "bad")


def _frame(posed: Posed, found: Sequence[ProbeAnswer], names: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame([
        {"variant": names[answer.variant], "head": answer.head, "asked": column, "guess": guess, "probability": chance, "right": good}
        for answer in found for column, (guess, chance, good) in zip(_columns(posed), _items(posed, answer), strict=True)])
