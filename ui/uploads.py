"""Uploads stay in memory: the server would write those above 1 MB to a nameless temporary file while it receives them."""

from __future__ import annotations

from starlette.formparsers import MultiPartParser


def keep_in_memory() -> None:
    """Tell the server's form parser that no part of a form goes to disk; ``server.maxUploadSize`` limits it, and repeating this does nothing."""
    MultiPartParser.spool_max_size = 0  # zero: never
