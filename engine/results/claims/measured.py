"""Our measurements as differences: pairs of variants, paired over rows and seeds, with Holm's correction inside a claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from math import isnan

import numpy as np

from engine.results.claims.base import Claim, Differences, Finding, Gap, Side
from engine.results.claims.columns import is_cell
from engine.results.comparison import Difference, Setting, every_pair
from engine.results.paired import LEVEL, holm
from engine.results.store import Result

PREFERRED = ("released", "paper", "default")
"""Protocols in the order in which one is taken: the papers' numbers are within reach of the released one only."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where two variants are compared: one metric of a task on a corpus under a protocol."""

    column: str
    protocol: str


Compare = Callable[[str, str, Place], Difference | None]
"""(one, other, place) to their paired difference, its p-value not corrected; ``None`` where they were not measured side by side.

Asked only with ``one`` before ``other`` in the order of names."""


def of_store(results: Iterable[Result], setting: Setting | None) -> Differences:
    """The measured differences under one setting, or with None under the best measured one of each task and corpus.

    Raises:
        InputError: Stored predictions are damaged.
    """
    rows = list(results)
    known = {(found.variant, other, found.column, found.protocol): found for other, found in every_pair(rows, setting=setting)}
    return differences(lambda one, other, place: known.get((one, other, place.column, place.protocol)), protocols_of(rows))


def differences(compare: Compare, protocols: Mapping[tuple[str, str], tuple[str, ...]]) -> Differences:
    """The measured differences; each pair is compared once, whichever side asks.

    Args:
        compare: Compares two variants.
        protocols: (task, corpus) to the protocols to try, see `protocols_of`.
    """
    @cache
    def ordered(one: str, other: str, column: str) -> Gap | None:
        task, corpus, _ = column.split(".")
        found = (compare(one, other, Place(column=column, protocol=protocol)) for protocol in protocols.get((task, corpus), ()))
        return next((_gap(measured) for measured in found if measured), None)

    def between(one: Side, other: Side, column: str) -> Gap | None:
        if not (isinstance(one, str) and isinstance(other, str) and is_cell(column)):
            return None
        if one <= other:
            return ordered(one, other, column)
        gap = ordered(other, one, column)
        return gap and gap.flipped()
    return between


def protocols_of(results: Iterable[Result]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The protocols under which each task and corpus was measured, the preferred one first."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in results:
        found.setdefault((row.task, row.corpus), set()).add(row.protocol)
    return {key: tuple(sorted(names, key=_rank)) for key, names in found.items()}


def adjusted(claim: Claim, found: Differences) -> Differences:
    """The same differences, significant only where Holm's correction over all of the claim's pairs leaves them so."""
    known = {(pair.one, pair.other, pair.column): found(pair.one, pair.other, pair.column) for pair in claim.predicate.pairs}
    if not any(gap and gap.finding in ("better", "worse") for gap in known.values()):
        return found  # nothing to take back, and each call of the correction costs a whole garbage collection
    tests = {_unordered(key): gap.p for key, gap in known.items() if gap and gap.p is not None}
    corrected = dict(zip(tests, holm(np.array(list(tests.values()), float)), strict=True))
    return partial(_corrected, known, corrected)


def _corrected(known: Mapping[tuple[Side, Side, str], Gap | None], p: Mapping[tuple[frozenset[Side], str], float],
               one: Side, other: Side, column: str) -> Gap | None:
    gap = known[one, other, column]
    if gap is None or gap.finding not in ("better", "worse") or p.get(_unordered((one, other, column)), 0.0) < LEVEL:
        return gap
    return replace(gap, finding="cannot tell", reason="not significant after Holm's correction")


def _unordered(key: tuple[Side, Side, str]) -> tuple[frozenset[Side], str]:
    """A difference and its reverse are one test."""
    return frozenset(key[:2]), key[2]


def _rank(protocol: str) -> tuple[int, str]:
    return (PREFERRED.index(protocol) if protocol in PREFERRED else len(PREFERRED), protocol)


def _gap(found: Difference) -> Gap:
    known: dict[str, Finding] = {"better": "better", "worse": "worse"}
    low, high = (None if isnan(end) else end for end in (found.low, found.high))
    return Gap(value=found.value, other=found.base_value, finding=known.get(found.verdict, "cannot tell"), low=low, high=high,
               p=None if found.reason or isnan(found.p) else found.p, reason=found.reason,
               about=f"{found.seeds} seed{'s' if found.seeds > 1 else ''}, n {found.examples:,}, {found.split}, {found.protocol}")
