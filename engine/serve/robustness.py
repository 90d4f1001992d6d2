"""How steady each variant is under changes that leave the right answer as it was, and how often it follows those that alter it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from statsmodels.stats.proportion import proportion_confint

from engine.serve.moves import Move

FEW = 10
"""Below so many answers a share is not told."""
UNSTEADY = 0.2
"""A variant flips often if it flips more than this share (our choice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """``hits`` of ``n`` answers, with a 95 % Wilson interval; answers of one dialogue depend on each other, which makes it too narrow."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        """NaN of no answers."""
        return self.hits / self.n if self.n else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """From 0 to 1 of no answers."""
        if not self.n:
            return 0.0, 1.0
        low, high = proportion_confint(self.hits, self.n, method="wilson")
        return max(0.0, float(low)), min(1.0, float(high))

    @property
    def told(self) -> bool:
        """Whether there are enough answers to say a share at all."""
        return self.n >= FEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Robustness:
    """One variant's summary."""

    variant: str
    flipped: Share
    """Of the answers that should have stayed, those that moved."""
    followed: Share
    """Of the answers whose gold answer changed, those that follow it."""
    unjudged: int
    """Answers of which nothing is known."""

    @property
    def verdict(self) -> str:
        """``steady``, ``flips often`` or ``cannot tell``.

        >>> [Robustness(variant="x", flipped=Share(hits=k, n=n), followed=Share(hits=0, n=0), unjudged=0).verdict for k, n in ((0, 40), (20, 40), (1, 8))]
        ['steady', 'flips often', 'cannot tell']
        """
        low, high = self.flipped.interval
        if not self.flipped.told or low <= UNSTEADY <= high:
            return "cannot tell"
        return "steady" if high < UNSTEADY else "flips often"


def robustness(found: Iterable[Move], variants: Sequence[str]) -> list[Robustness]:
    """The summary of each variant over all moves."""
    mine: dict[str, list[Move]] = {name: [] for name in variants}
    for move in found:
        if move.variant in mine and move.before and move.after:
            mine[move.variant].append(move)
    return [Robustness(variant=name, flipped=_share([one.moved for one in some if one.expected == "stay"]),
                       followed=_share([bool(one.followed) for one in some if one.expected == "follow"]),
                       unjudged=sum(one.expected == "unknown" for one in some)) for name, some in mine.items()]


def _share(hits: Sequence[bool]) -> Share:
    return Share(hits=sum(hits), n=len(hits))


def told(found: Sequence[Robustness], titles: Mapping[str, str]) -> str:
    """The finding in a sentence or two."""
    known = sorted((one for one in found if one.flipped.told), key=lambda one: one.flipped.value)
    if not known:
        return f"Cannot tell: no variant has {FEW} answers that should have stayed. Make more versions."
    least, most = known[0], known[-1]
    if least.flipped.value == most.flipped.value:
        return f"All variants flipped equally often, {least.flipped.value:.0%} of the answers that should have stayed."
    apart = least.flipped.interval[1] < most.flipped.interval[0]
    return (f"{titles[least.variant]} flipped least, {least.flipped.value:.0%} of the answers that should have stayed, {titles[most.variant]} most, "
            f"{most.flipped.value:.0%}. " + ("Their intervals are apart." if apart else "Their intervals overlap, so which is steadier cannot be told."))
