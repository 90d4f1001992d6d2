"""Probabilities of orders, from each member's share of being the last: the Plackett-Luce model behind ListNet (paper 1, Eq. 4)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from math import prod

Ranks = tuple[int, ...]
"""``ranks[k]`` is the place, from 0, at which shown member ``k`` truly stood."""


def orders(shares: Sequence[float]) -> dict[Ranks, float]:
    """Every order's probability when members are drawn from the last place to the first, each by its share of those left.

    Args:
        shares: Positive; a member's probability of being the last.

    >>> {ranks: round(chance, 3) for ranks, chance in orders([0.2, 0.8]).items()}
    {(0, 1): 0.8, (1, 0): 0.2}
    """
    return {ranks: _chance(shares, ranks) for ranks in permutations(range(len(shares)))}


def place_shares(shares: Sequence[float], ranks: Sequence[int]) -> tuple[float, ...]:
    """For each member, how probable it is that it stood where ``ranks`` says, whatever the others did."""
    known = orders(shares)
    return tuple(sum(chance for order, chance in known.items() if order[member] == rank) for member, rank in enumerate(ranks))


def _chance(shares: Sequence[float], ranks: Ranks) -> float:
    rising = [shares[member] for member in sorted(range(len(ranks)), key=ranks.__getitem__)]
    return prod(share / total if (total := sum(rising[:place])) else 1 / place for place, share in enumerate(rising, 1))
