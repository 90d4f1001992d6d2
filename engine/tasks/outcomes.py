"""The metrics of the four tasks row by row, so that any score can be computed again from what is stored (`engine.results.outcomes`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.results.outcomes import table
from engine.tasks.metrics import NONE, Batch, check_rows, recall_at_k, value_is_right

Counts = tuple[NDArray[Any], NDArray[Any]]


def intent_outcomes(right: Sequence[str], guessed: Sequence[str], oos: str = "oos") -> pd.DataFrame:
    """`metrics.intent_scores` row by row."""
    check_rows(right, guessed)
    gold, guess = np.array(right, dtype=object), np.array(guessed, dtype=object)
    hit, out, said_out = gold == guess, gold == oos, guess == oos
    return table({"acc_all": (hit, 1), "acc_in": (hit & ~out, ~out), "acc_out": (out == said_out, 1), "recall_out": (out & said_out, out)})


def act_outcomes(right: Sequence[Sequence[str]], guessed: Sequence[Sequence[str]], names: Sequence[str]) -> pd.DataFrame:
    """`metrics.act_scores` row by row: twice the true positives over all that is gold or guessed, in all and per label."""
    check_rows(right, guessed)
    seen = {act for acts in (*right, *guessed) for act in acts}
    columns = [*names, *sorted(seen.difference(names))]
    gold, guess = (_indicators(rows, columns) for rows in (right, guessed))
    num, den = 2 * (gold & guess), gold + guess.astype(int)
    entered = den.sum(axis=1)
    entered[0] += not entered.any()  # no act anywhere: scikit-learn's F1 is 0, not undefined
    labels = {f"f1_macro.{name}": (num[:, place], den[:, place]) for place, name in enumerate(columns)}
    return table({"f1_micro": (num.sum(axis=1), entered), **labels})


def _indicators(rows: Sequence[Iterable[str]], columns: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([[name in acts for name in columns] for acts in map(set, rows)])


def ranking_outcomes(responses: Sequence[str], ranked: Sequence[tuple[Batch, NDArray[Any]]]) -> pd.DataFrame:
    """`metrics.ranking_scores` row by row: in how many of its batches (one a shuffle) a row's response was among the best."""
    check_rows(responses, responses)
    counts: dict[str, Counts] = {}
    for k in (1, 3):
        plain = [(batch, recall_at_k(similarity, k)) for batch, similarity in ranked]
        same = [(batch, recall_at_k(similarity, k, [responses[index] for index in batch.columns])) for batch, similarity in ranked]
        counts |= {f"r100_at_{k}": _hits(plain, len(responses)), f"r100_at_{k}_dedup": _hits(same, len(responses))}
    return table(counts)


def _hits(found: Sequence[tuple[Batch, list[bool]]], rows: int) -> Counts:
    """How often each row was a hit, and how often it was ranked."""
    hits, times = np.zeros(rows, int), np.zeros(rows, int)
    for batch, said in found:
        hits[list(batch.rows)] += said
        times[list(batch.rows)] += 1
    assert times.all(), "every example must be ranked"
    return hits, times


def ranks(ranked: Sequence[tuple[Batch, NDArray[Any]]]) -> list[list[int]]:
    """The rank of each row's right response in each of its batches; 0 is the best, ties as in `metrics.recall_at_k`.

    >>> ranks([(Batch(rows=(1, 0), columns=(1, 0)), np.array([[0.9, 0.1], [0.8, 0.3]]))])
    [[1], [0]]
    """
    found: dict[int, list[int]] = {}
    for batch, similarity in ranked:
        best_first = np.argsort(similarity, axis=1, kind="stable")[:, ::-1]
        places = (best_first == np.arange(len(batch.rows))[:, None]).argmax(axis=1)
        for row, place in zip(batch.rows, places, strict=True):
            found.setdefault(row, []).append(int(place))
    return [found[row] for row in sorted(found)]


def state_outcomes(right: Sequence[Mapping[str, str]], guessed: Sequence[Mapping[str, str]], picklists: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """`metrics.state_scores` row by row."""
    check_rows(right, guessed)
    sets = {slot: frozenset(values) for slot, values in picklists.items()}
    hits = np.array([sum(value_is_right(gold.get(slot, NONE), guess.get(slot, NONE), values) for slot, values in sets.items())
                     for gold, guess in zip(right, guessed, strict=True)])
    answerable = np.array([sets.keys() >= gold.keys() for gold in right])
    return table({"joint_acc": ((hits == len(sets)) & answerable, 1), "slot_acc": (hits, len(sets))})
