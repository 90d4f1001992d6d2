"""A linear probe on frozen states with its control tasks, selectivity and intervals (Hewitt and Liang 2019); no torch."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from engine.probing.base import Question, texts

STRENGTH = 0.1
"""Inverse weight of the probe's penalty on standardised states (our choice, the same for every probe and variant)."""
CONTROLS = 3
"""Control tasks per probe; their accuracies are averaged."""
DRAWS = 2_000
"""Bootstrap draws of held-out dialogues."""

# N rows, D hidden size


def measure(fitted: Sequence[Question], states_ND: NDArray[Any], held_out: Sequence[Question], held_states_ND: NDArray[Any], *,
            seed: int = 0) -> dict[str, float]:
    """Accuracy on held-out questions, control accuracy, selectivity (their difference) and 95 % intervals over dialogues.

    A control task gives every type one label, drawn from the training labels by the type's name and the seed; the probe is fitted
    anew on these labels, which can only be memorised. For word probes the type is the word, which comes back in held-out
    utterances (Hewitt and Liang's own case). For the others it is the whole text that is read: no text comes back, so the
    control there is what shuffled labels give, and selectivity is what the probe knows beyond that.

    Returns:
        ``accuracy``, ``control``, ``selectivity``, each with ``_low`` and ``_high``; ``majority``: the share of the commonest label.
    """
    right = [question.label for question in fitted], [question.label for question in held_out]
    hits_N = hits(states_ND, right[0], held_states_ND, right[1])
    controls = [(control(fitted, right[0], f"{seed}/{number}"), control(held_out, right[0], f"{seed}/{number}")) for number in range(CONTROLS)]
    control_N = np.mean([hits(states_ND, train, held_states_ND, held) for train, held in controls], axis=0)
    groups = [question.dialogue for question in held_out]
    found = {"majority": max(right[1].count(label) for label in set(right[1])) / len(right[1])}
    for name, values_N in (("accuracy", hits_N), ("control", control_N), ("selectivity", hits_N - control_N)):
        low, high = interval(values_N, groups, seed=seed)
        found |= {name: float(np.mean(values_N)), f"{name}_low": low, f"{name}_high": high}
    return found


def hits(states_ND: NDArray[Any], labels: Sequence[str], held_states_ND: NDArray[Any], held_labels: Sequence[str]) -> NDArray[np.float64]:
    """1 where a probe fitted on the first states answers right on the held-out ones; one label alone is always answered."""
    if len(set(labels)) == 1:
        return np.array([label == labels[0] for label in held_labels], dtype=float)
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=500))
    return np.asarray(probe.fit(states_ND, labels).predict(held_states_ND) == np.array(held_labels), dtype=float)


def control(questions: Sequence[Question], labels: Sequence[str], seed: str) -> list[str]:
    """The control task's labels: one for each type, by its name and the seed alone, as frequent as in ``labels``."""
    return [labels[Random(f"control/{seed}/{question.type or texts(question)}").randrange(len(labels))] for question in questions]


def interval(values_N: NDArray[Any], groups: Sequence[str], *, seed: int = 0) -> tuple[float, float]:
    """95 % percentile bootstrap of the mean, drawing whole groups."""
    _, number_N = np.unique(np.array(groups), return_inverse=True)
    sums, sizes = np.bincount(number_N, values_N), np.bincount(number_N)
    weights = np.random.default_rng(seed).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=DRAWS)
    low, high = np.quantile((weights @ sums) / (weights @ sizes), [0.025, 0.975])
    return float(low), float(high)
