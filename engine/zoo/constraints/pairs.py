"""``slot = value ; slot = value`` with known slots, and values that stand in the dialogue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.zoo.constraints.base import Alphabet, Follow, Listed, Spans, Spelling
from engine.zoo.escape import shield_value
from engine.zoo.outputs import EMPTY

SAID_OTHERWISE = ("dontcare", "true", "false", "yes", "no", *map(str, range(1, 11)))
"""Values of states that need not stand in the dialogue: of 14,119 values in training states 7.2 % do not, and most of these are here."""

CLOSING = ", . ! ? ) ] %"
"""Signs that no value begins with: written out, they would stand at the ``=`` without a space."""


class PairsRule:
    """Parts of a known slot and a run of the content's words, or ``none``; whole before the limit.

    Args:
        start: The task's token.
        codec: Words to ids.
        names: Of the slots.
        content: Ids of the dialogue.
        longest: Most ids, the end included.
        ordered: A state: each slot once, sorted, and `SAID_OTHERWISE` too; else a slot may come again, and a pair that repeats another is the last
            (478 of 73,410 training answers repeat one; a model that does might never end).
    """

    def __init__(self, start: int, codec: Alphabet, names: Iterable[str], content: Sequence[int], longest: int, *, ordered: bool) -> None:
        self.start, self.last, self.ordered, self.longest = start, codec.last_id, ordered, longest
        (self.equals,), (self.semicolon,) = codec.encode(["=", ";"])
        self.names = codec.encode([shield_value(name) for name in sorted(set(names))])
        self.nothing = Listed(codec.encode([EMPTY]))
        marks = {number for number in content if number >= codec.words}
        spans = Spans([content], but={*marks, self.equals, self.semicolon})
        self.values: list[Spelling] = [spans, *([Listed(codec.encode(SAID_OTHERWISE))] if ordered else [])]
        self.glued = set(codec.encode([CLOSING])[0])
        self.part = max(map(len, self.names), default=0) + 4
        """Room that one more part needs: a semicolon, the name, ``=``, a word and the end."""
        if not any(spelling.after([])[0] - self.glued for spelling in self.values):
            self.names = []

    def __call__(self, written: Sequence[int]) -> Follow:
        """See `engine.zoo.constraints.base.Rule`."""
        if not written:
            return Follow([self.start])
        said = list(written[1:])
        *done, now = _split(said, self.semicolon)
        if self.equals in now:
            return Follow(sorted(self._value(done, now, self.longest - len(written))))
        following, whole = self.nothing.after(said)
        follow = set(following) | {self.last} if whole else set(following)
        return Follow(sorted(follow | self._name(done, now, self.longest - len(written))) or [self.last])

    def _name(self, done: Sequence[Sequence[int]], now: Sequence[int], room: int) -> set[int]:
        names = Listed([*name, self.equals] for name in self._open(done) if room >= len(name) - len(now) + 3)
        return names.after(now)[0]

    def _value(self, done: Sequence[list[int]], now: list[int], room: int) -> set[int]:
        value = now[now.index(self.equals) + 1:]
        known = [spelling.after(value) for spelling in self.values]
        more: set[int] = set().union(*(ids for ids, _ in known)) if room > 1 or not value else set()
        if not any(whole for _, whole in known):
            return (more if value else more - self.glued) or {self.last}
        goes_on = room > self.part and now not in done and self._open([*done, now])
        return more | {self.last} | ({self.semicolon} if goes_on else set())

    def _open(self, done: Sequence[Sequence[int]]) -> list[list[int]]:
        """Names that may still come."""
        if not self.ordered or not done:
            return self.names
        names = [list(part[:part.index(self.equals)]) if self.equals in part else list(part) for part in done]
        return self.names[max((self.names.index(name) for name in names if name in self.names), default=-1) + 1:]


def _split(ids: Sequence[int], sign: int) -> list[list[int]]:
    parts: list[list[int]] = [[]]
    for number in ids:
        if number == sign:
            parts.append([])
        else:
            parts[-1].append(number)
    return parts
