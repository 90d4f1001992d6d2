"""Which ids may follow what is written already, so that an answer is of its task's form: labels, slot names, schema words, the input's words.

A rule is a function from the ids written so far (behind the first one) to what may follow.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.zoo.base import Sample, ZooTask
from engine.zoo.constraints.base import Alphabet, Follow, Listed, Rule, Spans
from engine.zoo.constraints.pairs import PairsRule
from engine.zoo.constraints.sql import query_rule
from engine.zoo.constraints.turns import MaskRule, OrderRule
from engine.zoo.escape import MASK, shield
from engine.zoo.knowledge import Database, Description
from engine.zoo.outputs import Conversation, SlotValues, State, write_turns


def rule_for(task: ZooTask, sample: Sample, codec: Alphabet) -> Rule:
    """The strictest rule that right answers of the sample keep to, as far as the answer set is known; an answer of its task's longest size is whole."""
    start, (content,) = codec.mark_ids[task.token], codec.encode([write_turns(sample.turns)])
    if sample.choices:
        return _Choices(codec.encode([task.target(choice) for choice in sample.choices]), codec.last_id)
    if isinstance(task.output, (SlotValues, State)) and isinstance(sample.knowledge, Description) and sample.knowledge.names:
        return PairsRule(start, codec, sample.knowledge.names, content, task.longest, ordered=isinstance(task.output, State))
    if isinstance(task.output, Conversation) and content:
        return _conversation(start, codec, sample)
    if isinstance(sample.knowledge, Database):
        return query_rule(start, codec, sample, task.longest) or _Free(start, codec)
    return _Free(start, codec)


def _conversation(start: int, codec: Alphabet, sample: Sample) -> Rule:
    mask, text = codec.mark_ids[MASK], write_turns(sample.turns)
    if shield(MASK) not in text:
        return OrderRule(start, codec.last_id, codec.encode([write_turns([turn]) for turn in sample.turns]))
    before, *parts = codec.encode(text.split(shield(MASK)))
    content = [*before, *(number for part in parts for number in (mask, *part))]
    names = sample.knowledge.names if isinstance(sample.knowledge, Description) else ()
    words = Spans([content], but=codec.mark_ids.values())
    return MaskRule(start, codec.last_id, content, mask, Listed(codec.encode([shield(name) for name in names])) if names else words)


class _Choices:
    """One of some answers, word by word."""

    def __init__(self, answers: Sequence[Sequence[int]], last: int) -> None:
        self.answers, self.last = Listed([*answer, last] for answer in answers), last

    def __call__(self, written: Sequence[int]) -> Follow:
        return Follow(sorted(self.answers.after(written)[0]) or [self.last])


class _Free:
    """Words, at least one, none of them or run of them three times in a row, and no mark but the task's own in front."""

    def __init__(self, start: int, codec: Alphabet) -> None:
        self.start = start
        self.marks = [*codec.mark_ids.values(), *codec.silent_ids]
        self.beginning = [*self.marks, codec.last_id]

    def __call__(self, written: Sequence[int]) -> Follow:
        if not written:
            return Follow([self.start])
        said = list(written[1:])
        return Follow([*self.marks, *_thrice(said)] if said else self.beginning, only=False)


def _thrice(said: Sequence[int]) -> list[int]:
    """What would make the last words say the same for a third time.

    >>> _thrice([5, 5]), _thrice([9, 1, 2, 1, 2, 1])
    ([5], [2])
    """
    sizes = range(1, (len(said) + 1) // 3 + 1)
    return [said[-size] for size in sizes if all(said[-place] == said[-place - size] for place in range(1, 2 * size))]
