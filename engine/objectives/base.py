"""The contract of an objective: examples from a dialogue, a batch for a head; no torch, no global chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from engine.dialogue.model import Dialogue, Turn
from engine.models.batch import Batch, HeadSpec


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What an objective may look at besides the dialogue itself."""

    pool: Sequence[Dialogue]
    """Training dialogues, for distractors."""
    count: Callable[[Sequence[str]], list[int]]
    """Number of entities in each text, by the chosen extractor."""
    entity_classes: int
    """K of ENP; the last class means K - 1 or more."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One question with its right answer."""

    turns: tuple[Turn, ...]
    """What the model reads."""
    target: Any = None
    """dsp, dcv, enp: class id; dur: true rank of each group member; mlm, crm: none (it is in the text)."""
    response: Turn | None = None
    """crm: the true continuation."""
    group: tuple[int, ...] = field(default=())
    """dur: indices of the shuffled turns."""


class Form(Protocol):
    """How turns become wordpieces (`engine.models.tokens.TextForm`)."""

    tokens: Any

    def utterance(self, turn: Turn, limit: int | None = None) -> list[int]: ...

    def history(self, turns: Sequence[Turn], limit: int | None = None) -> tuple[list[int], list[int | None]]: ...


class Objective(Protocol):
    """A self-supervised task over unlabelled dialogues."""

    name: str
    classes: tuple[str, ...]
    """Names of the classes, where the head is a classifier with fixed ones."""

    def examples(self, dialogue: Dialogue, rng: Random, sources: Sources) -> Iterator[Example]:
        """Questions drawn from one dialogue; none where it is too short."""
        ...

    def collate(self, examples: Sequence[Example], form: Form, rng: Random) -> Batch:
        """One batch of questions."""
        ...

    def head(self, sources_classes: int) -> HeadSpec:
        """The head that is trained (``sources_classes``: K of ENP)."""
        ...
