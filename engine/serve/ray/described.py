"""Several replicas as one predictor that says how it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.serve.state import Description, Part, State

BETTER: tuple[State, ...] = ("ready", "loading", "failed", "evicted", "not loaded")
"""What counts of a part that replicas hold in different states: the first of these."""


def joined(found: Sequence[Description]) -> Description:
    """One description of at least one replica: each part as where it is best, memory and threads together."""
    parts = zip(*(one.parts for one in found), strict=True)
    limits = [one.weights_limit for one in found if one.weights_limit is not None]
    return replace(found[0], threads=sum(one.threads for one in found), memory_bytes=sum(one.memory_bytes for one in found),
                   parts=tuple(map(_best, parts)), warming=any(one.warming for one in found),
                   weights_bytes=sum(one.weights_bytes for one in found), weights_limit=sum(limits) if limits else None)


def _best(parts: Sequence[Part]) -> Part:
    return min(parts, key=lambda part: BETTER.index(part.state))
