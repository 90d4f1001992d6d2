"""The contract of a counterfactual: a dialogue and parameters in, a changed copy out, with what becomes of its gold annotation.

Each kind's module docstring holds its table of rules: for intent, acts, state and spans, whether the truth is *kept*, *updated*
(the rule determines the new one) or *unknown* (set to None). A fate speaks of the truth, so it also stands where nothing is annotated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Literal

from engine.dialogue.model import Dialogue, Turn
from engine.errors import InputError

Part = Literal["intent", "acts", "state", "spans"]
Fate = Literal["kept", "updated", "unknown"]
Said = Literal["same", "reworded", "other", "again"]
"""Of an utterance beside its origin: word for word the same; the same meaning in other words, case or (everywhere) value; anything else; a repetition."""
PARTS: tuple[Part, ...] = ("intent", "acts", "state", "spans")
Kind = Literal["turn", "place", "choice", "share", "text", "words", "value"]
"""An utterance's index; the index before which something is put; one of some names; 0 to 1; free text; the text of the chosen utterance; a slot's value."""
Values = Mapping[str, Any]
"""Parameter name to value."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One thing that the visitor chooses."""

    name: str
    title: str
    kind: Kind
    help: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    """Of a choice: name to words on the screen; the first is usual."""
    start: float = 0.0
    """Of a share: the usual one."""

    def check(self, value: Any, dialogue: Dialogue) -> None:
        """Refuse what cannot be meant.

        Raises:
            InputError: Names the parameter and what it takes.
        """
        last = len(dialogue.turns) - (self.kind != "place")
        good, wanted = {
            "turn": (type(value) is int and 0 <= value <= last, "choose one of the dialogue's utterances"),
            "place": (type(value) is int and 0 <= value <= last, "choose a place in the dialogue"),
            "choice": (value in self.options if isinstance(value, str) else False, f"choose one of {', '.join(self.options)}"),
            "share": (isinstance(value, int | float) and 0 <= value <= 1, "give a number from 0 to 1"),
        }.get(self.kind, (isinstance(value, str) and bool(value.strip()), "write at least one word"))
        if not good:
            raise InputError("this cannot be used here", where=self.title, remedy=wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One utterance of the changed dialogue, and where it comes from; build it with `piece`."""

    turn: Turn
    origin: int | None
    """Its index in the dialogue before; None for one that was not there."""
    said: Said
    fates: Mapping[Part, Fate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A changed dialogue; utterances are told apart by identity, never by index."""

    dialogue: Dialogue
    sentence: str
    """What was changed, e.g. ``utterance 3 dropped``."""
    pieces: tuple[Piece, ...]
    """One for each utterance of ``dialogue``."""
    updated: tuple[tuple[int, Part], ...]
    """New index and part of every gold annotation that was updated."""
    unknown: tuple[tuple[int, Part], ...]
    """As ``updated``, of every one that was there and is now unknown."""

    @property
    def origins(self) -> tuple[int | None, ...]:
        """For each utterance its index before, or None."""
        return tuple(one.origin for one in self.pieces)

    @property
    def history_kept(self) -> tuple[bool, ...]:
        """For each utterance, whether what was said before it still means what it meant: same order, nothing lost, nothing new."""
        kept, expected, found = True, 0, []
        for one in self.pieces:
            found.append(kept and one.origin in (None, expected))
            if one.said != "again":
                kept = kept and one.origin == expected and one.said in ("same", "reworded")
                expected += 1
        return tuple(found)


@dataclass(frozen=True, kw_only=True)
class Counterfactual:
    """One kind of change."""

    name: str
    title: str
    sentence: str
    """What it asks, for somebody new to it."""
    parameters: tuple[Parameter, ...]
    change: Callable[[Dialogue, Values, Random], tuple[str, Sequence[Piece]]]
    """What it does to a dialogue with utterances and checked parameters: a sentence, and the utterances (errors as `apply`)."""
    draw: Callable[[Dialogue, Random], Values | None]
    """Parameters by chance, for trying all kinds; None where it does not apply."""
    chance: bool = False
    """Whether `apply` draws, so that its seed matters."""

    def apply(self, dialogue: Dialogue, parameters: Values, rng: Random) -> Changed:
        """A changed copy; the same for the same arguments.

        Raises:
            InputError: The dialogue is empty, a parameter cannot be used, or nothing would change.
        """
        if not dialogue.turns:
            raise InputError("the dialogue has no utterance", remedy="choose or type another one")
        for parameter in self.parameters:
            parameter.check(parameters.get(parameter.name), dialogue)
        sentence, pieces = self.change(dialogue, parameters, rng)
        if [(one.turn.speaker, one.turn.text) for one in pieces] == [(turn.speaker, turn.text) for turn in dialogue.turns]:
            raise InputError("nothing would change", where=self.title, remedy="choose other settings" + " or another seed" * self.chance)
        return _changed(dialogue, sentence, tuple(pieces))


def piece(turn: Turn, origin: int | None, said: Said = "same", **fates: Fate) -> Piece:
    """An utterance whose parts are kept unless ``fates`` says otherwise; what is unknown becomes None.

    Args:
        turn: With the annotation that a rule updated.
        origin: As in `Piece`.
        said: As in `Piece`.
        fates: ``intent``, ``acts``, ``state`` or ``spans`` to fate.
    """
    whole: dict[Part, Fate] = {part: fates.get(part, "kept") for part in PARTS}
    unknown: dict[str, Any] = {part: None for part, fate in whole.items() if fate == "unknown"}
    return Piece(turn=replace(turn, **unknown), origin=origin, said=said, fates=whole)


def untouched(dialogue: Dialogue) -> list[Piece]:
    """Every utterance as it is."""
    return [piece(turn, index) for index, turn in enumerate(dialogue.turns)]


def reworded(turn: Turn, text: str) -> Turn:
    """An utterance with another text; its cached tokens would be those of the old one."""
    return replace(turn, text=text, tokens=None)


def with_unknown_states(pieces: Sequence[Piece], start: int) -> list[Piece]:
    """The pieces; from new index ``start`` on the state is not known any more."""
    return [one if index < start else piece(one.turn, one.origin, one.said, **{**one.fates, "state": "unknown"}) for index, one in enumerate(pieces)]


def _changed(before: Dialogue, sentence: str, pieces: tuple[Piece, ...]) -> Changed:
    def those(fate: Fate) -> tuple[tuple[int, Part], ...]:
        return tuple((index, part) for index, one in enumerate(pieces) for part in PARTS if one.fates[part] == fate
                     and one.origin is not None and getattr(before.turns[one.origin], part) is not None)

    return Changed(dialogue=before.with_turns(one.turn for one in pieces), sentence=sentence, pieces=pieces,
                   updated=those("updated"), unknown=those("unknown"))
