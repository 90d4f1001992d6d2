"""The store of DialogZoo's measured scores: one JSON line per model, pair and way of decoding, only ever appended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.paths import results_root
from engine.results import store


@dataclass(frozen=True, kw_only=True)
class ZooScore:
    """One model on the samples of one pair.

    Raises:
        InputError: A number is not finite.
    """

    model: str
    """``compact``, ``untrained``, an ablation's name, a hub id, or a baseline: ``majority``, ``copy`` ..."""
    weights: str
    """SHA-256 of the weights' file, or the run's name; empty for baselines."""
    task: str
    dataset: str
    split: str
    """As published; ``dev*`` is the tenth of dev that stands apart where the rest of dev stands in for training."""
    decoding: str
    """``constrained``, ``free``, or empty for baselines."""
    metric: str
    """Name of the headline metric."""
    metrics: Mapping[str, float]
    """All in per cent."""
    low: float
    """Lower end of the headline's 95 % interval."""
    high: float
    valid: float
    """Per cent of answers that are of the task's form and name only what the sample knows."""
    examples: int
    available: int
    """Samples of the split; fewer were asked where this is larger."""
    tokens_seen: int
    """In training, read and written ones together."""
    seed: int
    seconds: float
    hardware: str
    commit: str
    command: str
    versions: Mapping[str, str]
    created: str
    """ISO 8601, UTC."""

    def __post_init__(self) -> None:
        store.check_finite({**self.metrics, "low": self.low, "high": self.high, "valid": self.valid}, f"{self.model} {self.task}/{self.dataset}")

    @property
    def headline(self) -> float:
        """The headline metric's value in per cent."""
        return self.metrics[self.metric]


def default_path() -> Path:
    """``zoo.jsonl`` in the results folder."""
    return results_root() / "zoo.jsonl"


def append(score: ZooScore, path: Path | None = None) -> None:
    """Add one row (`engine.results.store.append_line`)."""
    store.append_line(score, path or default_path())


def read(path: Path | None = None) -> list[ZooScore]:
    """All rows in the order of writing; none where there is no file yet.

    Raises:
        InputError: A complete line is not a row (file and line are named).
    """
    return store.read_lines(path or default_path(), ZooScore, ("metrics", "versions"))
