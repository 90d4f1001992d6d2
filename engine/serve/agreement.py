"""How far two accounts of the same answer agree: a rank correlation, where there is enough to rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scipy.stats import spearmanr

from engine.serve.reasons import Ablation, Attribution

LEAST = 4
"""Fewer turns or words than this are not ranked."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Spearman's rank correlation over ``n`` things; None where they are too few or one side does not vary."""

    rho: float | None
    n: int
    things: str = "turns"

    @property
    def words(self) -> str:
        """In words.

        >>> Agreement(rho=0.8, n=6).words, Agreement(rho=None, n=2).words, Agreement(rho=None, n=6).words
        ('+0.80 (n 6 turns)', 'too few turns (n 2)', 'one side does not vary (n 6 turns)')
        """
        if self.n < LEAST:
            return f"too few {self.things} (n {self.n})"
        said = "one side does not vary" if self.rho is None else f"{round(self.rho, 2) + 0.0:+.2f}".replace("-", "−")
        return f"{said} (n {self.n} {self.things})"


def agreement(one: Mapping[int, float], other: Mapping[int, float], things: str = "turns") -> Agreement:
    """Over what both speak of."""
    shared = sorted(set(one) & set(other))
    left, right = [one[place] for place in shared], [other[place] for place in shared]
    varies = len(shared) >= LEAST and len(set(left)) > 1 and len(set(right)) > 1
    return Agreement(rho=float(spearmanr(left, right).statistic) if varies else None, n=len(shared), things=things)


def with_ablation(attribution: Attribution, ablations: list[Ablation]) -> Agreement:
    """Signed sums of attribution per turn against what each turn's absence takes from the score."""
    return agreement(attribution.turns, {one.dropped: one.effect for one in ablations})


def of_words(one: Attribution, other: Attribution, *, sizes: bool = False) -> Agreement:
    """Word by word over the same input; ``sizes`` leaves out the signs."""
    left, right = ({place: abs(score) if sizes else score for place, (piece, score) in enumerate(zip(given.pieces, given.scores, strict=True))
                    if piece.kind == "word"} for given in (one, other))
    return agreement(left, right, "wordpieces")
