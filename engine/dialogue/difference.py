"""Two texts word by word: what stayed, what went, what came."""

from __future__ import annotations

import difflib
import re
from typing import Literal

Part = tuple[Literal["same", "gone", "new"], str]
LONGEST = 2_000
"""Words of a text up to which they are compared one by one; longer texts count as replaced."""


def difference(before: str, after: str) -> list[Part]:
    """The parts in reading order; all but the gone ones make up ``after``, all but the new ones ``before``.

    >>> difference("some Thai food", "some Greek food")
    [('same', 'some '), ('gone', 'Thai'), ('new', 'Greek'), ('same', ' food')]
    """
    one, other = _words(before), _words(after)
    if before == after or max(len(one), len(other)) > LONGEST:
        return [("same", after)] * bool(after) if before == after else _replaced(before, after)
    found: list[Part] = []
    for kind, first, last, start, end in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        old, new = "".join(one[first:last]), "".join(other[start:end])
        found += [("same", new)] if kind == "equal" else _replaced(old, new)
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|\s+|[^\w\s]", text)


def _replaced(old: str, new: str) -> list[Part]:
    found: list[Part] = [("gone", old), ("new", new)]
    return [part for part in found if part[1]]
