"""Rows of scores: a model, or the baselines, on one pair after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from engine import provenance
from engine.fingerprint import file_sha256
from engine.models.seq2seq.store import load, zoo_file
from engine.recipes import CPU_ZOO
from engine.results.zoo import ZooScore
from engine.train.backbones import backbone
from engine.train.zoo_evaluate import Asked, evaluate, evaluate_baselines
from engine.zoo.escape import BRACKETED
from engine.zoo.scores import Scores

UNTRAINED, BASELINES = "untrained", "baselines"


class Scorer:
    """Opens a model once and asks it pair by pair.

    Args:
        name: A name in ``checkpoints/zoo``, ``untrained`` (the compact backbone as it begins), or ``baselines``.
        data: The unified dataset.
        constrained: How answers are written.

    Raises:
        CheckpointError: The weights are missing or damaged.
    """

    def __init__(self, name: str, data: Path, *, constrained: bool) -> None:
        self.name, self.data, self.constrained = name, data, constrained
        self.weights, self.tokens, self.seed, self.max_tokens = "", 0, 0, CPU_ZOO.max_tokens
        if name in (UNTRAINED, BASELINES):
            self.model = backbone("compact", data, 0).eval()
        else:
            self.model, card = load(zoo_file(name), BRACKETED)
            self.weights, self.tokens, self.seed, self.max_tokens = file_sha256(zoo_file(name)), card["tokens_seen"], card["seed"], card["max_tokens"]

    def rows(self, question: Asked, progress: Callable[[int], None]) -> Iterator[ZooScore]:
        """A row for the model, or one for each baseline."""
        before = time.monotonic()
        if self.name == BASELINES:
            scores = evaluate_baselines(self.data, question, self.model.codec)
        else:
            scores = {self.name: evaluate(self.model, question, self.max_tokens, constrained=self.constrained, progress=progress)}
        for name, found in scores.items():
            yield self._row(name, question, found, time.monotonic() - before)

    def _row(self, name: str, question: Asked, found: Scores, seconds: float) -> ZooScore:
        low, high = found.intervals[found.metric]
        decoding = "" if self.name == BASELINES else "constrained" if self.constrained else "free"
        return ZooScore(
            model=name, weights=self.weights, task=question.task, dataset=question.dataset, split=question.split, decoding=decoding, metric=found.metric,
            metrics=dict(found.metrics), low=low, high=high, valid=found.valid, examples=found.n, available=question.available, tokens_seen=self.tokens,
            seed=self.seed, seconds=round(seconds, 1), hardware=provenance.hardware(), commit=provenance.commit(), command=provenance.command(),
            versions=dict(provenance.versions()), created=datetime.now(UTC).isoformat(timespec="seconds"))
