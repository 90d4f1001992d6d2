"""A nine-variant, four-task comparison beside the naive way: one Hugging Face model and one forward pass per cell, same weights.

Run: ``python benchmarks/compare_latency.py [--dialogue FILE] [--repeats 5] [--threads 2]``. Both sides are warm and run in turn within one
process; the last lines print the ratio of the medians and how many answers differ.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs as a file, too

from engine.dialogue.model import Dialogue
from engine.dialogue.upload import read_upload
from engine.models.answer import logits, similarities
from engine.paths import REPOSITORY
from engine.serve.base import Prediction
from engine.serve.local import LocalPredictor
from engine.serve.local_variant import SERVED
from engine.serve.questions import places
from engine.shipped import ShippedTask
from engine.tasks.base import Example
from engine.tasks.structures import choose, decode, response_sequence, sequence

DIALOGUE = REPOSITORY / "samples" / "app" / "train_and_hotel.txt"


class NaiveCell:
    """One variant and task as a model of its own, asked one turn at a time."""

    def __init__(self, variant: str, task: str) -> None:
        self.model = ShippedTask(variant, task, SERVED[task])

    @torch.no_grad()
    def states(self, sequences: Sequence[list[int]]) -> torch.Tensor:
        """``[CLS]`` states of a padded batch by transformers' own forward pass."""
        width = max(map(len, sequences))
        ids = torch.tensor([row + [0] * (width - len(row)) for row in sequences])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in sequences])
        return self.model.encoder.model(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0]  # type: ignore[no-any-return]

    def answer(self, dialogue: Dialogue, index: int, offered: Sequence[str]) -> Any:
        """The answer at one turn."""
        model = self.model
        turns = dialogue.turns[:index + 1] if dialogue.turns[index].speaker == "user" else dialogue.turns[:index]
        context = sequence(model.task.card, Example(id="", corpus="", turns=turns, target=None), model.form)
        if model.task.card.structure != "siamese":
            return decode(model.task.card, logits(model.head, self.states([context]))[0], model.labels)[0]
        states = self.states([context, *(response_sequence(text, model.form, model.response_tokens) for text in offered)])
        return choose(similarities(model.head, states[:1], states[1:])[0], offered)[0]


def naive(cells: dict[tuple[str, str], NaiveCell], dialogue: Dialogue, variants: Sequence[str]) -> list[Any]:
    """Every cell by itself, in the order of ``compare``."""
    offered = tuple(dict.fromkeys(turn.text for turn in dialogue.turns if turn.speaker == "system"))
    return [cells[variant, task].answer(dialogue, index, offered) for variant in variants for index, task in places(dialogue, list(SERVED))]


def timed(ask: Callable[[], list[Any]]) -> tuple[float, list[Any]]:
    """Seconds and answers of one call."""
    started = time.perf_counter()
    answers = ask()
    return time.perf_counter() - started, answers


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--dialogue", type=Path, default=DIALOGUE)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    dialogue = read_upload(arguments.dialogue.read_bytes(), arguments.dialogue.name).dialogues[0]
    predictor = LocalPredictor()  # without its memory of what was read: the same dialogue is asked again and again here
    variants = [card.name for card in predictor.card.variants]
    cells = {(variant, task): NaiveCell(variant, task) for variant in variants for task in SERVED}
    first, _ = timed(lambda: list(predictor.compare(dialogue, variants=variants, tasks=list(SERVED))))
    naive(cells, dialogue, variants)
    ours, theirs, differing = [], [], 0
    for _ in range(arguments.repeats):
        seconds, answers = timed(lambda: list(predictor.compare(dialogue, variants=variants, tasks=list(SERVED))))
        ours.append(seconds)
        seconds, peers = timed(lambda: naive(cells, dialogue, variants))
        theirs.append(seconds)
        differing += sum(said_of(answer) != peer for answer, peer in zip(answers, peers, strict=True))
    print(f"{len(dialogue.turns)} turns, {len(variants)} variants, {len(SERVED)} tasks, {len(answers)} answers, {arguments.threads} threads")
    print(f"ours, first call with loading     {first:8.2f} s")
    print(f"ours, median of {arguments.repeats}                  {statistics.median(ours):8.2f} s")
    print(f"one model and pass per cell       {statistics.median(theirs):8.2f} s")
    print(f"ratio                             {statistics.median(theirs) / statistics.median(ours):8.2f}")
    print(f"answers that differ               {differing:8d} of {len(answers) * arguments.repeats}")


def said_of(answer: Prediction) -> Any:
    """The answer alone."""
    return answer.answer


if __name__ == "__main__":
    main()
