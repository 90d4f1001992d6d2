"""What a predictor says of itself: its parts and the state of each, its device and its threads (no torch here)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

State = Literal["not loaded", "loading", "ready", "failed", "evicted"]
"""Evicted: was ready, and made room for others; it is loaded again when asked for."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One variant's model for one task, or its head for one objective."""

    variant: str
    kind: Literal["task", "objective"]
    name: str
    """Of the task or objective."""
    state: State
    trouble: str = ""
    """Where it failed: cause and remedy in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Description:
    """A predictor at this moment."""

    predictor: str
    """Registry name."""
    device: str
    """``cpu``, ``cuda``, or ``none`` where nothing is computed."""
    precision: str = "float32"
    """Of what it computes, see `engine.serve.precision`."""
    threads: int
    """For one computation."""
    memory_bytes: int
    """Of the whole process."""
    parts: tuple[Part, ...] = ()
    """Every variant's tasks, then its objectives; those that lack a file too."""
    fingerprints: Mapping[str, str] | None = None
    """Variant name to the fingerprint of its weights."""
    warming: bool = False
    """Whether everything is being loaded in the background."""
    weights_bytes: int = 0
    """Of the parts that are ready, beside what all variants share."""
    weights_limit: int | None = None
    """Above which the part that was used longest ago is evicted; None for no limit."""

    def count(self, state: State) -> int:
        """How many parts are in that state."""
        return sum(part.state == state for part in self.parts)

    @property
    def troubles(self) -> tuple[str, ...]:
        """Every different sentence of what failed."""
        return tuple(dict.fromkeys(part.trouble for part in self.parts if part.trouble))
