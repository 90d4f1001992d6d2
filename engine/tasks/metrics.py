"""The metrics of the four downstream tasks; scikit-learn where it has them, the released ToD-BERT code's rules elsewhere."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, recall_score
from sklearn.preprocessing import MultiLabelBinarizer

from engine.errors import InputError

NONE, DONTCARE = "none", "dontcare"


def check_rows(right: Sequence[Any], guessed: Sequence[Any]) -> None:
    """Refuse to score nothing, or answers that do not pair up with rows.

    Raises:
        InputError: There is no row, or the numbers differ.
    """
    if not len(right):
        raise InputError("there is no row to score", remedy="check the split and its annotation")
    if len(right) != len(guessed):
        raise InputError(f"{len(right)} rows have {len(guessed)} answers", remedy="give one answer per row, in the same order")


def intent_scores(right: Sequence[str], guessed: Sequence[str], oos: str = "oos") -> dict[str, float]:
    """Accuracy over all rows and over gold in-scope rows; out-of-scope against the rest over all rows; recall of out-of-scope.

    ``acc_in`` is left out where no row is in scope, ``recall_out`` where none is out of scope.
    """
    check_rows(right, guessed)
    out, said_out = [gold == oos for gold in right], [guess == oos for guess in guessed]
    inside = [(gold, guess) for gold, guess in zip(right, guessed, strict=True) if gold != oos]
    scores = {"acc_all": float(accuracy_score(right, guessed)), "acc_out": float(accuracy_score(out, said_out))}
    if inside:
        scores["acc_in"] = float(accuracy_score(*zip(*inside, strict=True)))
    if any(out):
        scores["recall_out"] = float(recall_score(out, said_out))
    return scores


def act_scores(right: Sequence[Sequence[str]], guessed: Sequence[Sequence[str]], names: Sequence[str]) -> dict[str, float]:
    """Micro and macro F1 over all label columns; a column that is neither gold nor guessed counts 0 in macro F1.

    An act outside ``names`` gets a column of its own, so that it counts as an error.
    """
    check_rows(right, guessed)
    seen = {act for acts in (*right, *guessed) for act in acts}
    binarizer = MultiLabelBinarizer(classes=[*names, *sorted(seen.difference(names))])
    gold, guess = binarizer.fit_transform(right), binarizer.fit_transform(guessed)
    return {f"f1_{average}": float(f1_score(gold, guess, average=average, zero_division=0)) for average in ("micro", "macro")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Which contexts are ranked together, and against which responses."""

    rows: tuple[int, ...]
    """Indices of the examples whose contexts are ranked."""
    columns: tuple[int, ...]
    """Indices of the examples whose responses are the candidates: ``rows`` first, so context i's right column is i."""


def batches(count: int, size: int = 100, seed: int = 0) -> list[Batch]:
    """Shuffle ``count`` examples into batches with ``size`` candidates each.

    As in the released code, a short last batch is topped up with the first responses of the batch before it. With fewer
    than ``size`` examples in all there is nothing to top up with, and the one batch has ``count`` candidates.

    >>> [(len(batch.rows), len(batch.columns)) for batch in batches(250)]
    [(100, 100), (100, 100), (50, 100)]
    """
    order = [int(index) for index in np.random.default_rng(seed).permutation(count)]
    chunks = [tuple(order[start:start + size]) for start in range(0, count, size)]
    before = [(), *chunks]
    return [Batch(rows=chunk, columns=chunk + before[place][:size - len(chunk)]) for place, chunk in enumerate(chunks)]


def recall_at_k(similarity: NDArray[Any], k: int, texts: Sequence[str] | None = None) -> list[bool]:
    """Whether each row's right response is among its ``k`` most similar columns.

    Ties are broken as the released code's argsort does when it is stable: of equally similar columns the later one is
    ranked higher.

    Args:
        similarity: rows x columns, row i's right column is i; columns may be more than rows.
        k: How many columns count.
        texts: The columns' responses; where given, a column with the same text as the right one is right as well.

    >>> recall_at_k(np.array([[0.2, 0.9], [0.1, 0.3]]), 1), recall_at_k(np.array([[0.2, 0.9]]), 1, ["ok", "ok"])
    ([False, True], [True])
    """
    best = np.argsort(similarity, axis=1, kind="stable")[:, -k:]
    keys: Sequence[Any] = range(similarity.shape[1]) if texts is None else texts
    return [any(keys[int(column)] == keys[row] for column in top) for row, top in enumerate(best)]


def ranking_scores(responses: Sequence[str], ranked: Sequence[tuple[Batch, NDArray[Any]]]) -> dict[str, float]:
    """R100@1 and R100@3 over ``ranked`` batches, as released and with identical responses counted as right (``_dedup``).

    Args:
        responses: The right response of every example.
        ranked: Each batch with its rows x columns similarities; batches of several seeds together give the average.
    """
    check_rows(responses, responses)
    assert {row for batch, _ in ranked for row in batch.rows} == set(range(len(responses))), "every example must be ranked"
    scores: dict[str, float] = {}
    for k in (1, 3):
        plain = [hit for _, similarity in ranked for hit in recall_at_k(similarity, k)]
        same = [hit for batch, similarity in ranked for hit in recall_at_k(similarity, k, [responses[index] for index in batch.columns])]
        scores |= {f"r100_at_{k}": float(np.mean(plain)), f"r100_at_{k}_dedup": float(np.mean(same))}
    return scores


def value_is_right(gold: str, guess: str, picklist: Container[str]) -> bool:
    """Whether a slot's guess equals the gold value or one of its ``|`` alternatives, and could have been picked at all.

    >>> value_is_right("centre|west", "west", ["none", "dontcare", "west"]), value_is_right("19:35", "19:35", ["none", "dontcare"])
    (True, False)
    """
    return guess in picklist and (guess == gold or guess in gold.split("|"))


def state_scores(right: Sequence[Mapping[str, str]], guessed: Sequence[Mapping[str, str]],
                 picklists: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Joint accuracy (every slot right) and slot accuracy over the slots of ``picklists``; absent slots are ``none``.

    A gold slot without a picklist makes its row wrong.
    """
    check_rows(right, guessed)
    sets = {slot: frozenset(values) for slot, values in picklists.items()}
    hits = np.array([[_hit(gold, guess, slot, values) for slot, values in sets.items()]
                     for gold, guess in zip(right, guessed, strict=True)])
    answerable = np.array([sets.keys() >= gold.keys() for gold in right])
    return {"joint_acc": float(np.mean(hits.all(axis=1) & answerable)), "slot_acc": float(hits.mean())}


def _hit(gold: Mapping[str, str], guess: Mapping[str, str], slot: str, values: frozenset[str]) -> bool:
    return value_is_right(gold.get(slot, NONE), guess.get(slot, NONE), values)
