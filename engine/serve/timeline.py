"""Slot x turn timelines of dialogue states: what is new, carried, changed or dropped, and what gold calls wrong or missed (no torch).

Errors are counted as `engine.tasks.metrics.state_scores` counts them: alternatives joined with ``|`` are all right, a value that no head can
pick is wrong, a slot that the heads do not know makes its turn wrong and stays out of slot accuracy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from engine.dialogue.model import Dialogue
from engine.serve.base import Prediction
from engine.serve.questions import gold, places
from engine.tasks.metrics import NONE, value_is_right

TASK = "state_tracking"
GOLD = "gold"
"""Name of the annotation's own track."""
KINDS = {"N": "new", "C": "carried", "X": "changed", "D": "dropped", "W": "wrong", "E": "extra", "M": "missed"}
"""Letter of a cell to its word; an extra value is a wrong one where gold has none, a dropped slot changed to no value."""
ERRORS = ("W", "E", "M")
State = Mapping[str, str]
Picklists = Mapping[str, Sequence[str]]
"""Slot to the values that its head can pick, ``none`` among them."""


@dataclass(frozen=True, kw_only=True)
class Track:
    """What one variant, or gold, believes after each user turn."""

    name: str
    turns: tuple[int, ...]
    """Indices of the user turns."""
    states: tuple[State | None, ...]
    """Slot to value, empty slots left out; None where gold says nothing."""
    golds: tuple[State | None, ...]
    """What judges each state; None where nothing does."""
    scores: tuple[Mapping[str, float], ...]
    """The head's confidence per filled slot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One slot after one user turn."""

    slot: str
    turn: int
    value: str
    """``none`` where it is empty."""
    before: str
    """After the user turn before."""
    gold: str | None
    """None where the turn is not annotated."""
    kind: str
    """A letter of `KINDS`: an error where there is one, else how the value came; empty where the slot is rightly empty."""
    move: str
    """How the value came, whether right or not: N, C, X, D or nothing."""
    confidence: float | None
    known: bool
    """Whether the heads know the slot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The cells of one turn, counted."""

    turn: int
    counts: Mapping[str, int]
    """Letter of `KINDS` to number of cells."""
    joint: bool | None
    """Whether every slot is right; None where nothing judges."""
    right: int | None
    """Of the slots that the heads know."""
    slots: int
    """How many slots the heads know."""

    @property
    def errors(self) -> int:
        """Cells that are wrong, extra or missed."""
        return sum(self.counts.get(letter, 0) for letter in ERRORS)


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """A track's cells and counts."""

    name: str
    cells: Mapping[tuple[str, int], Cell]
    """(slot, turn) to cell; a turn about which gold says nothing has none."""
    scores: tuple[Score, ...]
    """One per user turn."""

    @property
    def judged(self) -> tuple[Score, ...]:
        """The turns that gold judges."""
        return tuple(score for score in self.scores if score.joint is not None)

    @property
    def joint_acc(self) -> float | None:
        """Share of the judged turns with every slot right; None without any."""
        judged = self.judged
        return sum(bool(score.joint) for score in judged) / len(judged) if judged else None

    @property
    def slot_acc(self) -> float | None:
        """Share of right slots over the judged turns; None without any."""
        asked = sum(score.slots for score in self.judged)
        return sum(score.right or 0 for score in self.judged) / asked if asked else None

    def at(self, turn: int) -> list[Cell]:
        """The cells of one turn that are filled, dropped or in error, by slot."""
        return [cell for (_, index), cell in sorted(self.cells.items()) if index == turn and cell.kind]


def tracks(predictions: Iterable[Prediction]) -> dict[str, Track]:
    """One track per variant from its answers to state tracking, in the order in which variants appear."""
    mine: dict[str, list[Prediction]] = {}
    for one in predictions:
        if one.task == TASK:
            mine.setdefault(one.variant, []).append(one)
    return {name: _track(name, sorted(found, key=lambda one: one.turn)) for name, found in mine.items()}


def foreign(states: Iterable[State | None], picklists: Picklists) -> bool:
    """Whether gold states name slots, but none that the heads know: they follow another ontology and can judge nobody.

    >>> foreign([None, {"restaurants_2-time": "noon"}], {"restaurant-food": ()}), foreign([{}], {"restaurant-food": ()})
    (True, False)
    """
    slots = {slot for state in states if state for slot in state}
    return bool(slots) and not slots & set(picklists)


def unjudged(known: Mapping[str, Track]) -> dict[str, Track]:
    """The tracks without the gold states beside them."""
    return {name: replace(track, golds=(None,) * len(track.golds)) for name, track in known.items()}


