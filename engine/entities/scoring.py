"""How well an extractor finds the marked entities: spans, labels, and how many there are in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

from engine.dialogue.model import Span
from engine.entities.base import Extractor
from engine.entities.spans import Sentence

T = TypeVar("T")


def score(extractor: Extractor, gold: Sequence[Sentence]) -> dict[str, float]:
    """Exact-match scores in percent over ``gold``, and what they are counted over.

    ``f1`` and ``f1:LABEL`` want start, end and label; ``f1_unlabelled`` wants start and end; ``count`` is the share of
    sentences with the right number of entities (what ENP learns). ``sentences`` and ``entities`` are the counts.
    """
    guessed = extractor.entities([sentence.text for sentence in gold])
    pairs = [(set(right.spans), set(guess)) for right, guess in zip(gold, guessed, strict=True)]
    right_count = sum(len(_places(right)) == len(_places(guess)) for right, guess in pairs)
    return {"f1": _f1(pairs), "f1_unlabelled": _f1((_places(right), _places(guess)) for right, guess in pairs),
            "count": 100 * right_count / max(1, len(gold)), "sentences": len(gold), "entities": sum(len(right) for right, _ in pairs),
            **_per_label(pairs)}


def _places(spans: Iterable[Span]) -> set[tuple[int, int]]:
    return {(span.start, span.end) for span in spans}


def _f1(pairs: Iterable[tuple[set[T], set[T]]]) -> float:
    hits = total = 0
    for right, guess in pairs:
        hits += len(right & guess)
        total += len(right) + len(guess)
    return 100 * 2 * hits / total if total else 0.0


def _per_label(pairs: Sequence[tuple[set[Span], set[Span]]]) -> dict[str, float]:
    """``f1:LABEL`` for every label that the gold spans have, most frequent first."""
    labels = Counter(span.label for right, _ in pairs for span in right)
    return {f"f1:{label}": _f1((_only(right, label), _only(guess, label)) for right, guess in pairs) for label, _ in labels.most_common()}


def _only(spans: set[Span], label: str) -> set[Span]:
    return {span for span in spans if span.label == label}
