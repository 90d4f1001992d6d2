"""How well frozen features would serve a task, without fine-tuning: LogME, H-score, cross-validated linear probe; and CKA.

No torch. Labels come as a 0/1 matrix with one column per class or label, so that one path serves tasks of one and of many labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import RidgeClassifierCV
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

PENALTIES = (1.0, 10.0, 100.0, 1_000.0, 10_000.0)
FOLDS = 5
STEPS = 200
"""Most rounds of LogME's fixed point."""

# N rows, D features, K classes or labels


class Score(Protocol):
    """Features and labels to one number, higher where the features serve better."""

    def __call__(self, features_ND: NDArray[Any], labels_NK: NDArray[Any], groups: Sequence[str]) -> float:
        """Score ``features_ND`` for the 0/1 ``labels_NK``; ``groups`` (dialogues) stay together where rows are split."""
        ...


def logme(features_ND: NDArray[Any], labels_NK: NDArray[Any], groups: Sequence[str] = ()) -> float:
    """Logarithm of maximum evidence per row, mean over label columns (You et al. 2021, algorithm 1)."""
    left, singular, _ = np.linalg.svd(np.asarray(features_ND, dtype=float), full_matrices=False)
    return float(np.mean([_evidence(left, singular**2, column, features_ND.shape[1]) for column in np.asarray(labels_NK, dtype=float).T]))


def _evidence(left_NR: NDArray[Any], squares_R: NDArray[Any], target_N: NDArray[Any], dim: int) -> float:
    """Evidence of targets ~ N(0, I / beta + F F' / alpha), maximised over alpha and beta, per row."""
    count = len(target_N)
    along_R = (left_NR.T @ target_N)**2
    outside = float(target_N @ target_N - along_R.sum())
    alpha = beta = 1.0
    for _ in range(STEPS):
        ratio = alpha / beta
        used = float((squares_R / (squares_R + ratio)).sum())
        weights = float((squares_R * along_R / (squares_R + ratio)**2).sum())
        errors = float((along_R * (ratio / (squares_R + ratio))**2).sum()) + max(outside, 0.0)
        alpha, beta = used / max(weights, 1e-12), (count - used) / max(errors, 1e-12)
        if abs(alpha / beta - ratio) <= 1e-6 * ratio:
            break
    ratio = alpha / beta
    weights = float((squares_R * along_R / (squares_R + ratio)**2).sum())
    errors = float((along_R * (ratio / (squares_R + ratio))**2).sum()) + max(outside, 0.0)
    determinant = float(np.log(alpha + beta * squares_R).sum()) + (dim - len(squares_R)) * np.log(alpha)
    evidence = dim * np.log(alpha) + count * np.log(beta) - beta * errors - alpha * weights - determinant - count * np.log(2 * np.pi)
    return float(evidence / (2 * count))


def h_score(features_ND: NDArray[Any], labels_NK: NDArray[Any], groups: Sequence[str] = ()) -> float:
    """Trace of covariance(F)^-1 covariance(E[F | y]) with Ledoit-Wolf shrinkage (Bao et al. 2019; Ibrahim et al. 2022).

    Columns that exclude each other are the classes of one label; else the score is the mean over columns, each of two classes.
    """
    centred = np.asarray(features_ND, dtype=float) - np.mean(features_ND, axis=0)
    covariance, shrinkage = ledoit_wolf(centred, assume_centered=True)
    inverse = np.linalg.pinv(covariance, hermitian=True)
    labels = np.asarray(labels_NK, dtype=float)
    parts = [labels] if exclusive(labels) else [np.stack([column, 1 - column], axis=1) for column in labels.T]
    return float(np.mean([(1 - shrinkage) * np.trace(inverse @ _between(centred, part)) for part in parts]))


def _between(centred_ND: NDArray[Any], classes_NK: NDArray[Any]) -> NDArray[Any]:
    """Covariance of the class means, classes weighted by their size."""
    sizes_K = classes_NK.sum(axis=0)
    means_KD = (classes_NK.T @ centred_ND)[sizes_K > 0] / sizes_K[sizes_K > 0, None]
    return np.asarray((means_KD.T * sizes_K[sizes_K > 0]) @ means_KD / len(centred_ND))


def exclusive(labels_NK: NDArray[Any]) -> bool:
    """Whether every row has exactly one label."""
    return bool((labels_NK.sum(axis=1) == 1).all())


def linear_probe(features_ND: NDArray[Any], labels_NK: NDArray[Any], groups: Sequence[str]) -> float:
    """Accuracy (one label a row) or micro F1 (several) of ridge classifiers, each scored on groups that it was not fitted on."""
    labels = np.asarray(labels_NK, dtype=int)
    single = exclusive(labels)
    given = labels.argmax(axis=1) if single else labels.squeeze(axis=1) if labels.shape[1] == 1 else labels
    guessed = np.zeros_like(given)
    for train, held in GroupKFold(min(FOLDS, len(set(groups)))).split(features_ND, groups=list(groups)):
        probe = make_pipeline(StandardScaler(), RidgeClassifierCV(PENALTIES))
        guessed[held] = probe.fit(features_ND[train], given[train]).predict(features_ND[held])
    return float(accuracy_score(given, guessed) if single else f1_score(given, guessed, average="micro", zero_division=0))


def cka(one_ND: NDArray[Any], other_NE: NDArray[Any]) -> float:
    """Linear centred kernel alignment of two sets of states of the same rows, 0 to 1 (Kornblith et al. 2019, Eq. 4)."""
    one, other = (np.asarray(states, dtype=float) - np.mean(states, axis=0) for states in (one_ND, other_NE))
    cross, own, others = (float(np.linalg.norm(left.T @ right)) for left, right in ((one, other), (one, one), (other, other)))
    return cross**2 / (own * others)
