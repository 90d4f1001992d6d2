"""The contract of a probing task: questions with labels about dialogues, and how they are drawn; no torch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, Protocol

from engine.dialogue.model import Dialogue, Turn

Reads = Literal["utterance", "history", "word"]
RARE = 10
"""A label with fewer training questions is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One probing question with its label."""

    dialogue: str
    """The dialogue's id: what the bootstrap draws."""
    turns: tuple[Turn, ...]
    """What the encoder reads."""
    label: str
    word: int = 0
    """Word probes only: which blank-separated word of the last turn."""
    type: str = ""
    """Word probes only: the word, which a control task gives one random label (Hewitt and Liang 2019)."""


@dataclass(frozen=True, kw_only=True)
class ProbeCard:
    """What a reader of a probe's accuracy must know."""

    name: str
    title: str
    ability: str
    """One of Table 1's four abilities."""
    corpus: str
    training: str
    """The split that the probe is fitted on."""
    held_out: str
    """The split with the dialogues that it is scored on; never a test split."""
    reads: Reads
    """Which state is probed: ``[CLS]`` of a bare utterance or of a history, or a word's first wordpiece."""
    near: str = ""
    """The pre-training objective that asks nearly the same, and what differs."""


class Probe(Protocol):
    """Questions whose answers the frozen states may or may not tell."""

    card: ProbeCard

    def questions(self, dialogues: Iterable[Dialogue], rng: Random) -> Iterator[Question]:
        """Every question that arises, in order; ``rng`` makes what has to be drawn."""
        ...


def texts(question: Question) -> tuple[str, ...]:
    """What is read, to find repetitions."""
    return tuple(turn.text.lower() for turn in question.turns)


def draw(training: Iterable[Question], held_out: Iterable[Question], count: int, rng: Random) -> tuple[list[Question], list[Question]]:
    """At most ``count`` training and ``count // 2`` held-out questions, labels as even as they come.

    Nothing that is read stands in both parts; labels that are rare in training are left out.
    """
    given = list(training)
    labels = frequent(given)
    fitted = evenly([question for question in given if question.label in labels], count, rng)
    seen = {texts(question) for question in fitted}
    left = [question for question in held_out if question.label in labels and texts(question) not in seen]
    return fitted, evenly(left, count // 2, rng)


def frequent(questions: Sequence[Question]) -> frozenset[str]:
    """Labels with at least `RARE` questions."""
    counts: dict[str, int] = defaultdict(int)
    for question in questions:
        counts[question.label] += 1
    return frozenset(label for label, count in counts.items() if count >= RARE)


def evenly(questions: Sequence[Question], count: int, rng: Random) -> list[Question]:
    """At most ``count`` different questions, one label after the other in turn until none is left."""
    piles: dict[str, list[Question]] = defaultdict(list)
    distinct = {(texts(question), question.word, question.label): question for question in questions}
    for question in rng.sample(list(distinct.values()), len(distinct)):
        piles[question.label].append(question)
    chosen: list[Question] = []
    while len(chosen) < count and any(piles.values()):
        chosen += [piles[label].pop() for label in sorted(piles) if piles[label]]
    return chosen[:count]
