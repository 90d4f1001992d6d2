"""Edit a state and replay from there: each track's own later changes on top of what the visitor wrote (no torch).

The models read the words of a dialogue, not the state before. So a replay is this: the edited state is taken as the belief after its turn,
and what a track added, changed and dropped between two later turns is applied to it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.dialogue.model import Dialogue, Turn
from engine.errors import InputError
from engine.serve.timeline import ERRORS, GOLD, Picklists, State, Timeline, Track
from engine.tasks.metrics import NONE
from engine.tasks.state_tracking import filled, slot_name

EVERYBODY = "all"
"""Whose belief is edited: that of all variants."""
VALUE, VERDICT = "≠", "≈"
"""Signs of cells with another value, and with the same value judged otherwise."""


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A state put in the place of what was believed after one user turn."""

    turn: int
    """Index of the user turn."""
    state: State
    whose: str
    """A variant's name, `GOLD` or `EVERYBODY`."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A dialogue, perhaps with other words, and the edits of states on top of what is said of it."""

    dialogue: Dialogue
    edits: tuple[Edit, ...] = ()

    def edited(self, edit: Edit) -> Scenario:
        """With one more edit."""
        return replace(self, edits=(*self.edits, edit))

    def reworded(self, turn: int, text: str) -> Scenario:
        """With other words in one utterance; gold is unknown from there on.

        Raises:
            InputError: The words are blank, or the same as before.
        """
        if not text.strip():
            raise InputError("the utterance has no words", remedy="write at least one")
        if text == self.dialogue.turns[turn].text:
            raise InputError("the words are the same as before", remedy="change them first")
        now = Turn(speaker=self.dialogue.turns[turn].speaker, text=text)
        later = (replace(one, state=None) for one in self.dialogue.turns[turn + 1:])
        return replace(self, dialogue=self.dialogue.with_turns((*self.dialogue.turns[:turn], now, *later)))


def replayed(states: Sequence[State | None], place: int, edited: State) -> tuple[State | None, ...]:
    """The states with ``edited`` at ``place``, and from there on their own changes on top of it.

    An unknown state (None) stays unknown; after one, the edit has ended and the known states stand as they were.

    >>> own = ({"area": "north"}, {"area": "north", "stars": "4"}, {"area": "east", "stars": "4"})
    >>> replayed(own, 0, {"area": "west"})[1:]
    ({'area': 'west', 'stars': '4'}, {'area': 'east', 'stars': '4'})
    """
    made: list[State | None] = [*states[:place], dict(edited)]
    for before, now in zip(states[place:], states[place + 1:], strict=False):
        last = made[-1]
        made.append(now if now is None or before is None or last is None else _carried(last, before, now))
    return tuple(made)


def _carried(onto: State, before: State, now: State) -> State:
    """``onto`` with what changed from ``before`` to ``now``."""
    changed = {slot: value for slot, value in now.items() if before.get(slot) != value}
    dropped = before.keys() - now.keys()
    return {slot: value for slot, value in onto.items() if slot not in dropped} | changed


def after(known: Mapping[str, Track], edits: Iterable[Edit]) -> dict[str, Track]:
    """The tracks (variants', and gold's under `GOLD`) after all edits, in the order in which they were made.

    A variant's edited state that agrees with gold is a repair, and gold goes on judging; one that does not leaves what is right
    unknown from its turn on. An edit of gold judges all variants from its turn on.
    """
    found = dict(known)
    for edit in edits:
        if edit.whose == GOLD:
            found = _gold_edited(found, edit)
        else:
            found |= {name: _edited(track, edit) for name, track in found.items() if name != GOLD and edit.whose in (EVERYBODY, name)}
    return found


def agrees(state: State, right: State) -> bool:
    """Whether a state says what gold says, one alternative of each slot, whether or not a head could have picked it.

    >>> agrees({"area": "west"}, {"area": "centre|west"}), agrees({"area": "west"}, {})
    (True, False)
    """
    return all(state.get(slot, NONE) in right.get(slot, NONE).split("|") for slot in state.keys() | right.keys())


def _edited(track: Track, edit: Edit) -> Track:
    place = track.turns.index(edit.turn)
    if track.states[place] == edit.state:
        return track
    states, right = replayed(track.states, place, edit.state), track.golds[place]
    repair = right is not None and agrees(edit.state, right)
    golds = track.golds if repair else (*track.golds[:place], *(None,) * (len(track.golds) - place))
    return replace(track, states=states, golds=golds, scores=tuple(map(_still_sure, track.scores, track.states, states)))


def _still_sure(scores: Mapping[str, float], before: State | None, now: State | None) -> Mapping[str, float]:
    """Confidences of values that are still the head's own."""
    return {slot: share for slot, share in scores.items() if (now or {}).get(slot) == (before or {}).get(slot)}


def _gold_edited(known: Mapping[str, Track], edit: Edit) -> dict[str, Track]:
    own = known[GOLD]
    place = own.turns.index(edit.turn)
    if own.states[place] == edit.state:
        return dict(known)
    states = replayed(own.states, place, edit.state)
    judged = {name: replace(track, golds=(*track.golds[:place], *states[place:])) for name, track in known.items() if name != GOLD}
    return {name: replace(own, states=states) if name == GOLD else judged[name] for name in known}


def written_state(rows: Iterable[tuple[str | None, str | None]], slots: Iterable[str], *, belief: bool = False) -> dict[str, str]:
    """A state from a visitor's rows (slot, value), spelt as the task spells; rows without a value are left out.

    Args:
        rows: As they stand in the table.
        slots: That may be named.
        belief: A variant believes one value: of alternatives the first.

    Raises:
        InputError: A value without a slot, a slot twice, or one that is not among ``slots``.
    """
    known, made = set(slots), dict[str, str]()
    for number, (slot, value) in enumerate(rows, start=1):
        name, text = slot_name(slot or ""), (value or "").strip()
        if text and not name:
            raise InputError(f"{text!r} has no slot", where=f"row {number}", remedy="choose one")
        if text and name not in known:
            raise InputError(f"nobody knows a slot {name!r}", where=f"row {number}", remedy="choose one of the list")
        if text and name in made:
            raise InputError(f"{name} stands there twice", where=f"row {number}", remedy="keep one value")
        made |= {name: text} if text else {}
    state = filled(made)
    return filled({slot: value.partition("|")[0] for slot, value in state.items()}) if belief else state


def outside(state: State, picklists: Picklists) -> list[str]:
    """The slots whose value no head can pick: by the task's own score these are wrong whatever gold says."""
    return [slot for slot, value in state.items() if not set(value.split("|")) & set(picklists.get(slot, ()))]


def differing(before: Timeline, now: Timeline) -> dict[tuple[str, int], str]:
    """The cells (slot, turn) that differ: `VALUE` where the value is another one, `VERDICT` where only gold's judgement is."""
    found = {}
    for place in before.cells.keys() | now.cells.keys():
        (value, kind), (value_now, kind_now) = _shown(before, place), _shown(now, place)
        if value != value_now or (kind in ERRORS) != (kind_now in ERRORS):
            found[place] = VERDICT if value == value_now else VALUE
    return found


def _shown(one: Timeline, place: tuple[str, int]) -> tuple[str, str]:
    cell = one.cells.get(place)
    return (NONE, "") if cell is None else (cell.value, cell.kind)
