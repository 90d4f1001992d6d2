"""Our measurements as differences: pairs of variants, paired over rows and seeds, with Holm's correction inside a claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Protocol

from statsmodels.stats.multitest import multipletests

from engine.results.claims.base import Claim, Differences, Finding, Gap, Side
from engine.results.claims.columns import is_cell
from engine.results.store import Result

ALPHA = 0.05
PREFERRED = ("released", "paper", "default")
"""Protocols in the order in which one is taken: the papers' numbers are within reach of the released one only."""


class Measured(Protocol):
    """What a comparison of two variants on one column says (percent and points)."""

    value: float
    base_value: float
    low: float
    high: float
    p: float
    verdict: str
    reason: str
    seeds: int
    examples: int
    split: str


Compare = Callable[[str, str, str, str, str, str], Measured | None]
"""(one, other, task, corpus, protocol, metric) to their paired difference, ``None`` where one of them has no rows."""


def differences(compare: Compare, protocols: Mapping[tuple[str, str], tuple[str, ...]]) -> Differences:
    """The measured differences; each pair is compared once, whichever side asks.

    Args:
        protocols: (task, corpus) to the protocols to try, see `protocols_of`.
    """
    @cache
    def ordered(one: str, other: str, column: str) -> Gap | None:
        task, corpus, metric = column.split(".")
        found = (compare(one, other, task, corpus, protocol, metric) for protocol in protocols.get((task, corpus), ()))
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
    tests = {_unordered(key): gap.p for key, gap in known.items() if gap and gap.p is not None}
    if not any(gap and gap.finding in ("better", "worse") for gap in known.values()):
        return found  # nothing to take back; each call of multipletests costs a whole garbage collection
    kept = dict(zip(tests, multipletests(list(tests.values()), alpha=ALPHA, method="holm")[0], strict=True)) if tests else {}

    def corrected(one: Side, other: Side, column: str) -> Gap | None:
        gap = known[one, other, column]
        if gap is None or gap.finding not in ("better", "worse") or kept.get(_unordered((one, other, column)), True):
            return gap
        return replace(gap, finding="cannot tell", reason="not significant after Holm's correction")
    return corrected


def _unordered(key: tuple[Side, Side, str]) -> tuple[frozenset[Side], str]:
    """A difference and its reverse are one test."""
    return frozenset(key[:2]), key[2]


def _rank(protocol: str) -> tuple[int, str]:
    return (PREFERRED.index(protocol) if protocol in PREFERRED else len(PREFERRED), protocol)


def _gap(found: Measured) -> Gap:
    return Gap(value=found.value, other=found.base_value, finding=_finding(found.verdict), low=found.low, high=found.high, p=found.p,
               reason=found.reason, about=f"{found.seeds} seed{'s' if found.seeds > 1 else ''}, n {found.examples:,}, {found.split}")


def _finding(verdict: str) -> Finding:
    known: dict[str, Finding] = {"better": "better", "worse": "worse"}
    return known.get(verdict, "cannot tell")
