"""What a set of DialoGLUE is: its rows, its parts, and how answers to it are scored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["intent", "slots", "top", "state"]
Shots = Literal["full", "10"]
SHOTS: tuple[Shots, ...] = ("full", "10")


@dataclass(frozen=True, slots=True, kw_only=True)
class GlueRow:
    """A sentence with its right answer."""

    words: tuple[str, ...]
    """Between spaces; where the system has just asked for slots, their names stand in front, as in DialoGLUE's code."""
    intent: str = ""
    """Empty where the set has none."""
    tags: tuple[str, ...] = ()
    """A BIO tag for each word; empty where the set has none."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a model is trained on, chosen by, and scored on once."""

    train: Sequence[GlueRow]
    few: Sequence[GlueRow]
    """DialoGLUE's few-shot part of training: ten rows for each intent, or a tenth of the rows drawn with replacement."""
    dev: Sequence[GlueRow]
    """The same for full and few-shot training."""
    test: Sequence[GlueRow]

    def training(self, shots: Shots) -> Sequence[GlueRow]:
        """The rows of a setting."""
        return self.few if shots == "10" else self.train


@dataclass(frozen=True, kw_only=True)
class GlueSet:
    """One of the seven sets; ``multiwoz`` has no ``parts``, since its rows are dialogues."""

    name: str
    """Its key in a submission."""
    title: str
    kind: Kind
    dataset: str
    """Name in `engine.zoo.datasets`."""
    headline: str
    """Name of the metric that EvalAI shows."""
    test_rows: int
    """As EvalAI expects them; of MultiWOZ, whose rows EvalAI does not count, the turns of the published states."""
    parts: Callable[[Path], Parts] | None = None
    """Reads the published files in a folder."""
    protocol: str = ""
    """What a reader of a score must know, in a sentence or two."""
