"""Metrics of slots with values, of dialogue states, and of tagged words.

A generated answer names words and no places: its slot F1 is CoNLL's where no pair stands twice in a sentence. Models that tag words are
measured by `conll_f1`, `dialoglue_f1` and `tags_match`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from seqeval.metrics import f1_score

from engine.zoo.knowledge import Description
from engine.zoo.metrics.base import Macro, Ratio, Row, folded, mean
from engine.zoo.outputs import same

Spans = Sequence[tuple[str, str]]
"""Type and place or words of each span of a sentence, in order, e.g. ``("time", "3-5")``."""
_SMALL = 1e-5
"""Stands in DialoGLUE's script where a sum might be zero."""


def pairs_of(answer: Any) -> tuple[tuple[str, str], ...]:
    """Slots and values of an answer of slots or of a state, folded; none where it was not of the form."""
    found = answer.items() if isinstance(answer, Mapping) else answer or ()
    return tuple((folded(slot), folded(value)) for slot, value in found)


def _pair_counts(row: Row) -> tuple[float, float]:
    """Twice the pairs in common, and the pairs of both; an answer not of the form is one wrong pair where there was nothing to say."""
    gold, guess = Counter(pairs_of(row.gold)), Counter(pairs_of(row.guess))
    return 2 * (gold & guess).total(), gold.total() + guess.total() + (row.guess is None and not gold)


def _sentence_counts(row: Row) -> Mapping[str, tuple[float, float]]:
    """Of a slot: 2 where its values are the gold ones, in order; 1 for a sentence that has it and 1 for an answer that names it."""
    gold, guess = _by_slot(pairs_of(row.gold)), _by_slot(pairs_of(row.guess))
    return {slot: (2 * (gold.get(slot) == guess.get(slot)), (slot in gold) + (slot in guess)) for slot in {*gold, *guess}}


def _by_slot(pairs: Spans) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for slot, value in pairs:
        found.setdefault(slot, []).append(value)
    return found


def _slots_right(row: Row) -> tuple[float, float]:
    """Right slots, of the known ones and those that gold or guess names."""
    gold, guess = dict(pairs_of(row.gold)), dict(pairs_of(row.guess))
    known = {folded(name) for name in row.sample.knowledge.names} if isinstance(row.sample.knowledge, Description) else set()
    slots = known | {*gold, *guess}
    return (0 if row.guess is None else sum(gold.get(slot) == guess.get(slot) for slot in slots)), len(slots)


def dialoglue_f1(gold: Sequence[Spans], guess: Sequence[Spans], *, released: bool = False) -> float:
    """DialoGLUE's slot F1 in per cent (Mehri et al. 2020): per type of span, a sentence is right where its list of spans of that type
    is the gold list; F1 over the sentences that have one or are given one; mean over the types that are gold somewhere.

    Args:
        gold: The spans of each sentence.
        guess: Those that a model found.
        released: As the released script computes it: small numbers in the denominators, and a span is of a type where the type's name
            stands anywhere in ``TYPE:PLACE``, so that ``time`` takes the spans of ``arrival_time`` as well.
    """
    assert len(gold) == len(guess)
    types = sorted({kind for spans in gold for kind, _ in spans})
    if not types:
        return 100.0 if all(not spans for spans in guess) else 0.0
    return 100 * float(np.mean([_type_f1(kind, gold, guess, released) for kind in types]))


def _type_f1(kind: str, gold: Sequence[Spans], guess: Sequence[Spans], released: bool) -> float:
    small = _SMALL if released else 0.0

    def of_kind(spans: Spans) -> list[str]:
        return [f"{name}:{place}" for name, place in spans if (kind in f"{name}:{place}" if released else kind == name)]

    lists = [(of_kind(one), of_kind(other)) for one, other in zip(gold, guess, strict=True)]
    right = sum(bool(other) and one == other for one, other in lists)
    guessed, wanted = sum(bool(other) for _, other in lists), sum(bool(one) for one, _ in lists)
    if not right:
        return 0.0
    precision, recall = right / (small + guessed), right / (small + wanted)
    return 2 * precision * recall / (small + precision + recall)


def conll_f1(gold: Sequence[Sequence[str]], guess: Sequence[Sequence[str]]) -> float:
    """CoNLL's micro F1 over the spans of BIO tags, in per cent, by seqeval; 100 where neither has a span."""
    if all(tag == "O" for tags in (*gold, *guess) for tag in tags):
        return 100.0
    return 100 * float(f1_score([list(tags) for tags in gold], [list(tags) for tags in guess], zero_division=0))


def tags_match(gold: Sequence[tuple[str, Sequence[str]]], guess: Sequence[tuple[str, Sequence[str]]]) -> float:
    """DialoGLUE's exact match on TOP, in per cent: sentences whose intent and all tags are right."""
    assert gold and len(gold) == len(guess)
    return 100 * float(np.mean([one[0] == other[0] and list(one[1]) == list(other[1]) for one, other in zip(gold, guess, strict=True)]))


SLOT_F1 = Ratio(_pair_counts)
DIALOGLUE_F1 = Macro(_sentence_counts, lambda row: [slot for slot, _ in pairs_of(row.gold)])
JOINT_ACCURACY = Ratio(mean(lambda row: row.guess is not None and same(dict(row.gold), dict(row.guess))), binary=True)
SLOT_ACCURACY = Ratio(_slots_right)
