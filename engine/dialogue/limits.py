"""How much of an upload is taken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The largest upload; the defaults keep one below 1 GB of memory."""

    bytes: int = 200_000_000
    """Of the file, and of everything in an archive."""
    turns: int = 100_000
    """Of one dialogue."""
    dialogues: int = 200_000
    files: int = 10_000
    """In an archive."""
    ratio: int = 200
    """Unpacked to packed size of a file in an archive."""
    depth: int = 10
    """Folders above a file in an archive, plus one."""


LIMITS = Limits()
