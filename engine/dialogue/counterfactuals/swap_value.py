"""Give a slot another value wherever the old one is; swapped back it restores the dialogue.

| annotation | rule |
|---|---|
| intent | kept |
| acts | updated: the value in every act of the slot |
| state | updated wherever the slot has the old value; unknown after a mention where no state is annotated |
| spans | moved with the text; unknown in an utterance where a mention is cut by one |

Told and not done: a value that no utterance says as written, one that another slot has as well or that is part of another
value (which mention means which is not known), and a new value that the dialogue holds already (the two would become one).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from engine.dialogue.counterfactuals.base import Counterfactual, Parameter, Piece, Values, piece, reworded
from engine.dialogue.counterfactuals.places import Edit, moved, rewritten
from engine.dialogue.counterfactuals.values import BETWEEN, Held, act_slot, choices, held, mentions, same, same_slot
from engine.dialogue.model import Act, Dialogue, Turn
from engine.errors import InputError

USUAL = (("thai", "italian", "indian", "chinese", "french"), ("north", "south", "east", "west", "centre"), ("cheap", "moderate", "expensive"),
         ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), ("comedy", "drama", "thriller"),
         ("two", "three", "four", "five"), ("2", "3", "4", "5"), ("london", "cambridge", "oslo", "berkeley"))
"""Groups of values that can stand for each other, for drawing one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Swap:
    """What becomes what."""

    slot: str
    """Empty: a word of the text that no annotation knows."""
    old: str
    new: str

    def value(self, slot: str, value: str) -> str:
        """A slot's value after the swap; of alternatives the old one only."""
        if not self.slot or not same_slot(slot, self.slot):
            return value
        return "|".join(_like(part, self.old, self.new) if same(part, self.old) else part for part in value.split("|"))

    def state(self, state: Mapping[str, str]) -> dict[str, str]:
        return {slot: self.value(slot, value) for slot, value in state.items()}

    def act(self, act: Act) -> Act:
        return replace(act, value=self.value(act_slot(act), act.value)) if act.slot and act.value else act

    def edits(self, text: str) -> list[Edit]:
        return [(start, end, _like(text[start:end], self.old, self.new)) for start, end in mentions(text, self.old)]


def _change(dialogue: Dialogue, values: Values, rng: Random) -> tuple[str, Sequence[Piece]]:
    swap = _meant(dialogue.turns, values["old"], values["new"])
    said, pieces = False, []
    for index, turn in enumerate(dialogue.turns):
        edits = swap.edits(turn.text)
        said = said or bool(edits)
        pieces.append(_swapped(turn, index, swap, edits, said))
    return f"“{swap.old}” became “{swap.new}”" + (f" ({swap.slot})" if swap.slot else ""), pieces


def _swapped(turn: Turn, index: int, swap: _Swap, edits: Sequence[Edit], said: bool) -> Piece:
    acts = None if turn.acts is None else tuple(map(swap.act, turn.acts))
    state = None if turn.state is None else swap.state(turn.state)
    spans = None if turn.spans is None else moved(turn.spans, edits, inside=True)
    changed = replace(reworded(turn, rewritten(turn.text, edits)) if edits else turn, acts=acts, state=state, spans=spans)
    return piece(changed, index, "reworded" if edits else "same",
                 acts="kept" if acts == turn.acts else "updated", spans="kept" if spans == turn.spans else "unknown" if spans is None else "updated",
                 state=("unknown" if said else "kept") if state is None else "kept" if state == turn.state else "updated")


def _meant(turns: Sequence[Turn], old: str, new: str) -> _Swap:
    """The swap, if it is clear what is meant (errors as in the module's docstring)."""
    slot, _, value = (part.strip() for part in old.rpartition(BETWEEN))
    new, known = new.strip(), held(turns)
    texts = [turn.text for turn in turns]
    if not any(_said(text, value) for text in texts):
        raise InputError(f"“{value}” is in no utterance as it is written", remedy="edit the utterance that means it")
    _new_only(new, known, texts)
    owners = [one.slot for one in known if same(one.value, value)]
    if slot and not any(same_slot(slot, owner) for owner in owners):
        raise InputError(f"no annotation gives {slot} the value “{value}”", remedy=f"choose one of {', '.join(choices(turns)) or 'the words said'}")
    slot = slot or next(iter(owners), "")
    rival = next((owner for owner in owners if not same_slot(slot, owner)), None)
    if rival:
        raise InputError(f"“{value}” is the value of {rival} as well as of {slot}, so a mention may mean either", remedy="edit the utterances instead")
    longer = next((one for one in known if not same(one.value, value) and _said(one.value, value) and any(_said(text, one.value) for text in texts)), None)
    if longer:
        raise InputError(f"“{value}” is also a part of “{longer.value}” ({longer.slot})", remedy="edit the utterances instead")
    return _Swap(slot=slot, old=value, new=new)


def _new_only(new: str, known: Sequence[Held], texts: Sequence[str]) -> None:
    if "|" in new or BETWEEN in new:
        raise InputError(f"“{new}” is not one value", where="New value", remedy="leave out the marks | and =")
    if any(_said(text, new) for text in texts) or any(same(one.value, new) for one in known):
        raise InputError(f"“{new}” is in the dialogue already, so the two values would become one", where="New value", remedy="choose another value")


def _said(text: str, value: str) -> bool:
    return next(mentions(text, value), None) is not None


def _like(mention: str, old: str, new: str) -> str:
    """The new value in the case in which the old one stands, where that differs from how it was given.

    >>> _like("Thai", "thai", "greek"), _like("Jasmine Boat", "jasmine boat", "old mill"), _like("Oslo", "Oslo", "den Haag")
    ('Greek', 'Old Mill', 'den Haag')
    """
    if mention == old:
        return new
    if mention.isupper():
        return new.upper()
    if mention.islower():
        return new.lower()
    return new.title() if mention.istitle() and " " in mention else new[:1].upper() + new[1:]


def _draw(dialogue: Dialogue, rng: Random) -> Values | None:
    """An annotated value, or a usual word of the text, and another of its group."""
    words = [value for group in USUAL for value in group if any(_said(turn.text, value) for turn in dialogue.turns)]
    possible = []
    for old in choices(dialogue.turns) + words:
        value = old.rpartition(BETWEEN)[2]
        group = next((group for group in USUAL if value.casefold() in group), ())
        possible += [(old, new) for new in group if _clear(dialogue.turns, old, new)]
    if not possible:
        return None
    annotated = [pair for pair in possible if BETWEEN in pair[0]]
    old, new = rng.choice(annotated or possible)
    value = old.rpartition(BETWEEN)[2]
    return {"old": old, "new": _like(value, value.lower(), new)}


def _clear(turns: Sequence[Turn], old: str, new: str) -> bool:
    try:
        _meant(turns, old, new)
    except InputError:
        return False
    return True


SWAP_VALUE = Counterfactual(
    name="swap_value", title="Swap a slot value", sentence="Do the answers follow when the user wants something else?", change=_change, draw=_draw,
    parameters=(Parameter(name="old", title="Value", kind="value", help="An annotated value, or a word of the text where nothing is annotated."),
                Parameter(name="new", title="New value", kind="text")))
