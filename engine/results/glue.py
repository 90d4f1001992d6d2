"""The store of DialoGLUE's scores: one JSON line per encoder, set, shots and seed, only ever appended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.paths import results_root
from engine.results import store


@dataclass(frozen=True, kw_only=True)
class GlueScore:
    """One encoder, fine-tuned with one seed on one set, scored once on its test rows.

    Raises:
        InputError: A number is not finite.
    """

    encoder: str
    """As asked: ``base``, a variant, a name in ``checkpoints/zoo``, a folder or a hub id."""
    weights: str
    """SHA-256 of what was trained on top of the base; empty for a base alone."""
    run: str
    """Names everything that changes the score; a row that is there is not measured again."""
    dataset: str
    """The set's key in a submission."""
    shots: str
    """``full`` or ``10``."""
    recipe: str
    """Name of the recipe."""
    metric: str
    """Name of the headline metric."""
    metrics: Mapping[str, float]
    """All in per cent."""
    dev: float
    """The headline on dev at the step that was chosen by it."""
    protocol: str
    """How rows were drawn and what differs from DialoGLUE's code, in words."""
    trained_examples: int
    """Rows drawn with replacement count as often as they were drawn."""
    available_examples: int
    """Training rows of the setting; more than were trained on where ``--limit-train`` said so."""
    dev_examples: int
    examples: int
    """Test rows."""
    steps: int
    tokens: int
    """Read in fine-tuning."""
    tokens_seen: int
    """Of further pre-training; 0 for a base."""
    seed: int
    seconds: float
    """Of fine-tuning, without looks at dev."""
    scoring_seconds: float
    """Of the test rows."""
    hardware: str
    commit: str
    command: str
    versions: Mapping[str, str]
    created: str
    """ISO 8601, UTC."""

    def __post_init__(self) -> None:
        store.check_finite({**self.metrics, "dev": self.dev}, f"{self.encoder} {self.dataset}")

    @property
    def headline(self) -> float:
        """The headline metric's value in per cent."""
        return self.metrics[self.metric]


def default_path() -> Path:
    """``zoo_glue.jsonl`` in the results folder."""
    return results_root() / "zoo_glue.jsonl"


def append(score: GlueScore, path: Path | None = None) -> None:
    """Add one row (`engine.results.store.append_line`)."""
    store.append_line(score, path or default_path())


def read(path: Path | None = None) -> list[GlueScore]:
    """All rows in the order of writing; none where there is no file yet.

    Raises:
        InputError: A complete line is not a row (file and line are named).
    """
    return store.read_lines(path or default_path(), GlueScore, ("metrics", "versions"))
