"""Who is who in an upload, applied: turns of skipped speakers are dropped, and turns of one speaker in a row may become one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import TypeVar

from engine.dialogue.formats.base import Reading
from engine.dialogue.model import Dialogue, Role, Speaker, Turn

T = TypeVar("T")
JOINT = "\n"
"""Between the utterances of merged turns."""


class Cast:
    """The speakers of one upload; counts what it changes.

    Args:
        reading: Knows the role of every label that was met.
        merge: Whether turns of one speaker in a row become one.
    """

    def __init__(self, reading: Reading, *, merge: bool = False) -> None:
        self.reading, self.merge = reading, merge
        self.said: Counter[str] = Counter()
        """Turns by label; of a format without labels, by speaker."""
        self.dropped = 0
        """Turns of skipped speakers."""
        self.merged = 0
        """Turns that became part of the one before."""

    @property
    def roles(self) -> dict[str, Role]:
        """Label to role, of everybody who says something."""
        return {label: self._role(label) for label in self.said}

    def applied(self, dialogue: Dialogue) -> Dialogue:
        """The dialogue with its roles; the same object where nothing changes."""
        self.said.update(turn.label or turn.speaker for turn in dialogue.turns)
        kept = [turn for turn in map(self._settled, dialogue.turns) if turn is not None]
        self.dropped += len(dialogue.turns) - len(kept)
        turns = [merged(list(run)) for _, run in groupby(kept, key=lambda turn: turn.speaker)] if self.merge else kept
        self.merged += len(kept) - len(turns)
        same = len(turns) == len(dialogue.turns) and all(one is other for one, other in zip(turns, dialogue.turns, strict=True))
        return dialogue if same else dialogue.with_turns(turns)

    def _settled(self, turn: Turn) -> Turn | None:
        role = self._role(turn.label) if turn.label else self.reading.given(turn.speaker) or turn.speaker
        if role == "skip":
            return None
        return turn if role == turn.speaker else replace(turn, speaker=role)

    def _role(self, label: str) -> Role:
        usual: Speaker = "system" if label == "system" else "user"
        return self.reading.roles.get(label) or self.reading.given(label) or usual


def merged(turns: list[Turn]) -> Turn:
    """Turns of one speaker as one: texts below each other, acts and spans of all, the last intent and state that are annotated."""
    first, *others = turns
    if not others:
        return first
    texts = [turn.text for turn in turns]
    starts = [sum(len(text) + len(JOINT) for text in texts[:index]) for index in range(len(texts))]
    moved = [None if turn.spans is None else tuple(replace(span, start=span.start + start, end=span.end + start) for span in turn.spans)
             for turn, start in zip(turns, starts, strict=True)]
    return replace(first, text=JOINT.join(texts), tokens=None, intent=_last(turn.intent for turn in turns), state=_last(turn.state for turn in turns),
                   acts=_all(turn.acts for turn in turns), spans=_all(moved))


def _last(values: Iterable[T | None]) -> T | None:
    return next((value for value in reversed(list(values)) if value is not None), None)


def _all(parts: Iterable[tuple[T, ...] | None]) -> tuple[T, ...] | None:
    annotated = [part for part in parts if part is not None]
    return tuple(one for part in annotated for one in part) if annotated else None
