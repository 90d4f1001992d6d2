"""Which ids may follow what is written already, so that an answer is of its task's form: labels, slot names, schema words, the input's words.

A rule is a function from the ids written so far (behind the first one) to what may follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.zoo.base import Sample, ZooTask
from engine.zoo.constraints.base import Alphabet, Follow, Rule
from engine.zoo.escape import shield_value
from engine.zoo.knowledge import Database, Description, linear
from engine.zoo.outputs import Conversation, SlotValues, State, write_turns

SQL_WORDS = ("select distinct from join on as where and or not in like between group by having order asc desc limit union intersect except count sum avg min "
             "max exists is null t1 t2 t3 t4 t5 * ( ) , . = ! != > < >= <= + - / ' \" % value terminal 0 1 2 3 4 5 6 7 8 9 10")
"""What every query may be made of besides the schema and the question."""


def rule_for(task: ZooTask, sample: Sample, codec: Alphabet) -> Rule:
    """The strictest rule that every right answer of the sample keeps to, as far as the answer set is known."""
    start = codec.mark_ids[task.token]
    if sample.choices:
        return _Choices(codec.encode([task.target(choice) for choice in sample.choices]), codec.last_id)
    own = set(_flat(codec.encode([write_turns(sample.turns), linear(sample.knowledge)])))
    if isinstance(task.output, (SlotValues, State)) and isinstance(sample.knowledge, Description) and sample.knowledge.names:
        return _Pairs(start, codec, sample.knowledge.names, own, ordered=isinstance(task.output, State))
    if isinstance(task.output, Conversation):
        return _Lines(start, codec, own)
    if isinstance(sample.knowledge, Database):
        return _FromWords(start, codec, own | set(_flat(codec.encode(SQL_WORDS.split()))))
    return _Free(start, codec)


def _flat(rows: Iterable[Sequence[int]]) -> Iterable[int]:
    return (number for row in rows for number in row)


class _Choices:
    """One of some answers, word by word."""

    def __init__(self, answers: Sequence[Sequence[int]], last: int) -> None:
        self.tree = _tree([[*answer, last] for answer in answers])
        self.last = last

    def __call__(self, written: Sequence[int]) -> Follow:
        node: Any = self.tree
        for number in written:
            node = node.get(number, {})
        return Follow(list(node) or [self.last])


class _Free:
    """Words, at least one, and no mark but the task's own in front."""

    def __init__(self, start: int, codec: Alphabet) -> None:
        self.start = start
        self.marks = [*codec.mark_ids.values(), *codec.silent_ids]
        self.beginning = [*self.marks, codec.last_id]

    def __call__(self, written: Sequence[int]) -> Follow:
        if not written:
            return Follow([self.start])
        return Follow(self.beginning if len(written) == 1 else self.marks, only=False)


@dataclass(frozen=True)
class _FromWords:
    """Words out of a set, at least one."""

    start: int
    codec: Alphabet
    words: set[int]

    def __call__(self, written: Sequence[int]) -> Follow:
        if not written:
            return Follow([self.start])
        return Follow([*(number for number in self.words if number < self.codec.words), *([self.codec.last_id] if len(written) > 1 else [])])


class _Lines:
    """Turns made of the input's own words: a speaker's mark, at least one word, another mark or the end."""

    def __init__(self, start: int, codec: Alphabet, words: set[int]) -> None:
        self.start, self.codec = start, codec
        self.speakers = [codec.mark_ids["[USR]"], codec.mark_ids["[SYS]"]]
        self.words = [number for number in words if number < codec.words]

    def __call__(self, written: Sequence[int]) -> Follow:
        if not written:
            return Follow([self.start])
        if len(written) == 1:
            return Follow(self.speakers)
        return Follow(self.words if written[-1] in self.speakers else [*self.words, *self.speakers, self.codec.last_id])


class _Pairs:
    """``slot = value ; slot = value`` with known slots and the input's own words as values, or ``none``; ordered: each slot once, sorted."""

    def __init__(self, start: int, codec: Alphabet, names: Iterable[str], words: set[int], *, ordered: bool) -> None:
        self.start, self.last, self.ordered = start, codec.last_id, ordered
        (self.equals,), (self.semicolon,), self.nothing = codec.encode(["=", ";", "none"])
        spelled = sorted(set(names))
        self.names = codec.encode([shield_value(name) for name in spelled])
        self.words = [number for number in words if number < codec.words and number not in (self.equals, self.semicolon)]

    def __call__(self, written: Sequence[int]) -> Follow:
        if not written:
            return Follow([self.start])
        said = list(written[1:])
        if said[:1] == self.nothing[:1] and said == self.nothing[:len(said)]:
            return Follow([self.nothing[len(said)] if len(said) < len(self.nothing) else self.last])
        parts = _split(said, self.semicolon)
        open_names = self._open(parts[:-1])
        now = parts[-1]
        if self.equals in now:
            value = now[now.index(self.equals) + 1:]
            more = [self.semicolon] if self._open(parts) else []
            return Follow([*self.words, *((*more, self.last) if value else ())])
        follow = {([*name, self.equals])[len(now)] for name in open_names if list(name[:len(now)]) == now and len(now) <= len(name)}
        return Follow(sorted(follow | ({self.nothing[0]} if not said else set())) or [self.last])

    def _open(self, done: Sequence[Sequence[int]]) -> list[list[int]]:
        """Names that may still come."""
        if not self.ordered or not done:
            return self.names
        names = [list(part[:part.index(self.equals)]) if self.equals in part else list(part) for part in done]
        places = [self.names.index(name) for name in names if name in self.names]
        return self.names[max(places, default=-1) + 1:]


def _split(ids: Sequence[int], sign: int) -> list[list[int]]:
    parts: list[list[int]] = [[]]
    for number in ids:
        if number == sign:
            parts.append([])
        else:
            parts[-1].append(number)
    return parts


def _tree(rows: Iterable[Sequence[int]]) -> dict[int, Any]:
    root: dict[int, Any] = {}
    for row in rows:
        node = root
        for number in row:
            node = node.setdefault(number, {})
    return root
