"""What one visitor's session keeps for What if: the versions of each dialogue, and what the models' answers did between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from engine.dialogue.counterfactuals.versions import Made, start
from engine.dialogue.lineage import Lineage
from engine.dialogue.model import Dialogue
from engine.serve.base import Predictor
from engine.serve.moves import Move, moves
from ui.answers import answers, mark

_DIALOGUES = 8
"""Dialogues whose versions one session keeps."""


@dataclass
class Work:
    """A dialogue's versions, and the moves from a version's parent to it."""

    name: str
    """The mark of the dialogue."""
    lineage: Lineage[Made]
    moves: dict[int, dict[tuple[str, str], list[Move]]] = field(default_factory=dict)
    """Version number to variant and task to moves."""
    due: bool = False
    """Whether the current version shall be asked about without another click."""

    @property
    def edges(self) -> list[int]:
        """Numbers of all versions that have a parent."""
        return list(range(1, len(self.lineage.versions)))

    def known(self, number: int, variants: Sequence[str], tasks: Sequence[str]) -> list[Move] | None:
        """The moves to a version, by utterance, task and variant; None while some have not been asked for."""
        here = self.moves.get(number, {})
        if any((name, task) not in here for name in variants for task in tasks):
            return None
        return [move for task in tasks for name in variants for move in here[name, task]]

    def ask(self, predictor: Predictor, number: int, variants: Sequence[str], tasks: Sequence[str]) -> None:
        """Ask the models about a version and its parent, with progress (errors as `Predictor.compare`)."""
        made, parent = self.lineage.versions[number].value, self.lineage.versions[number].parent
        assert made.changed is not None and parent is not None
        original = self.lineage.versions[parent].value.dialogue
        before = answers(predictor, original, variants=variants, tasks=tasks)
        after = answers(predictor, made.dialogue, variants=variants, tasks=tasks)
        found = moves(original, made.changed, before, after, predictor.card.labels)
        self.moves.setdefault(number, {}).update(
            {(name, task): [one for one in found if (one.variant, one.task) == (name, task)] for name in variants for task in tasks})


def work(dialogue: Dialogue) -> Work:
    """What this visitor has made of a dialogue; kept while the visitor is on other pages."""
    kept: dict[str, Work] = st.session_state.setdefault("what_if_work", {})
    name = mark(dialogue)
    mine = kept.pop(name, None) or Work(name=name, lineage=start(dialogue))
    kept[name] = mine  # last used, last forgotten
    for forgotten in list(kept)[:-_DIALOGUES]:
        del kept[forgotten]
    return mine
