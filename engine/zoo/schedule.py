"""Which samples are trained on in which order: the paper's Algorithm 1, and two mixtures to compare it with.

A schedule's whole state is a few numbers, so a killed run goes on with the very sample at which it stopped.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Protocol

from engine.errors import InputError

STEP = 512
"""Samples of one task in a row (paper 2, section 4.3)."""


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Samples of one task that are trained on together."""

    task: str
    indices: tuple[int, ...]
    """Into the task's samples."""
    step: int
    """Number of the slice, from 0: the schedule's state before it is drawn."""


class Schedule(Protocol):
    """Slices without end, from any step on."""

    step: int
    """Samples of a slice."""

    def slices(self, start: int = 0) -> Iterator[Slice]:
        """The slices from number ``start`` on; the same every time."""
        ...


class TaskIterative:
    """Algorithm 1: ``step`` samples of every task in turn, each task wrapping around at its own end.

    The paper prints the number of rounds as ``max(|C|) % S``; a division is meant.

    >>> [(part.task, part.indices) for part, _ in zip(TaskIterative({"a": 3, "b": 5}, step=2).slices(), range(4))]
    [('a', (0, 1)), ('b', (0, 1)), ('a', (2, 0)), ('b', (2, 3))]
    """

    def __init__(self, sizes: Mapping[str, int], step: int = STEP) -> None:
        self.sizes, self.step = _checked(sizes), step

    @property
    def rounds(self) -> int:
        """Rounds over all tasks in one epoch: until the largest task has been seen once."""
        return -(-max(self.sizes.values()) // self.step)

    def slices(self, start: int = 0) -> Iterator[Slice]:
        """See `Schedule`; ``i`` of the algorithm is the round times ``step``, also across epochs."""
        names, number = list(self.sizes), start
        while True:
            name = names[number % len(names)]
            size, first = self.sizes[name], number // len(names) * self.step
            yield Slice(task=name, indices=tuple((first + place) % size for place in range(self.step)), step=number)
            number += 1


class Mixture:
    """``step`` samples of a task drawn with probability proportional to its size to the power of 1 / ``temperature``.

    Temperature 1 is proportional mixing, a larger one evens tasks out. Within a task, samples come in order and wrap around.
    """

    def __init__(self, sizes: Mapping[str, int], *, temperature: float = 1.0, step: int = STEP, seed: int = 0) -> None:
        if temperature <= 0:
            raise InputError(f"a temperature of {temperature} is not above 0", remedy="give 1 for proportional mixing, more to even tasks out")
        self.sizes, self.step, self.seed = _checked(sizes), step, seed
        weights = [size ** (1 / temperature) for size in self.sizes.values()]
        self._ends = [end / sum(weights) for end in accumulate(weights)]

    def slices(self, start: int = 0) -> Iterator[Slice]:
        """See `Schedule`; a task's place follows from how often it was drawn before."""
        names, number = list(self.sizes), 0
        drawn = dict.fromkeys(names, 0)
        rng = Random(self.seed)
        while True:
            name = names[min(bisect_right(self._ends, rng.random()), len(names) - 1)]
            if number >= start:
                first = drawn[name] * self.step
                yield Slice(task=name, indices=tuple((first + place) % self.sizes[name] for place in range(self.step)), step=number)
            drawn[name] += 1
            number += 1


def _checked(sizes: Mapping[str, int]) -> dict[str, int]:
    empty = [name for name, size in sizes.items() if size < 1]
    if empty or not sizes:
        raise InputError(f"{', '.join(empty) or 'the mixture'} has no sample", remedy="leave it out, or build its data first")
    return dict(sizes)
