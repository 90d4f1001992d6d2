"""The contract of a metric: every sample gives numbers that add up, and the metric is a function of their sums.

So a metric of any draw of samples follows from the same numbers, and every metric gets an interval. Shapes: N samples, K numbers, B sums.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.zoo.base import Sample
from engine.zoo.escape import tidy


@dataclass(frozen=True, slots=True)
class Row:
    """A sample with what was answered."""

    gold: Any
    guess: Any | None
    """None where the text was not of the task's form."""
    sample: Sample


class Metric(ABC):
    """A number in per cent, the higher the better; 100 where there is nothing to be wrong about."""

    binary = False
    """Whether it is the share of samples that are right."""

    @abstractmethod
    def counts(self, rows: Sequence[Row]) -> NDArray[np.float64]:
        """What each sample adds, (N, K)."""

    @abstractmethod
    def value(self, sums_BK: NDArray[np.float64]) -> NDArray[np.float64]:
        """The metric of each of B sums."""

    def applies(self, rows: Sequence[Row]) -> bool:
        """Whether the metric means something for such samples."""
        return True

    def __call__(self, golds: Sequence[Any], guesses: Sequence[Any | None], samples: Sequence[Sample]) -> float:
        """The metric of all samples.

        Raises:
            InputError: There is no sample, or the numbers differ.
        """
        return float(self.value(self.counts(pair_up(golds, guesses, samples)).sum(axis=0, keepdims=True))[0])


def pair_up(golds: Sequence[Any], guesses: Sequence[Any | None], samples: Sequence[Sample]) -> list[Row]:
    """Refuse to score nothing, or answers that do not pair up with samples.

    Raises:
        InputError: There is no sample, or the numbers differ.
    """
    if not len(samples):
        raise InputError("there is no sample to score", remedy="check the split and its annotation")
    if not len(golds) == len(guesses) == len(samples):
        raise InputError(f"{len(samples):,} samples have {len(golds):,} gold answers and {len(guesses):,} guesses",
                         remedy="give one answer per sample, in the same order")
    return [Row(*row) for row in zip(golds, guesses, samples, strict=True)]


class Ratio(Metric):
    """The sum of what is right over the sum of all: a mean over samples, or a micro average.

    Args:
        of: Right and all of one sample; their ratio lies between 0 and 1.
        binary: Whether each sample gives 0 or 1 of 1.
        applies: Whether the metric means something for such samples.
    """

    def __init__(self, of: Callable[[Row], tuple[float, float]], *, binary: bool = False,
                 applies: Callable[[Sequence[Row]], bool] = lambda rows: True) -> None:
        self._of, self.binary, self._applies = of, binary, applies

    def counts(self, rows: Sequence[Row]) -> NDArray[np.float64]:
        """Right and all, (N, 2)."""
        return np.array([self._of(row) for row in rows], dtype=np.float64).reshape(-1, 2)

    def value(self, sums_BK: NDArray[np.float64]) -> NDArray[np.float64]:
        """See `Metric`."""
        return 100 * _ratios(sums_BK[:, 0], sums_BK[:, 1], empty=1.0)

    def applies(self, rows: Sequence[Row]) -> bool:
        """See `Metric`."""
        return self._applies(rows)


class Macro(Metric):
    """The mean over the labels that are gold somewhere of each label's own ratio; labels that are only guessed count where none is gold.

    Args:
        of: Label to right and all, for the labels that one sample touches.
        labels: The gold labels of one sample.
        applies: Whether the metric means something for such samples.
    """

    def __init__(self, of: Callable[[Row], Mapping[str, tuple[float, float]]], labels: Callable[[Row], Iterable[str]],
                 applies: Callable[[Sequence[Row]], bool] = lambda rows: True) -> None:
        self._of, self._labels, self._applies = of, labels, applies

    def counts(self, rows: Sequence[Row]) -> NDArray[np.float64]:
        """Right and all of each gold label, (N, 2 L)."""
        gold = {label for row in rows for label in self._labels(row)} or {label for row in rows for label in self._of(row)}
        place = {label: number for number, label in enumerate(sorted(gold))}
        found = np.zeros((len(rows), len(place), 2))
        for number, row in enumerate(rows):
            for label, both in self._of(row).items():
                if label in place:
                    found[number, place[label]] += both
        return found.reshape(len(rows), -1)

    def value(self, sums_BK: NDArray[np.float64]) -> NDArray[np.float64]:
        """See `Metric`; a label that no sample of a draw touches is left out of that draw."""
        pairs = sums_BK.reshape(len(sums_BK), sums_BK.shape[1] // 2, 2)
        known = (pairs[:, :, 1] > 0).sum(axis=1)
        ratios = _ratios(pairs[:, :, 0], pairs[:, :, 1], empty=0.0)
        return 100 * _ratios(ratios.sum(axis=1), known, empty=1.0)

    def applies(self, rows: Sequence[Row]) -> bool:
        """See `Metric`."""
        return self._applies(rows)


def mean(of: Callable[[Row], float]) -> Callable[[Row], tuple[float, float]]:
    """A number of each sample as a part of their mean."""
    return lambda row: (float(of(row)), 1.0)


def folded(text: str) -> str:
    """Words without case and superfluous spaces: what two equal answers share."""
    return tidy(text).casefold()


def _ratios(right: NDArray[Any], all_: NDArray[Any], empty: float) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.divide(right, all_, out=np.full(np.shape(right), empty), where=all_ > 0)
    return found
