"""MultiWOZ 2.1 for DialoGLUE's comparison, with paper 1's slot classifier instead of TripPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from engine.models.answer import cls_states, logits
from engine.models.batch import Batch
from engine.models.encoder import Encoder
from engine.models.heads import build_head
from engine.models.tokens import TextForm
from engine.recipes import CPU_HEADS
from engine.tasks.base import Example
from engine.tasks.structures import collate, decode, head_spec, sequence
from engine.train.evaluate import examples_of
from engine.train.taskdata import some, task_data
from engine.zoo.glue.base import Shots
from engine.zoo.glue.draws import Draw, with_replacement
from engine.zoo.glue.submission import Answers
from engine.zoo.glue.trippy import turns

TASK, CORPUS, PROTOCOL = "state_tracking", "multiwoz21", "paper"
LOOKED_AT = 1000
"""Dev turns per look, a fixed draw: all 7,371 would take longer than the training between two looks."""


class StateCell:
    """The value of each slot from the first token of the history (arguments as `engine.train.glue_cells.WordCell`)."""

    def __init__(self, encoder: Encoder, shots: Shots, data: Path, *, seed: int, max_tokens: int) -> None:
        known = task_data(TASK, CORPUS, data, PROTOCOL)
        self.encoder, self.task, self.labels = encoder, known.task, known.labels
        self.training = tenth(known.training) if shots == "10" else known.training
        self.dev, self.test = some(known.dev, LOOKED_AT, 0), examples_of(TASK, CORPUS, data, "test", PROTOCOL)
        self.form = TextForm(encoder.tokens, max_tokens)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.head = build_head(head_spec(known.task.card, known.labels, CPU_HEADS), encoder, **known.head_extras(encoder.base))

    def batch(self, rows: Sequence[Example]) -> Batch:
        """See `engine.tasks.structures.collate`."""
        return collate(self.task.card, rows, self.labels, self.form, 0)

    def answers(self, rows: Sequence[Example]) -> list[Any]:
        """A state for each turn."""
        states_ND = cls_states(self.encoder, [sequence(self.task.card, row, self.form) for row in rows])
        return [decode(self.task.card, row, self.labels)[0] for row in logits(self.head, states_ND.to(self.encoder.device))]

    def score(self, rows: Sequence[Example], answers: Sequence[Any]) -> Mapping[str, float]:
        """Joint goal accuracy and slot accuracy by `engine.tasks`."""
        found = self.task.score([row.target for row in rows], answers, self.labels)
        return {"joint_goal_accuracy": 100 * found["joint_acc"], "slot_accuracy": 100 * found["slot_acc"]}

    def submitted(self, answers: Sequence[Any]) -> Answers:
        """Turns of the test dialogues in TripPy's layout."""
        return turns([row.id for row in self.test], [row.target for row in self.test], answers)


def tenth(examples: Sequence[Example]) -> list[Example]:
    """The turns of a tenth of the dialogues, drawn with replacement by the published script's seed; each dialogue once."""
    names = list(dict.fromkeys(dialogue_of(row) for row in examples))
    draw: Draw[str] = with_replacement()
    drawn = set(draw(names, len(names) // 10))
    return [row for row in examples if dialogue_of(row) in drawn]


def dialogue_of(example: Example) -> str:
    """The id of the dialogue that an example is a turn of."""
    return example.id.rpartition("#")[0]
