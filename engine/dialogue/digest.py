"""Dialogues compared by their words alone: without case, punctuation, blanks and empty turns."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from engine.dialogue.model import Dialogue


def spoken(dialogue: Dialogue) -> list[str]:
    """The plain text of every turn that has one."""
    return [plain for turn in dialogue.turns if (plain := re.sub(r"[\W_]+", "", turn.text.lower()))]


def digest(texts: Sequence[str]) -> str:
    """Twenty-four hex digits of some plain texts in order.

    >>> digest(["hello", "hi"]) == digest(["hello", "hi"]) != digest(["hi", "hello"])
    True
    """
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=12).hexdigest()
