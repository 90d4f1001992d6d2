"""Verdicts: a predicate over the differences of one source, in three-valued logic (true, false, cannot tell)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from engine.results.claims.base import Claim, Differences, Gap, Pair, Part, Side

Verdict = Literal["holds", "holds in part", "does not hold", "cannot tell", "not measured", "no numbers"]
LETTERS: dict[Verdict, str] = {"holds": "H", "holds in part": "P", "does not hold": "F", "cannot tell": "?", "not measured": "–", "no numbers": "–"}
"""What stands before the words, so that nothing rests on colour."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One claim against one source of numbers."""

    verdict: Verdict
    truths: tuple[bool | None, ...]
    """Per part of the predicate."""
    gaps: dict[Pair, Gap | None]
    reason: str = ""
    """Why it cannot tell, or what is missing."""

    @property
    def held(self) -> int:
        """How many parts are true."""
        return sum(truth is True for truth in self.truths)

    @property
    def words(self) -> str:
        """The verdict with its letter and how many parts decide it."""
        counted = "" if self.verdict in ("not measured", "no numbers") else f" ({self.held} of {len(self.truths)})"
        return f"{LETTERS[self.verdict]} · {self.verdict}{counted}"


def on_paper(claim: Claim, differences: Differences) -> Judgement:
    """The verdict on published numbers, which have no spread: every difference counts by its sign."""
    found = _judged(claim, differences)
    whole = _whole(claim, found)
    if not any(found.gaps.values()):
        verdict: Verdict = "no numbers"
    elif whole:
        verdict = "holds"
    else:
        verdict = "holds in part" if claim.predicate.universal and found.held else "does not hold"
    return replace(found, verdict=verdict, reason="published as a figure only" if verdict == "no numbers" else "")


def on_ours(claim: Claim, differences: Differences) -> Judgement:
    """The verdict on measurements: a statement holds where every difference that it needs is significant, and fails where that is ruled out."""
    found = _judged(claim, differences)
    if not any(found.gaps.values()):
        return found
    words: dict[bool | None, Verdict] = {True: "holds", False: "does not hold", None: "cannot tell"}
    verdict = words[_whole(claim, found)]
    return replace(found, verdict=verdict, reason=_why(found) if verdict == "cannot tell" else "")


def by_sign(differences: Differences) -> Differences:
    """The same differences as if they were exact: which way the estimates point, not what is shown."""
    def exact(one: Side, other: Side, column: str) -> Gap | None:
        gap = differences(one, other, column)
        return gap and replace(gap, low=None, high=None, finding="better" if gap.difference > 0 else "worse" if gap.difference < 0 else "equal")
    return exact


def part_truth(part: Part, gaps: dict[Pair, Gap | None]) -> bool | None:
    """Whether one of the part's ways is true in all its pairs."""
    return _any(_all(_pair_truth(pair, gaps) for pair in way) for way in part.ways)


def _pair_truth(pair: Pair, gaps: dict[Pair, Gap | None]) -> bool | None:
    gap = gaps[pair]
    return None if gap is None else gap.above(pair.by)


def _judged(claim: Claim, differences: Differences) -> Judgement:
    gaps = {pair: differences(pair.one, pair.other, pair.column) for pair in claim.predicate.pairs}
    return Judgement(verdict="not measured", gaps=gaps, truths=tuple(part_truth(part, gaps) for part in claim.predicate.parts))


def _whole(claim: Claim, found: Judgement) -> bool | None:
    """True where enough parts are true, false where even the open ones would not make enough."""
    if found.held >= claim.predicate.need:
        return True
    open_parts = sum(truth is None for truth in found.truths)
    return None if found.held + open_parts >= claim.predicate.need else False


def _why(found: Judgement) -> str:
    missing = sum(gap is None for gap in found.gaps.values())
    reasons = Counter(gap.reason or "the interval includes 0" for gap in found.gaps.values() if gap and gap.finding == "cannot tell")
    clauses = [reasons.most_common(1)[0][0]] if reasons else []
    return "; ".join([*clauses, *([f"{missing} of {len(found.gaps)} differences not measured"] if missing else [])])


def _all(truths: Iterable[bool | None]) -> bool | None:
    """
    >>> _all([True, None]), _all([False, None]), _all([True])
    (None, False, True)
    """
    found = list(truths)
    return False if False in found else None if None in found else True


def _any(truths: Iterable[bool | None]) -> bool | None:
    """
    >>> _any([True, None]), _any([False, None]), _any([False])
    (True, None, False)
    """
    found = list(truths)
    return True if True in found else None if None in found else False
