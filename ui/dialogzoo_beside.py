"""DialogZoo beside the further pre-trained variants: intent, state and order, answer by answer, with a word on how the questions differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from engine.dialogue.edits import Posed
from engine.serve.base import Answer, Predictor
from engine.serve.questions import gold
from engine.serve.verdicts import in_words as order_in_words
from engine.serve.verdicts import question_of
from engine.serve.zoo import beside as judging
from engine.serve.zoo.base import ZooAnswer, ZooQuestion
from engine.serve.zoo.defaults import last_user
from engine.serve.zoo.export import in_words
from ui.answers import answers, mark
from ui.blocks import badge
from ui.cache import predictor
from ui.choices import several, titles
from ui.dialogzoo_board import Board
from ui.html_table import TableCell, html_table

_TASKS = ("intent", "state_tracking")
_Zoo = Mapping[str, ZooAnswer]
_Orders = Mapping[str, tuple[str, ...]]
_NONE = TableCell(text="–")
_WIDTHS = """<style>.st-key-dialogzoo_beside_table .da-table{table-layout:fixed}
.st-key-dialogzoo_beside_table th:nth-child(1){width:17%}.st-key-dialogzoo_beside_table th:nth-child(2){width:18%}
.st-key-dialogzoo_beside_table th:nth-child(4){width:15%}</style>"""
"""The state takes most of the room."""


def beside(now: Board) -> None:
    """A button that opens the variants, and everybody's answers in one table."""
    st.subheader("Beside the variants of paper 1", anchor=False)
    opened = st.session_state.get("dialogzoo_beside")
    if not opened:
        st.caption("Three tasks are asked of both: INTENT, DST against state tracking, and REO against the objective DUR (order).")
        st.button("Open the variants", key="dialogzoo_beside_open", icon=":material/compare_arrows:",
                  on_click=lambda: st.session_state.update(dialogzoo_beside=True))
        return
    models = predictor()
    names = titles(models.card)
    chosen = several("Variants", names, "dialogzoo_variants")
    posed = judging.three(now.given)
    asked = _questions(now, posed)
    wanted = mark(now.given.dialogue, tuple(chosen), tuple(asked), now.constrained)
    st.button(f"Ask DialogZoo and {len(chosen)} variant{'' if len(chosen) == 1 else 's'}", key="dialogzoo_beside_ask", type="primary",
              icon=":material/play_arrow:", disabled=not chosen, on_click=lambda: st.session_state.update(dialogzoo_beside_asked=wanted))
    if chosen and st.session_state.get("dialogzoo_beside_asked") == wanted:
        with st.spinner("Asking DialogZoo and the variants …"):
            zoo, orders = _said(now, models, asked, posed, chosen, wanted)
        _table(now, models, chosen, names, zoo, orders, posed)


def _table(now: Board, models: Predictor, chosen: Sequence[str], names: Mapping[str, str], zoo: _Zoo, orders: _Orders, posed: Posed | None) -> None:
    said = _variants(now, models, chosen)
    rows = [[TableCell(text=now.model.card.title), _own(zoo.get("intent")), _own(zoo.get("dst")), _zoo_order(zoo.get("reo"), posed)]]
    rows += [[TableCell(text=names[name]), _label(said.get((name, "intent")), zoo.get("intent")), _state(said.get((name, "state_tracking")), zoo.get("dst")),
              _order(orders.get(name), posed)] for name in chosen]
    rows += _gold(now, posed)
    st.html(_WIDTHS)
    html_table(["Who", "Intent", "State", "Order of three"], rows, "dialogzoo_beside_table")
    badge("live", f"{now.model.card.title} and {models.card.name} predictor")
    st.caption("= the same as DialogZoo · ≠ another · in State: slots with the same value of those that either fills · R right, W wrong order. "
               "Asked after the user's last utterance.")
    for sentence in judging.DIFFERENCES:
        st.caption(sentence)


def _questions(now: Board, posed: Posed | None) -> list[ZooQuestion]:
    """What DialogZoo is asked: intent and state as on the board, and the order of three utterances."""
    asked = [question for task in ("intent", "dst") if task in now.rows and (question := now.rows[task].open)]
    return [*asked, *([judging.reordering(posed)] if posed else [])]


def _said(now: Board, models: Predictor, asked: Sequence[ZooQuestion], posed: Posed | None, chosen: Sequence[str], wanted: str) -> tuple[_Zoo, _Orders]:
    """DialogZoo's answers by task, and the variants' orders; asked once, and kept until something else is asked."""
    kept: dict[str, tuple[_Zoo, _Orders]] = st.session_state.setdefault("dialogzoo_beside_kept", {})
    if wanted not in kept:
        kept.clear()
        written = now.model.answer(asked, constrained=now.constrained) if asked else []
        ordered = models.probe(question_of(posed), variants=chosen) if posed else []
        kept[wanted] = {answer.task: answer for answer in written}, {one.variant: one.guess for one in ordered}
    return kept[wanted]


def _variants(now: Board, models: Predictor, chosen: Sequence[str]) -> dict[tuple[str, str], Answer]:
    at = last_user(now.given.dialogue.turns)
    if at is None:
        return {}
    found = answers(models, now.given.dialogue, variants=chosen, tasks=[task for task in _TASKS if task in models.card.tasks])
    return {(one.variant, one.task): one.answer for one in found if one.turn == at}


def _own(answer: ZooAnswer | None) -> TableCell:
    return _NONE if answer is None else TableCell(text=in_words(answer), letter="" if answer.valid else "I")


def _label(answer: Answer | None, zoo: ZooAnswer | None) -> TableCell:
    if not isinstance(answer, str):
        return _NONE
    if zoo is None or not isinstance(zoo.answer, str):
        return TableCell(text=answer)
    same = judging.same_label(answer, zoo.answer)
    return TableCell(text=answer, letter="=" if same else "≠", look="good" if same else "")


def _state(answer: Answer | None, zoo: ZooAnswer | None) -> TableCell:
    if answer is None:
        return _NONE
    state = judging.state_of(answer)
    text = " ; ".join(f"{slot} = {value}" for slot, value in state.items()) or "none"
    if zoo is None or zoo.answer is None:
        return TableCell(text=text)
    alike = judging.agreement(state, judging.state_of(zoo.answer))
    return TableCell(text=text, letter=f"{alike.same}/{alike.slots}")


def _zoo_order(answer: ZooAnswer | None, posed: Posed | None) -> TableCell:
    if answer is None or posed is None:
        return _NONE
    found = judging.ranks(answer, posed)
    return TableCell(text=f"other utterances: {in_words(answer)}", letter="W", look="bad") if found is None else _order(found, posed)


def _order(guess: tuple[str, ...] | None, posed: Posed | None) -> TableCell:
    if guess is None or posed is None:
        return _NONE
    right = guess == posed.right
    return TableCell(text=order_in_words(posed, guess), letter="R" if right else "W", look="good" if right else "bad")


def _gold(now: Board, posed: Posed | None) -> list[list[TableCell]]:
    """What the dialogue's own annotation says, and the true order."""
    at = last_user(now.given.dialogue.turns)
    intent, state = (gold(now.given.dialogue, at, task) for task in _TASKS) if at is not None else (None, None)
    told = " ; ".join(f"{slot} = {value}" for slot, value in judging.state_of(state).items()) or "none" if state is not None else "–"
    return [[TableCell(text="Annotated, or true order"), TableCell(text=str(intent or "–")), TableCell(text=told),
             TableCell(text=order_in_words(posed, posed.right) if posed else "–")]]
