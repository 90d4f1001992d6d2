"""The contract of a claim: what a paper states, as code over differences between two numbers of one column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

Side = str | float
"""A variant or model by name, or a fixed number to compare with."""
Finding = Literal["better", "worse", "equal", "cannot tell"]


@dataclass(frozen=True, kw_only=True)
class Gap:
    """One number minus another, in the unit of the column (percent, or a count)."""

    value: float
    other: float
    finding: Finding
    low: float | None = None
    """Lower end of the 95 % interval of the difference; ``None`` where the source gives no spread, as the papers do."""
    high: float | None = None
    p: float | None = None
    reason: str = ""
    """Why it cannot tell, where there is a formal reason, e.g. ``one seed``."""
    about: str = ""
    """Seeds, rows and split behind it, for people."""

    @property
    def difference(self) -> float:
        """``value - other``."""
        return self.value - self.other

    def flipped(self) -> Gap:
        """The same difference seen from the other side."""
        ends = (None, None) if self.low is None or self.high is None else (-self.high, -self.low)
        finding: Finding = {"better": "worse", "worse": "better"}.get(self.finding, self.finding)  # type: ignore[assignment]
        return replace(self, value=self.other, other=self.value, finding=finding, low=ends[0], high=ends[1])

    def above(self, by: float = 0.0) -> bool | None:
        """Whether the difference is larger than ``by``; ``None`` where that cannot be told.

        >>> Gap(value=3.0, other=1.0, finding="better").above(), Gap(value=3.0, other=1.0, finding="better").above(2.5)
        (True, False)
        """
        if not by:
            return {"better": True, "worse": False, "equal": False, "cannot tell": None}[self.finding]
        if self.low is None or self.high is None:
            return self.difference > by if self.finding != "cannot tell" else None
        return True if self.low > by else False if self.high < by else None


Differences = Callable[[Side, Side, str], Gap | None]
"""(one, other, column) to their difference, or ``None`` where one of the two has no number."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """``one`` is above ``other`` on ``column`` by more than ``by``."""

    one: Side
    other: Side
    column: str
    by: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Part:
    """One thing that a statement needs: in at least one of ``ways``, all pairs are true."""

    name: str
    """A cell, a task or a variant, as on the screen."""
    ways: tuple[tuple[Pair, ...], ...]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Every pair that the part looks at, once."""
        return tuple(dict.fromkeys(pair for way in self.ways for pair in way))


@dataclass(frozen=True, kw_only=True)
class Predicate:
    """A statement in code: at least ``need`` of its ``parts`` are true."""

    words: str
    parts: tuple[Part, ...]
    need: int

    def __post_init__(self) -> None:
        assert 0 < self.need <= len(self.parts), self.words

    @property
    def universal(self) -> bool:
        """Every part is needed: only such a statement can hold in part."""
        return self.need == len(self.parts)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Every pair that any part looks at, once."""
        return tuple(dict.fromkeys(pair for part in self.parts for pair in part.pairs))


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One empirical statement of a paper."""

    id: str
    """Stands in addresses, e.g. ``crm_above_dur``."""
    paper: Literal[1, 2]
    place: str
    """Section and table."""
    quotation: str
    """A dozen words or so, verbatim; ``…`` where words are left out."""
    statement: str
    """The same in our words, as short as a line of the ledger."""
    predicate: Predicate
    caution: str = ""
    """What a reader should know whatever the verdict, e.g. that a number is suspect."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it looks at, in their order."""
        return tuple(dict.fromkeys(pair.column for pair in self.predicate.pairs))

    @property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """The (variant, column) cells it looks at."""
        sides = ((side, pair.column) for pair in self.predicate.pairs for side in (pair.one, pair.other))
        return tuple(dict.fromkeys((side, column) for side, column in sides if isinstance(side, str)))
