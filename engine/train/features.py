"""Frozen states for probing: of probe questions, and of training examples of the downstream cells with their labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.corpora import CORPORA
from engine.corpora.locate import corpus_folder
from engine.dialogue.model import Dialogue
from engine.errors import InputError
from engine.models.answer import cls_states
from engine.models.encoder import Encoder, read
from engine.models.tokens import TextForm
from engine.probing.base import Probe, Question, draw
from engine.tasks import TASKS
from engine.tasks.base import Example, TaskCard, load
from engine.tasks.structures import response_sequence, sequence
from engine.train.taskdata import some

SHORT = 3
"""Intent has 151 classes and short utterances: so many times as many examples."""
RESPONSE_TOKENS = 50
FEWEST = 5
"""Examples that a label needs on either side to be scored."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A probe's questions."""

    probe: Probe
    fitted: Sequence[Question]
    held_out: Sequence[Question]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Training examples of a downstream task on a corpus under a protocol."""

    task: str
    corpus: str
    protocol: str
    examples: Sequence[Example]

    @property
    def subject(self) -> str:
        """The name in rows."""
        return f"{self.task}.{self.corpus}.{self.protocol}"


def asked(probe: Probe, read_split: Callable[[str, str], Iterable[Dialogue]], count: int, seed: int) -> Asked:
    """The probe's questions from the dialogues of its two splits (corpus and split are what ``read_split`` is given).

    Raises:
        InputError: Nothing is left to fit the probe on, or to score it on.
    """
    card, rng = probe.card, Random(f"probe/{probe.card.name}/{seed}")
    training, held_out = (list(probe.questions(read_split(card.corpus, split), rng)) for split in (card.training, card.held_out))
    fitted, held = draw(training, held_out, count, rng)
    if not fitted or not held:
        raise InputError(f"no question of the probe {card.name} is left on {'held-out' if fitted else 'training'} dialogues", where=card.corpus,
                         remedy=f"give --examples a larger number, or check the corpus with `python -m engine data check {card.corpus}`")
    return Asked(probe=probe, fitted=fitted, held_out=held)


def cell_names() -> list[tuple[str, str, str]]:
    """Task, corpus and protocol of every cell; protocols that read the same are one cell, under the first's name."""
    return [(name, corpus, protocol) for name in TASKS for corpus in TASKS[name].card.corpora
            for protocol in TASKS[name].card.protocols[:None if name == "dialogue_act" else 1]]


def cell(task: str, corpus: str, protocol: str, data_root: Path, count: int, seed: int) -> Cell:
    """A draw of a cell's training examples."""
    entry = TASKS[task]
    wanted = count * SHORT if entry.card.structure == "single_turn_classifier" else count
    examples = list(load(entry, CORPORA[corpus], corpus_folder(CORPORA[corpus], data_root), "train", protocol))
    return Cell(task=task, corpus=corpus, protocol=protocol, examples=some(examples, wanted, seed))


@torch.no_grad()
def states(encoder: Encoder, questions: Sequence[Question], reads: str, form: TextForm) -> NDArray[Any]:
    """The state that each question is about, (N, D)."""
    if reads == "word":
        placed = [word(question, form) for question in questions]
        found = read(encoder, [ids for ids, _ in placed], [(row, place) for row, (_, place) in enumerate(placed)])
    else:
        found = cls_states(encoder, [form.utterance(question.turns[-1]) if reads == "utterance" else form.history(question.turns)[0] for question in questions])
    return np.asarray(found.numpy())


def word(question: Question, form: TextForm) -> tuple[list[int], int]:
    """The bare utterance and the place of the first wordpiece of the word in question (the last place, where it was cut away)."""
    pieces = form.tokens.texts(question.turns[-1].text.split())
    starts = list(accumulate(map(len, pieces), initial=1))
    ids = [piece for part in pieces for piece in part][:form.max_tokens - 2]
    return form.closed_ids(ids), min(starts[question.word], len(ids))


@torch.no_grad()
def features(encoder: Encoder, given: Cell, form: TextForm) -> tuple[NDArray[Any], NDArray[Any], list[str]]:
    """Features (N, D), 0/1 labels (N, K) and each row's dialogue.

    Intent, acts: ``[CLS]`` and the labels. State tracking: ``[CLS]``, and for each slot whether it has a value. Response selection:
    the product of the two ``[CLS]`` states, for the true response and for that of another example.
    """
    card, examples = TASKS[given.task].card, given.examples
    groups = [example.id.rpartition("#")[0] for example in examples]
    contexts = cls_states(encoder, [sequence(card, example, form) for example in examples]).numpy()
    if card.structure == "siamese":
        responses = cls_states(encoder, [response_sequence(example.response, form, RESPONSE_TOKENS) for example in examples]).numpy()
        right, wrong = contexts * responses, contexts * np.roll(responses, 1, axis=0)  # the examples come in a drawn order
        one = np.repeat([[1, 0], [0, 1]], len(examples), axis=0)
        return np.concatenate([right, wrong]), one, [*groups, *groups]
    return contexts, labels(card, examples), groups


def labels(card: TaskCard, examples: Iterable[Example]) -> NDArray[Any]:
    """A 0/1 column for every intent, act or filled slot that some examples have and some have not."""
    sets = [{example.target} if isinstance(example.target, str) else set(example.target) for example in examples]
    names = sorted(set().union(*sets))
    matrix = np.array([[name in having for name in names] for having in sets], dtype=int)
    if card.structure == "single_turn_classifier":
        return matrix
    counts = matrix.sum(axis=0)
    return matrix[:, (counts >= FEWEST) & (counts <= len(matrix) - FEWEST)]
