"""DialoGLUE's own draws of dev and few-shot rows: its scripts seed numpy's legacy generator with 0, whose stream never changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")
Draw = Callable[[Sequence[T], int], list[T]]


def with_replacement() -> Draw[T]:
    """A fresh draw from seed 0; a row may come several times. Asked again, it goes on where it was."""
    random = np.random.RandomState(0)

    def draw(rows: Sequence[T], count: int) -> list[T]:
        return [rows[place] for place in random.choice(len(rows), count)] if rows else []

    return draw


def per_label(labels: Sequence[str], count: int) -> list[int]:
    """Places of ``count`` rows of each label, labels sorted, from seed 0; all of a label that has fewer.

    >>> sorted(per_label(["b", "a", "b"], 1)), sorted(per_label(["b", "a", "b"], 5))
    ([1, 2], [0, 1, 2])
    """
    random, found = np.random.RandomState(0), list[int]()
    for label in sorted(set(labels)):
        places = [place for place, other in enumerate(labels) if other == label]
        found += [int(place) for place in random.choice(places, min(count, len(places)), replace=False)]
    return found


def dev_places(rows: Sequence[T], labels: Sequence[str], test_labels: Sequence[str], ratio: int) -> list[int]:
    """Places of the training rows that become dev: of each label one for ``ratio`` test rows, none that stands in a draw of 10 or 30 rows a label.

    Rows are drawn with replacement, so dev has some of them twice.
    """
    barred = {(rows[place], labels[place]) for count in (10, 30) for place in per_label(labels, count)}
    free: dict[str, list[int]] = {}
    for place, row in enumerate(zip(rows, labels, strict=True)):
        if row not in barred:
            free.setdefault(row[1], []).append(place)
    draw: Draw[int] = with_replacement()
    return [place for label, count in Counter(test_labels).items() for place in draw(free.get(label, []), count // ratio)]
