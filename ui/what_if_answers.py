"""Answers before and after a change: one row per question, one column per variant, and what should have happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd
import streamlit as st

from engine.dialogue.model import Dialogue
from engine.errors import InputError
from engine.serve.base import Answer, Prediction, Predictor
from engine.serve.judged import confidence, same
from engine.serve.moves import Move
from ui.blocks import badge, table_twin
from ui.choices import TASKS, one, titles
from ui.compare_rows import changes, written
from ui.dialogue_view import LETTERS
from ui.html_table import TableCell, html_table
from ui.what_if import Asked
from ui.what_if_session import Work

LEGEND = ("= stayed · F flipped though it should have stayed · G follows the gold answer · G+ follows it, but moved elsewhere too · N does not follow it · "
          "M moved, not known whether it should · % confidence, of the least sure part")
_SHOWS = {"moved": "Only what moved", "all": "All questions"}
_MOST = 150
"""Rows on the screen."""
_SHORT = 60
_CSS = "<style>.st-key-{key}_answers .da-table tbody th{{min-width:5.6rem;overflow-wrap:normal}}.st-key-{key}_answers .da-table{{font-size:.76rem}}</style>"
_SHOULD = {"stay": "should stay", "follow": "should follow", "unknown": "not known"}
Place = tuple[int | None, int | None, str]
"""Index before, index after, task."""


def before_and_after(predictor: Predictor, work: Work, asked: Asked, key: str) -> None:
    """The current version's answers beside its parent's; asked at once after a change, else by a button."""
    number = work.lineage.current
    if not number:
        st.info("This is the dialogue as it is. Apply a change, and the answers before and after stand here.", icon=":material/call_split:")
        return
    if not asked.variants or not asked.tasks:
        raise InputError("nobody is asked", remedy="choose at least one variant and one task")
    found = work.known(number, asked.variants, asked.tasks)
    if found is None and (work.due or st.button("Ask the models about this change", icon=":material/play_arrow:", key=f"{key}_ask")):
        work.ask(predictor, number, asked.variants, asked.tasks)
        found = work.known(number, asked.variants, asked.tasks)
    work.due = False
    if found is not None:
        _shown(predictor, work, found, asked, key)


def frame(found: Sequence[Move], names: Mapping[str, str]) -> pd.DataFrame:
    """One line per answer; utterances count from 1."""
    return pd.DataFrame([{
        "utterance_before": None if move.was is None else move.was + 1, "utterance_after": None if move.turn is None else move.turn + 1,
        "task": move.task, "variant": names[move.variant], "answer_before": _text(move.before), "answer_after": _text(move.after),
        "confidence_before": _sure(move.before), "confidence_after": _sure(move.after), "gold_before": _gold(move.before),
        "gold_after": _gold(move.after), "expected": _SHOULD[move.expected], "moved": move.moved, "flipped": move.flipped, "followed": move.followed,
        "strayed": move.strayed}
        for move in found])


def _shown(predictor: Predictor, work: Work, found: Sequence[Move], asked: Asked, key: str) -> None:
    names = titles(predictor.card)
    rows = _rows(found)
    moving = {place: some for place, some in rows.items() if any(move.moved or move.expected == "follow" for move in some.values())}
    badge("live", f"{predictor.card.name} predictor")
    st.markdown(_finding(found, len(moving), len(rows)))
    shown = moving if one("Rows", _SHOWS, f"{key}_rows") == "moved" else rows
    if shown:
        st.caption(LEGEND)
        dialogues = _Dialogues(work)
        st.html(_CSS.format(key=key))
        html_table(["Question", "Gold", *(names[name] for name in asked.variants)],
                   [_line(place, shown[place], asked.variants, dialogues) for place in list(shown)[:_MOST]], f"{key}_answers")
    else:
        st.info("No answer moved among the questions that are asked both before and after. “All questions” shows them, and those asked on one side only.",
                icon=":material/equal:")
    if len(shown) > _MOST:
        st.caption(f"The first {_MOST} of {len(shown):,} questions; the table below holds all.")
    table_twin(frame(found, names), f"{key}_answers_twin", "before_and_after")


class _Dialogues:
    """The two dialogues, by which responses are named."""

    def __init__(self, work: Work) -> None:
        here = work.lineage.versions[work.lineage.current]
        assert here.parent is not None
        self.before, self.after = work.lineage.versions[here.parent].value.dialogue, here.value.dialogue


def _rows(found: Sequence[Move]) -> dict[Place, dict[str, Move]]:
    """By the place after; what is gone stands where it was."""
    rows: dict[Place, dict[str, Move]] = {}
    for move in found:
        rows.setdefault((move.was, move.turn, move.task), {})[move.variant] = move
    tasks = list(TASKS)
    return dict(sorted(rows.items(), key=lambda row: (_at(row[0]), tasks.index(row[0][2]))))


def _at(place: Place) -> tuple[int, int]:
    was, turn, _ = place
    return (was or 0, 0) if turn is None else (turn, 1)


def _finding(found: Sequence[Move], moving: int, rows: int) -> str:
    stay = [move for move in found if move.expected == "stay"]
    follow = [move for move in found if move.expected == "follow"]
    words = [f"{sum(move.moved for move in stay)} of {len(stay)} answers that should have stayed **flipped**"] if stay else []
    words += [f"{sum(bool(move.followed) for move in follow)} of {len(follow)} whose gold answer changed **followed** it"] if follow else []
    if not words:
        return f"Answers moved at {moving} of {rows} questions; whether they should is not known."
    unjudged = len(found) - len(stay) - len(follow)
    return "; ".join([*words, *[f"of {unjudged} it is not known what is right"] * bool(unjudged)]) + "."


def _line(place: Place, some: Mapping[str, Move], variants: Sequence[str], dialogues: _Dialogues) -> list[TableCell]:
    first = next(iter(some.values()))
    return [TableCell(text=_question(place, dialogues)), TableCell(text=f"{_gold_moved(first)} ({_SHOULD[first.expected]})"),
            *(_cell(some[name], dialogues) if name in some else TableCell(text="–") for name in variants)]


def _question(place: Place, dialogues: _Dialogues) -> str:
    was, turn, task = place
    if turn is None:
        return f"({(was or 0) + 1} {LETTERS[dialogues.before.turns[was or 0].speaker]}, gone) {TASKS[task]}"
    here = f"{turn + 1} {LETTERS[dialogues.after.turns[turn].speaker]}"
    return f"{here}{f' (was {was + 1})' if was is not None and was != turn else ' (new)' if was is None else ''} {TASKS[task]}"


def _gold_moved(move: Move) -> str:
    before, after = (None if said is None else said.gold for said in (move.before, move.after))
    if move.task == "response_selection":
        return "this utterance"
    if before is None and after is None:
        return "–"
    if before is None or after is None:
        return f"{'?' if before is None else _short(before)} → {'?' if after is None else _short(after)}"
    return _short(after) if same(before, after) else _changed(before, after)


def _cell(move: Move, dialogues: _Dialogues) -> TableCell:
    if move.before is None or move.after is None:
        said = move.after or move.before
        assert said is not None
        where = dialogues.after if move.after else dialogues.before
        return TableCell(text=f"{_answer(said, where)} ({'asked now' if move.after else 'not asked now'}) {_percent(said)}")
    sure = f"{_percent(move.before)} → {_percent(move.after)}"
    if not move.moved:
        return TableCell(text=sure, letter="N" if move.followed is False else "G" if move.followed else "=", look=_look(move))
    if move.task == "state_tracking":
        what = _changed(move.before.answer, move.after.answer)
    else:
        what = f"{_answer(move.before, dialogues.before)} → {_answer(move.after, dialogues.after)}"
    letter = "F" if move.flipped else {True: "G+" if move.strayed else "G", False: "N", None: "M"}[move.followed]
    return TableCell(text=f"{what} · {sure}", letter=letter, look=_look(move))


def _look(move: Move) -> Literal["good", "bad", ""]:
    return "bad" if move.flipped or move.followed is False else "good" if move.followed else ""


def _sure(said: Prediction | None) -> float | None:
    return None if said is None else confidence(said)


def _percent(said: Prediction) -> str:
    sure = confidence(said)
    return "–" if sure is None else f"{sure:.0%}"


def _answer(said: Prediction, dialogue: Dialogue) -> str:
    """In a few words; a response by the utterance's number."""
    if said.task != "response_selection":
        return _short(said.answer)
    places = [str(index + 1) for index, turn in enumerate(dialogue.turns) if turn.text == said.answer]
    return f"utterance {places[0]}" if places else _short(said.answer)


def _changed(before: Answer, after: Answer) -> str:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return changes({slot.lower(): value for slot, value in after.items()}, {slot.lower(): value for slot, value in before.items()})
    return f"{_short(before)} → {_short(after)}"


def _short(answer: Answer) -> str:
    if isinstance(answer, Mapping):
        return f"{len(answer)} slot{'' if len(answer) == 1 else 's'}"
    text = written(answer)
    return text if len(text) <= _SHORT else text[:_SHORT - 1] + "…"


def _text(said: Prediction | None) -> str | None:
    return None if said is None else written(said.answer)


def _gold(said: Prediction | None) -> str | None:
    return None if said is None or said.gold is None else written(said.gold)
