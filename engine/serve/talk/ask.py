"""What a step asks: downstream tasks or an objective of some variants, or tasks of DialogZoo; read, checked, and posed (no torch)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from random import Random
from typing import Any, Literal

from engine.dialogue import edits
from engine.dialogue.edits import Posed
from engine.dialogue.model import Dialogue, Turn
from engine.errors import InputError
from engine.fingerprint import fingerprint
from engine.objectives import OBJECTIVES
from engine.serve.questions import all_offered, asked_from, places
from engine.serve.talk.lined import Lined
from engine.serve.zoo.boxes import BOXES
from engine.serve.zoo.questions import Given, all_asked
from engine.tasks import TASKS
from engine.variants import VARIANTS
from engine.zoo import ZOO_TASKS

Kind = Literal["tasks", "objective", "zoo"]
Pieces = Callable[[str], Sequence[str]]
_FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "tasks": ("tasks", "variants", "turn", "candidates"),
    "objective": ("objective", "variants", "turn", "candidates", "hide", "instead", "order", "right"),
    "zoo": ("zoo", "boxes"),
}
_ALL = tuple(dict.fromkeys(name for names in _FIELDS.values() for name in names))


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A question without its dialogue."""

    kind: Kind
    names: tuple[str, ...]
    """Downstream tasks, one objective, or tasks of DialogZoo."""
    variants: tuple[str, ...] = ()
    turn: int | None = None
    """Index of the utterance; None for the last that fits (dur: the first of the last three)."""
    candidates: tuple[str, ...] = ()
    """response_selection, crm: further responses to choose from."""
    hide: str = ""
    """mlm: the word that is hidden."""
    instead: str = ""
    """dcv: what stands in the utterance's place; empty where the dialogue stays whole."""
    order: tuple[int, ...] = ()
    """dur: which of the three utterances is shown at each place, from 0."""
    right: str = ""
    """enp: how many entities the utterance holds, as the speaker counts."""
    boxes: Mapping[str, str] = field(default_factory=dict)
    """zoo: name of a knowledge box to its text, where it is not the default."""

    @property
    def who(self) -> tuple[str, ...]:
        """Who answers: variants, or tasks of the one DialogZoo model."""
        return self.names if self.kind == "zoo" else self.variants


def read_ask(place: Lined) -> Ask:
    """``tasks`` or ``objective`` with ``variants``, or ``zoo``, with what belongs to each.

    Raises:
        InputError: A name is not known, or does not belong there.
    """
    found = place.fields(_ALL)
    kinds: list[Kind] = [kind for kind in _FIELDS if kind in found]
    if len(kinds) != 1:
        raise place.wrong("it is not clear what is asked", "write exactly one of tasks, objective and zoo")
    kind = kinds[0]
    for name, stray in found.items():
        if name not in _FIELDS[kind]:
            raise stray.wrong(f"{name!r} does not go with {kind!r}", f"use {', '.join(_FIELDS[kind])}")
    if kind == "zoo":
        return Ask(kind=kind, names=found["zoo"].some_of(list(ZOO_TASKS), "zoo task"), boxes=_boxes(found["boxes"]) if "boxes" in found else {})
    if "variants" not in found:
        raise place.wrong("nobody is asked", "write `variants: [bert, …]`")
    names = found["tasks"].some_of(list(TASKS), "task") if kind == "tasks" else (found["objective"].one_of(list(OBJECTIVES), "objective"),)
    return Ask(
        kind=kind, names=names, variants=found["variants"].some_of(list(VARIANTS), "variant"),
        turn=found["turn"].count(1, 10_000) - 1 if "turn" in found else None,
        candidates=found["candidates"].texts() if "candidates" in found else (), hide=found["hide"].text() if "hide" in found else "",
        instead=found["instead"].text() if "instead" in found else "", order=_order(found["order"]) if "order" in found else (),
        right=str(found["right"].count(0, 1000)) if "right" in found else "")


def _boxes(place: Lined) -> dict[str, str]:
    return {name: one.text() for name, one in place.fields(list(BOXES)).items()}


def _order(place: Lined) -> tuple[int, ...]:
    return tuple(one.count(1, edits.GROUP) - 1 for one in place.items())


def check_ask(ask: Ask, dialogue: Dialogue | None, place: Lined) -> None:
    """Whether the question can be put to the step's dialogue.

    Raises:
        InputError: It cannot, with the question's line.
    """
    if dialogue is None:
        raise place.wrong("there is no dialogue to ask about", "add `dialogue` to the step")
    try:
        if ask.kind == "tasks":
            turns(ask, dialogue)
        elif ask.kind == "objective":
            posed(ask, dialogue)
        else:
            zoo_given(ask, dialogue)
    except InputError as error:
        where = f"{place.where}: {error.where}" if error.where else place.where
        raise InputError(error.what, where=where, remedy=error.remedy) from None


