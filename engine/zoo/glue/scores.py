"""Scores of answers to a set by DialoGLUE's definition, and by CoNLL's beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.zoo.glue.base import GlueRow, Kind
from engine.zoo.glue.tags import spans
from engine.zoo.metrics.slots import conll_f1, dialoglue_f1, tags_match


def scores(kind: Kind, gold: Sequence[GlueRow], guess: Sequence[GlueRow]) -> Mapping[str, float]:
    """Metric to value in per cent.

    ``dialoglue_f1`` is what EvalAI's script computes, ``dialoglue_f1_strict`` without the script's habit of finding ``time`` in ``arrival_time``,
    ``conll_f1`` is seqeval's.
    """
    assert gold and len(gold) == len(guess)
    found = {}
    if kind in ("intent", "top"):
        found["accuracy"] = 100 * sum(one.intent == other.intent for one, other in zip(gold, guess, strict=True)) / len(gold)
    if kind == "top":
        found["exact_match"] = tags_match([(row.intent, row.tags) for row in gold], [(row.intent, row.tags) for row in guess])
    if kind in ("slots", "top"):
        said = [[spans(row.tags) for row in rows] for rows in (gold, guess)]
        found["dialoglue_f1"] = dialoglue_f1(*said, released=True)
        found["dialoglue_f1_strict"] = dialoglue_f1(*said)
        found["conll_f1"] = conll_f1([row.tags for row in gold], [row.tags for row in guess])
    return found
