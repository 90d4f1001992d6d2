"""Which format a file is in, how sure we are, and what it might be instead."""

from __future__ import annotations

from dataclasses import dataclass

from engine.dialogue.formats import FORMATS
from engine.dialogue.formats.source import Head
from engine.errors import InputError

ENDING_BONUS = 0.05
"""What a fitting file name ending adds to the confidence."""


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What a file was taken for."""

    format: str
    title: str
    confidence: float
    """0 to 1."""
    runner_up: tuple[str, float] | None
    """The second-best format and its confidence."""
    chosen: bool = False
    """Whether the caller named the format."""

    @property
    def sentence(self) -> str:
        """What to tell a person.

        >>> Detection(format="sgd", title="SGD", confidence=0.95, runner_up=("convlab3", 0.5)).sentence
        'Read as SGD, 95% sure; next best: convlab3 50%.'
        """
        second = "; next best: {} {:.0%}".format(*self.runner_up) if self.runner_up else ""
        sure = "as asked" if self.chosen else f"{self.confidence:.0%} sure"
        return f"Read as {self.title}, {sure}{second}."


def detect(head: Head, filename: str = "", chosen: str | None = None) -> Detection:
    """The format of a file by its first characters, with a little help of its name.

    Args:
        head: The first characters.
        filename: As the caller calls the file; may be empty.
        chosen: A format that the caller names instead.

    Raises:
        InputError: It is in no known format.
        UnknownNameError: There is no format of the chosen name.
    """
    ranked = rank(head, filename)
    if chosen is not None:
        confidence = dict(ranked).get(chosen, 0.0)
        others = [pair for pair in ranked if pair[0] != chosen]
        return Detection(format=chosen, title=FORMATS[chosen].title, confidence=confidence, runner_up=others[0] if others else None, chosen=True)
    if not ranked:
        raise InputError("the file is in no known format", remedy=f"known formats are {_known()}")
    (name, confidence), *others = ranked
    return Detection(format=name, title=FORMATS[name].title, confidence=confidence, runner_up=others[0] if others else None)


def rank(head: Head, filename: str = "") -> list[tuple[str, float]]:
    """The formats that a file may be in, with our confidence, best first."""
    scores = {name: FORMATS[name].recognise(head) for name in FORMATS}
    bonus = {name: ENDING_BONUS * filename.lower().endswith(FORMATS[name].endings) for name in FORMATS}
    found = [(name, min(1.0, round(score + bonus[name], 3))) for name, score in scores.items() if score > 0]
    return sorted(found, key=lambda pair: -pair[1])


def _known() -> str:
    return "; ".join(f"{FORMATS[name].title} ({FORMATS.note(name).rstrip('.')})" for name in FORMATS)
