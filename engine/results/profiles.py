"""Table 1 of the paper: which abilities and structures a task needs or trains, and how far two tasks overlap."""

from __future__ import annotations

from functools import cache

from engine.results.reported import TASKS, VARIANTS, table_one

ABILITIES = {"single_turn_representation": "single-turn representation", "multi_turn_representation": "multi-turn representation",
             "coherence": "coherence", "entity_information": "entity information"}
"""What is learned, as named in the paper."""
STRUCTURES = {"single_turn_classifier": "single-turn classifier", "multi_turn_classifier": "multi-turn classifier",
              "siamese_model": "siamese model", "rank_loss": "ranking loss"}
"""Network and objective, as named in the paper."""
FEATURES = ABILITIES | STRUCTURES
SINGLE = ("dsp", "crm", "dcv", "enp", "dur")
"""Variants that train exactly one dialogue task beside MLM: the rows of Table 1."""
DOWNSTREAM = tuple(TASKS.values())

_CODES = {ours: code for code, ours in (VARIANTS | TASKS).items()}
_UNIONS = {"joint": ("enp", "crm"), "enp_no_mlm": ("enp",), "mlm": (), "bert": ()}
"""Not rows of Table 1: joint trains two of its tasks, MLM and BERT none (our reading)."""


@cache
def profile(name: str) -> frozenset[str]:
    """The features of a variant or a downstream task, by our names.

    >>> sorted(profile("crm"))
    ['coherence', 'siamese_model']
    """
    if name in _UNIONS:
        return frozenset[str]().union(*(profile(part) for part in _UNIONS[name]))
    row = table_one().loc[_CODES[name]]
    return frozenset(feature for feature in FEATURES if row[feature] == 1)


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared features over all features of either; 0 where both are empty.

    >>> jaccard(frozenset("ab"), frozenset("bc"))
    0.3333333333333333
    """
    return len(one & other) / len(one | other) if one | other else 0.0


def overlap(variant: str, task: str) -> float:
    """Jaccard overlap of two profiles, from 0 to 1.

    >>> overlap("crm", "response_selection"), overlap("mlm", "intent")
    (1.0, 0.0)
    """
    return jaccard(profile(variant), profile(task))


def shared(variant: str, task: str) -> tuple[str, ...]:
    """The words for what both have, in Table 1's order."""
    both = profile(variant) & profile(task)
    return tuple(words for feature, words in FEATURES.items() if feature in both)
