"""Why a variant answers as it does, as plain data: attribution, ablation, and what the model read (no torch)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from scipy.special import expit

from engine.tasks.base import Answer

STEPS, MOST_STEPS = 16, 256
"""Points of the path integral at first; doubled up to the most while an attribution is not complete."""
TOLERANCE = 0.02
"""Largest `Attribution.delta` of a complete one, as a share of the difference between score and baseline score (of 1 where that is smaller)."""
Baseline = Literal["mask", "pad"]
"""What stands in for every word where nothing is known: the embedding of ``[MASK]``, which all bases were trained on, or of ``[PAD]``."""


def confidence(score: float) -> float:
    """The probability behind a score.

    >>> confidence(0.0), confidence(-1000.0)
    (0.5, 0.0)
    """
    return float(expit(score))


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One wordpiece of what a model was given."""

    id: int
    text: str
    """The vocabulary's spelling."""
    kind: Literal["word", "marker", "special"]
    """A word's piece, a speaker's marker, or ``[CLS]`` and ``[SEP]``."""
    turn: int | None
    """Index into ``dialogue.turns``; None for the special ones."""
    kept: bool = True
    """Whether the model read it, or it was cut away."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a model read to answer one question, and what was cut away, in the order of the text."""

    task: str
    turn: int
    limit: int
    """Longest sequence in tokens, the special ones included."""
    reads: tuple[int, ...]
    """The turns that the question is asked from, before anything is cut."""
    pieces: tuple[Piece, ...]
    responses: tuple[tuple[Piece, ...], ...] = ()
    """Response selection only: each candidate as it was read, in the order in which they are offered."""

    @property
    def ids(self) -> list[int]:
        """Exactly what the encoder was fed."""
        return [piece.id for piece in self.pieces if piece.kept]

    @property
    def cut(self) -> int:
        """How many tokens were cut away."""
        return sum(not piece.kept for piece in self.pieces)

    @property
    def fates(self) -> dict[int, Literal["whole", "part", "cut"]]:
        """What became of each turn of ``reads``."""
        kept: dict[int, list[bool]] = {turn: [] for turn in self.reads}
        for piece in self.pieces:
            if piece.turn is not None:
                kept[piece.turn].append(piece.kept)
        return {turn: "whole" if all(here) else "part" if any(here) else "cut" for turn, here in kept.items()}


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """How much each token speaks for one variant's answer: integrated gradients from a dialogue without words.

    The score is the target's log-odds: against all other classes, candidates or values of the slot; an act's against its absence.
    So ``confidence(score)`` is the confidence that `compare` gives. The path leads from the baseline's embeddings, the special
    tokens and markers being the same, to those of the words (Sundararajan et al. 2017, https://arxiv.org/abs/1703.01365).
    """

    variant: str
    task: str
    turn: int
    target: str
    """An intent, an act, a response, or ``slot=value``."""
    score: float
    baseline: Baseline
    baseline_score: float
    """Of the same sequence with every word replaced by the baseline."""
    pieces: tuple[Piece, ...]
    """What the model read."""
    scores: tuple[float, ...]
    """Per piece; positive where it speaks for the target."""
    steps: int
    shuffled: str = ""
    """Which weights were shuffled for the sanity check, in words; empty for the model as it is."""

    @property
    def delta(self) -> float:
        """By how much the attributions miss the difference that they share out."""
        return sum(self.scores) - (self.score - self.baseline_score)

    @property
    def complete(self) -> bool:
        """Whether they add up, within `TOLERANCE`."""
        return abs(self.delta) <= TOLERANCE * max(1.0, abs(self.score - self.baseline_score))

    @property
    def turns(self) -> Mapping[int, float]:
        """Sum per turn, in order."""
        sums: dict[int, float] = {}
        for piece, score in zip(self.pieces, self.scores, strict=True):
            if piece.turn is not None:
                sums[piece.turn] = sums.get(piece.turn, 0.0) + score
        return sums


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """The same question without one turn."""

    variant: str
    task: str
    turn: int
    target: str
    dropped: int
    """Index of the turn that is missing, or whose words are."""
    blank: bool
    """Its words were replaced by as many ``[MASK]``, instead of the turn being left out."""
    before: float
    """Score of the target as in `Attribution`."""
    after: float
    answer_before: Answer
    answer_after: Answer

    @property
    def effect(self) -> float:
        """What the turn adds to the score: positive where it speaks for the target."""
        return self.before - self.after


def named(slot: str, value: str) -> str:
    """A slot's value as a target.

    >>> named("hotel-area", "north")
    'hotel-area=north'
    """
    return f"{slot}={value}"