def _track(name: str, found: Sequence[Prediction]) -> Track:
    states = tuple(cast(State, one.answer) for one in found)
    return Track(name=name, turns=tuple(one.turn for one in found), states=states, scores=tuple(one.scores for one in found),
                 golds=tuple(cast(State | None, one.gold) for one in found))


def gold_track(dialogue: Dialogue) -> Track:
    """The annotation's own track; its states are None where the dialogue is not annotated."""
    turns = tuple(index for index, _ in places(dialogue, (TASK,)))
    states = tuple(cast(State | None, gold(dialogue, index, TASK)) for index in turns)
    return Track(name=GOLD, turns=turns, states=states, golds=(None,) * len(turns), scores=({},) * len(turns))


def filled_slots(known: Iterable[Track]) -> tuple[str, ...]:
    """Every slot that any track or its gold ever fills: domain by domain, and within one, in the order in which they are first filled."""
    first: dict[str, int] = {}
    for track in known:
        for place, pair in enumerate(zip(track.states, track.golds, strict=True)):
            for slot in {slot for state in pair if state for slot in state}:
                first[slot] = min(place, first.get(slot, place))
    domain: dict[str, int] = {}
    for slot, place in first.items():
        domain[_domain(slot)] = min(place, domain.get(_domain(slot), place))
    return tuple(sorted(first, key=lambda slot: (domain[_domain(slot)], _domain(slot), first[slot], slot)))


def timeline(track: Track, picklists: Picklists) -> Timeline:
    """The cells of a track for every slot that it or its gold fills, and their counts.

    Args:
        track: A variant's, or gold's.
        picklists: Of every slot that the heads know.
    """
    slots, sets = filled_slots([track]), {slot: frozenset(values) for slot, values in picklists.items()}
    cells: dict[tuple[str, int], Cell] = {}
    scores, before = [], cast(State, {})
    for turn, state, right, sure in zip(track.turns, track.states, track.golds, track.scores, strict=True):
        here = [] if state is None else [_cell(slot, turn, state, before, right, sure.get(slot), sets.get(slot)) for slot in slots]
        cells |= {(cell.slot, turn): cell for cell in here}
        scores.append(_score(turn, here, right is not None, len(sets)))
        before = before if state is None else state
    return Timeline(name=track.name, cells=cells, scores=tuple(scores))


def _cell(slot: str, turn: int, state: State, before: State, right: State | None, sure: float | None, values: frozenset[str] | None) -> Cell:
    value, was, gold_value = state.get(slot, NONE), before.get(slot, NONE), None if right is None else right.get(slot, NONE)
    move = _move(value, was)
    error = "" if right is None else _error(value, gold_value or NONE, values, slot in right)
    return Cell(slot=slot, turn=turn, value=value, before=was, gold=gold_value, kind=error or move, move=move, confidence=sure, known=values is not None)


def _move(value: str, before: str) -> str:
    if value == before:
        return "" if value == NONE else "C"
    return "D" if value == NONE else "N" if before == NONE else "X"


def _error(value: str, right: str, values: frozenset[str] | None, annotated: bool) -> str:
    """W, E or M as the task's score has it; nothing where the slot is right or, unknown to heads and gold, is not asked about."""
    if (not annotated if values is None else value_is_right(right, value, values)):
        return ""
    return "M" if value == NONE else "E" if right == NONE else "W"


def _score(turn: int, cells: Sequence[Cell], judged: bool, slots: int) -> Score:
    wrong = [cell for cell in cells if cell.kind in ERRORS]
    return Score(turn=turn, counts=dict(Counter(cell.kind for cell in cells if cell.kind)), slots=slots, joint=not wrong if judged else None,
                 right=slots - sum(cell.known for cell in wrong) if judged else None)


def _domain(slot: str) -> str:
    return slot.partition("-")[0]


def finding(found: Timeline, title: str) -> str:
    """What a timeline shows, in a sentence or two; turns are named by the number of their utterance."""
    judged = found.judged
    if not judged:
        filled = Counter(cell.kind for cell in found.cells.values() if cell.kind)
        said = ", ".join(f"{filled[letter]} {KINDS[letter]}" for letter in "NXD" if filled[letter]) or "nothing new"
        return f"{title} over {len(found.scores)} user turns: {said}."
    good = sum(bool(score.joint) for score in judged)
    words = f"{title} is jointly right after {good} of {len(judged)} judged user turns"
    first = next((score for score in judged if not score.joint), None)
    return f"{words}." if first is None else f"{words}; first error at utterance {first.turn + 1}: {_told(found.at(first.turn))}."


def _told(cells: Sequence[Cell]) -> str:
    wrong = [cell for cell in cells if cell.kind in ERRORS]
    said = ", ".join(f"{cell.slot} {KINDS[cell.kind]}" for cell in wrong[:3])
    return f"{said} and {len(wrong) - 3} more" if len(wrong) > 3 else said
