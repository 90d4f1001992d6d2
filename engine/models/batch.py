"""What a head is asked: sequences to encode, the token states it reads, and the right answers (no torch here)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


class Fed(Protocol):
    """What the training loop must know of a batch."""

    @property
    def tokens(self) -> int:
        """How many tokens the model has to read."""
        ...

    @property
    def targets(self) -> Sequence[Any]:
        """Right answers; a batch without any is passed over."""
        ...


HeadKind = Literal["classifier", "multi_label", "siamese", "rank", "masked_lm", "slots"]


@dataclass(frozen=True, kw_only=True)
class HeadSpec:
    """Which network answers, in the paper's sense of *structure*."""

    kind: HeadKind
    size: int = 0
    """Number of classes or labels (slots: number of slots)."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments of the head's class in `engine.models.heads`."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Everything one head needs for one step."""

    sequences: list[list[int]]
    """Wordpiece ids."""
    places: list[tuple[int, int]]
    """``(sequence, position)`` of each state that the head reads, in the order in which it reads them."""
    targets: Sequence[Any]
    """classifier: class ids; multi_label: label ids per row; siamese: row of the right response per context (contexts come
    first in ``places``, then as many responses); rank: true rank of each member, group after group; masked_lm: word ids;
    slots: one tuple of value ids per row."""

    @property
    def tokens(self) -> int:
        """How many tokens the encoder has to read."""
        return sum(map(len, self.sequences))


@dataclass(frozen=True, kw_only=True)
class TextPairs:
    """What a text-to-text model is asked, and what it should answer; ids as `engine.models.seq2seq.codec` makes them."""

    sources: list[list[int]]
    targets: list[list[int]]
    """Without first and last ids."""

    @property
    def tokens(self) -> int:
        """Read and written ones together."""
        return sum(map(len, self.sources)) + sum(map(len, self.targets))
