"""The contract of an entity extractor: a card, and character spans for each text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.dialogue.model import Span


@dataclass(frozen=True, kw_only=True)
class ExtractorCard:
    """What a reader of entity counts must know about their extractor."""

    name: str
    """Registry name, e.g. ``shipped``."""
    title: str
    backend: str
    """Library and version, e.g. ``spaCy 3.8.7``."""
    licence: str
    training: tuple[str, ...]
    """The data sets that the model was trained on, as far as its makers say."""
    install: str
    """The command that puts the model on this machine."""
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """``corpus/split`` to what `engine.entities.scoring.score` measured there, with its counts."""


class Extractor(Protocol):
    """Thread-safe; the same texts always give the same spans."""

    card: ExtractorCard

    def entities(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        """The entities of each text, left to right, without overlap; offsets count characters of that text."""
        ...
