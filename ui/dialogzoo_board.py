"""What is asked on the page DialogZoo, and what is known of it: kept for one visitor, by question, so that a changed question has no old answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine.dialogue.model import Dialogue, Span
from engine.serve.zoo.base import ZooAnswer, ZooModel, ZooQuestion
from engine.serve.zoo.questions import Asked, Given, Spans, all_asked, read_by
from engine.zoo import ZOO_TASKS
from ui.answers import mark
from ui.cache import opened_extractor

NAMES = {name: name.upper() for name in ZOO_TASKS}
"""Task to the short name on the screen, as in the paper."""
_KEPT = 400
"""Answers, and as many prompts, that one visitor's session keeps."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One task on the board."""

    asked: Asked
    answers: Mapping[bool, ZooAnswer]
    """Constrained or not to the answer, where it is known."""

    @property
    def open(self) -> ZooQuestion | None:
        """The question, where the model can read it."""
        return None if self.asked.reason else self.asked.question


@dataclass(frozen=True, kw_only=True)
class Board:
    """Everything that the page shows."""

    model: ZooModel
    given: Given
    rows: Mapping[str, Row]
    constrained: bool

    def lacking(self) -> list[str]:
        """Tasks that can be asked and have no whole answer in this mode; CLO also where nobody has looked for entities yet."""
        return [task for task, row in self.rows.items() if (task == "clo" and unseen()) or (row.open and not _whole(row, self.constrained))]

    def answered(self, constrained: bool) -> list[ZooAnswer]:
        """The answers that are known of one mode, without those that the visitor ended."""
        return [row.answers[constrained] for row in self.rows.values() if _whole(row, constrained)]


def board(model: ZooModel, dialogue: Dialogue, tasks: Sequence[str], constrained: bool) -> Board:
    """The questions of the chosen tasks, with the visitor's boxes and prompts.

    Raises:
        InputError: The dialogue has no utterance.
    """
    given = Given(dialogue=dialogue, texts=typed("texts", dialogue), prompts=typed("prompts", dialogue), seed=drawn(), spans=_spans())
    return Board(model=model, given=given, constrained=constrained, rows={one.task: _row(model, one) for one in all_asked(given, tasks)})


def typed(kind: str, dialogue: Dialogue) -> dict[str, str]:
    """What the visitor wrote for this dialogue: ``texts`` by box, ``prompts`` by task; to be changed in place."""
    kept: dict[str, dict[str, str]] = st.session_state.setdefault(f"dialogzoo_typed_{kind}", {})
    return kept.setdefault(mark(dialogue.turns), {})


def drawn() -> int:
    """The seed of the order of turns and entities."""
    return int(st.session_state.get("dialogzoo_drawn", 0))


def unseen() -> bool:
    """Whether nobody has looked for an entity extractor yet."""
    return opened_extractor() is None and not st.session_state.get("dialogzoo_no_extractor")


def keeper(now: Board) -> Callable[[ZooQuestion, ZooAnswer, bool], None]:
    """Remembers answers, and whether the visitor ended them; works also when Streamlit has taken the session away from a run that it ended."""
    known, halted = _kept("known"), _kept("halted")

    def keep(question: ZooQuestion, answer: ZooAnswer, ended: bool) -> None:
        name = mark(question, now.constrained)
        known[mark(now.model.card.fingerprint, name)] = answer
        halted[name] = ended

    return keep


def _whole(row: Row, constrained: bool) -> bool:
    """Whether there is an answer that the visitor did not end."""
    return constrained in row.answers and not (row.open and _kept("halted").get(mark(row.open, constrained)))


def _row(model: ZooModel, asked: Asked) -> Row:
    question, known = asked.question, _kept("known")
    if question is None:
        return Row(asked=asked, answers={})
    names = {mode: mark(model.card.fingerprint, mark(question, mode)) for mode in (True, False)}
    read = _remembered("read", mark(model.card.fingerprint, question), lambda: read_by(model, asked))
    return Row(asked=read, answers={mode: known[name] for mode, name in names.items() if name in known})


def _spans() -> Spans | None:
    """The entities that the shared extractor finds, once per text; None while nobody has opened it."""
    opened = opened_extractor()
    if opened is None:
        return None

    def found(texts: Sequence[str]) -> list[tuple[Span, ...]]:
        return list(_remembered("spans", mark(tuple(texts)), lambda: opened.entities(texts)))

    return found


def _remembered(kind: str, name: str, make: Callable[[], Any]) -> Any:
    kept = _kept(kind)
    if name not in kept:
        kept[name] = make()
    return kept[name]


def _kept(kind: str) -> dict[str, Any]:
    kept: dict[str, Any] = st.session_state.setdefault(f"dialogzoo_kept_{kind}", {})
    for forgotten in list(kept)[:-_KEPT]:
        del kept[forgotten]
    return kept
