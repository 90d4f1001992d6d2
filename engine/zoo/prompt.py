"""The input pattern ``[TI] dialog content [EK] external knowledge [C] task definition``, cut to a number of tokens, and read back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.dialogue.model import Turn
from engine.errors import InputError
from engine.zoo.base import Sample, ZooTask
from engine.zoo.escape import DEFINITION, KNOWLEDGE
from engine.zoo.knowledge import Description, Knowledge, Triples, linear
from engine.zoo.outputs import EMPTY, write_turns

TOKENS = 350
"""Longest input and output (paper 2, section 5.2)."""
LISTED = 40
"""Most names of a titled description that are listed; longer lists (150 intents) would leave no room for anything else."""
Count = Callable[[str], int]
"""How many tokens the model's tokenizer makes of a text."""


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What the model reads, and what had to be left out."""

    text: str
    tokens: int
    turns: int
    """Turns that are in it, counted from the end; a turn that lost its beginning counts."""
    turns_cut: int
    """Turns that were left out or lost their beginning."""
    items: int
    """Items of knowledge in it, counted from the beginning."""
    items_cut: int


def prompt(task: ZooTask, sample: Sample, count: Count, limit: int = TOKENS) -> Prompt:
    """The input pattern in at most ``limit`` tokens.

    The rule (not published; our choice): token, marks and definition stay whole. Content and knowledge share the rest; each may have half, and
    what one does not need goes to the other. Content loses its oldest turns, then the beginning of the oldest one left. Knowledge loses its
    last items (words of a text, names of a description, tables); of facts, those go first that share the fewest words with the dialogue; and of
    labels or slots that have a title, the title stands for all where more than `LISTED` are to be listed, or not all fit.

    Raises:
        InputError: The definition alone is longer than ``limit``.
    """
    room = limit - count(_pattern(task, "", "")) - 2  # joining parts may cost a token each
    if room < 2:
        raise InputError(f"the task's definition leaves no room in {limit} tokens", remedy="allow more tokens")
    knowledge = _titled(sample.knowledge, count, room // 2)
    content, facts = write_turns(sample.turns), linear(knowledge)
    needs = count(content), count(facts)
    for_content = max(room // 2, room - needs[1])
    for_facts = max(room // 2, room - needs[0])
    turns, whole = _last_turns(sample.turns, count, for_content) if needs[0] > for_content else (content, len(sample.turns))
    known = _first_items(_nearest(knowledge, content), count, for_facts) if needs[1] > for_facts else knowledge
    text = _pattern(task, turns, linear(known))
    kept = whole + (turns != write_turns(sample.turns[len(sample.turns) - whole:]))
    listed = 0 if knowledge is not sample.knowledge else len(known.items)
    return Prompt(text=text, tokens=count(text), turns=kept, turns_cut=len(sample.turns) - whole, items=listed,
                  items_cut=len(sample.knowledge.items) - listed)


def parts(text: str) -> tuple[str, str, str, str]:
    """Task name, content, knowledge and definition of a prompt that somebody may have edited.

    >>> parts("[rew] [USR] and there? [EK] none [C] rewrite it")
    ('rew', '[USR] and there?', 'none', 'rewrite it')

    Raises:
        InputError: A mark is missing, or stands twice or in another order.
    """
    found = re.fullmatch(r"\s*\[(\w+)\](.*?)(?<!\S)\[EK\](?!\S)(.*?)(?<!\S)\[C\](?!\S)(.*)", text, re.DOTALL)
    if not found or any(re.search(r"(?<!\S)\[(EK|C)\](?!\S)", part) for part in found.groups()[1:]):
        raise InputError("the prompt has not the form [task] content [EK] knowledge [C] definition", remedy="put each of the marks once, in this order")
    name, content, facts, definition = (part.strip() for part in found.groups())
    return name, content, facts, definition


def _pattern(task: ZooTask, content: str, facts: str) -> str:
    return f"{task.token} {content or EMPTY} {KNOWLEDGE} {facts or EMPTY} {DEFINITION} {task.definition}"


def _last_turns(turns: Sequence[Turn], count: Count, room: int) -> tuple[str, int]:
    """The longest end of the dialogue that fits, and how many of its turns are whole."""
    whole = _most(len(turns), lambda kept: count(write_turns(turns[len(turns) - kept:])) <= room)
    rest = write_turns(turns[len(turns) - whole:])
    if whole == len(turns):
        return rest, whole
    mark, *words = write_turns([turns[len(turns) - whole - 1]]).split()

    def with_end(kept: int) -> str:
        return " ".join([mark, *words[len(words) - kept:], *([rest] if rest else [])]) if kept else rest

    return with_end(_most(len(words), lambda kept: count(with_end(kept)) <= room)), whole


def _titled(knowledge: Knowledge, count: Count, room: int) -> Knowledge:
    """A description's title in place of its names, where these are too many."""
    if not isinstance(knowledge, Description) or not knowledge.title or (len(knowledge.items_) <= LISTED and count(linear(knowledge)) <= room):
        return knowledge
    return Description(((knowledge.title, ""),))


def _nearest(knowledge: Knowledge, content: str) -> Knowledge:
    """Facts with the most words of the dialogue first, else in their order."""
    if not isinstance(knowledge, Triples):
        return knowledge
    said = set(re.findall(r"\w+", content.casefold()))
    return Triples(tuple(sorted(knowledge.facts, key=lambda fact: -len(said & set(re.findall(r"\w+", " ".join(fact).casefold()))))))


def _first_items(knowledge: Knowledge, count: Count, room: int) -> Knowledge:
    return knowledge.first(_most(len(knowledge.items), lambda kept: count(linear(knowledge.first(kept))) <= room))


def _most(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to ``most`` that fits, by halving; 0 where not even 1 does."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