def zoo_given(ask: Ask, dialogue: Dialogue) -> Given:
    """What DialogZoo's questions are made of.

    Raises:
        InputError: One of the tasks cannot be asked, or no dialogue has words.
    """
    given = Given(dialogue=dialogue, texts=ask.boxes)
    for one in all_asked(given, ask.names):
        if one.reason:
            raise InputError(one.reason.rstrip("."), remedy="change the dialogue or the boxes")
    return given


def turns(ask: Ask, dialogue: Dialogue) -> dict[str, int]:
    """The index at which each downstream task is asked.

    Raises:
        InputError: A task is asked nowhere in the dialogue, or not at the chosen utterance.
    """
    fitting = {name: [index for index, task in places(dialogue, (name,))] for name in ask.names}
    for name, indices in fitting.items():
        if not indices or (ask.turn is not None and ask.turn not in indices):
            kind = "after user turns" if name in ("intent", "state_tracking") else "at system turns that are not the first"
            raise InputError(f"{name} is asked {kind}", remedy="name such an utterance in `turn`, or lengthen the dialogue")
    return {name: indices[-1] if ask.turn is None else ask.turn for name, indices in fitting.items()}


def posed(ask: Ask, dialogue: Dialogue, pieces: Pieces | None = None) -> Posed:
    """An objective's question with its right answer.

    Raises:
        InputError: The dialogue or the choices make no question.
    """
    at = _last(ask, dialogue) if ask.turn is None else ask.turn
    if not 0 <= at < len(dialogue.turns):
        raise InputError(f"the dialogue has {len(dialogue.turns)} utterances", remedy="name one of them in `turn`")
    return _POSERS[ask.names[0]](ask, dialogue, at, pieces)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a slide shows of a question, so that the room knows no more than the models."""

    turns: tuple[Turn, ...]
    """As the models read them: changed, or only those before the answer."""
    offered: tuple[str, ...] = ()
    """The responses to choose from."""
    speakers: bool = True
    """Whether it may be told who speaks."""


def asked(ask: Ask, dialogue: Dialogue) -> Asked:
    """What the room may see before the right answer is shown (errors as `turns` and `posed`)."""
    if ask.kind == "objective":
        made = posed(ask, dialogue)
        return Asked(turns=made.turns, offered=made.candidates, speakers=made.objective != "dsp")
    if ask.kind == "tasks":
        at = max(turns(ask, dialogue).values())
        offered = all_offered(dialogue, ask.candidates) if "response_selection" in ask.names else ()
        return Asked(turns=asked_from(dialogue, at), offered=tuple(sorted(offered)))
    return Asked(turns=dialogue.turns)


def _last(ask: Ask, dialogue: Dialogue) -> int:
    return len(dialogue.turns) - (edits.GROUP if ask.names[0] == "dur" else 1)


def _mlm(ask: Ask, dialogue: Dialogue, at: int, pieces: Pieces | None) -> Posed:
    text = dialogue.turns[at].text
    said = [text[start:end].lower() for start, end in edits.words(text)]
    if ask.hide.lower() not in said:
        raise InputError(f"the utterance has no word {ask.hide!r}", where=f"utterance {at + 1}", remedy="write `hide` with one of its words")
    return edits.mask_words(dialogue.turns, [(at, said.index(ask.hide.lower()))], pieces)


def _crm(ask: Ask, dialogue: Dialogue, at: int, pieces: Pieces | None) -> Posed:
    if not ask.candidates:
        raise InputError("there is nothing to choose from", remedy="add `candidates`")
    made = edits.offer_candidates(dialogue.turns, at, (), count=1, rng=Random(0), typed=ask.candidates)
    return replace(made, candidates=tuple(sorted(made.candidates)))


def _enp(ask: Ask, dialogue: Dialogue, at: int, pieces: Pieces | None) -> Posed:
    made = edits.count_entities(dialogue.turns, at, lambda _: int(ask.right or 0))
    return made if ask.right else replace(made, right=())


_POSERS: Mapping[str, Callable[[Ask, Dialogue, int, Pieces | None], Posed]] = {
    "mlm": _mlm, "crm": _crm, "enp": _enp,
    "dsp": lambda ask, dialogue, at, pieces: edits.speaker_of(dialogue.turns, at),
    "dcv": lambda ask, dialogue, at, pieces: edits.put_instead(dialogue.turns, {at: ask.instead} if ask.instead else {}),
    "dur": lambda ask, dialogue, at, pieces: edits.shuffle_group(dialogue.turns, at, ask.order or (1, 2, 0)),
}


def question_mark(ask: Ask, dialogue: Dialogue) -> str:
    """A question's fingerprint: what is asked, of which words; not where the file lies."""
    said: list[Any] = [[turn.speaker, turn.text, turn.intent, turn.acts and list(map(asdict, turn.acts)), turn.state] for turn in dialogue.turns]
    return fingerprint({"ask": asdict(ask), "turns": said})
