"""What there is in many dialogues: how much of them is annotated, and which of them hold a word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.dialogue.model import Dialogue

MARKS = {"intents": "I", "acts": "A", "states": "S", "spans": "P"}
"""Kind of annotation to its letter in `letters`."""


@dataclass(frozen=True, kw_only=True)
class Annotated:
    """How much annotation of one kind there is."""

    turns: int
    """Turns that have some, be it annotated as empty."""
    different: int
    """Different intents, names of acts, or slots."""
    dialogues: int
    """Dialogues with at least one such turn."""


def annotation(dialogues: Iterable[Dialogue]) -> dict[str, Annotated]:
    """Kind of annotation (the keys of `MARKS`) to how much of it there is."""
    counts = {kind: [0, 0] for kind in MARKS}
    names: dict[str, set[str]] = {kind: set() for kind in MARKS}
    for dialogue in dialogues:
        for kind, (turns, found) in _of(dialogue).items():
            counts[kind][0] += turns
            counts[kind][1] += 1
            names[kind] |= found
    return {kind: Annotated(turns=turns, dialogues=many, different=len(names[kind])) for kind, (turns, many) in counts.items()}


def letters(dialogue: Dialogue) -> str:
    """The kinds of annotation in one dialogue, e.g. ``I S`` for intents and states."""
    return " ".join(MARKS[kind] for kind in _of(dialogue))


def matching(dialogues: Sequence[Dialogue], words: str) -> list[int]:
    """Indices of the dialogues that hold each of the words in name, domains or utterances, in any case; all of them without words."""
    wanted = words.casefold().split()
    if not wanted:
        return list(range(len(dialogues)))
    return [index for index, dialogue in enumerate(dialogues) if _holds(dialogue, wanted)]


def _holds(dialogue: Dialogue, wanted: Sequence[str]) -> bool:
    whole = " ".join([dialogue.id, *dialogue.domains, *(turn.text for turn in dialogue.turns)]).casefold()
    return all(word in whole for word in wanted)


def _of(dialogue: Dialogue) -> dict[str, tuple[int, set[str]]]:
    """The kinds in a dialogue, each with its annotated turns and the names in them."""
    turns = dialogue.turns
    found: dict[str, list[Iterable[str]]] = {
        "intents": [[turn.intent] for turn in turns if turn.intent is not None],
        "acts": [[act.name for act in turn.acts] for turn in turns if turn.acts is not None],
        "states": [turn.state for turn in turns if turn.state is not None],
        "spans": [[span.label for span in turn.spans] for turn in turns if turn.spans is not None]}
    return {kind: (len(parts), set().union(*parts)) for kind, parts in found.items() if parts}
