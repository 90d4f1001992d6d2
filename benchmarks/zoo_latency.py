"""Fifteen DialogZoo tasks on one dialogue, written in one batch, beside fifteen separate ``generate`` calls of transformers with the same rules.

Run: ``python benchmarks/zoo_latency.py [--dialogue FILE] [--repeats 5] [--threads 2] [--free]``. Both sides are warm and run in turn within one
process. The last lines print when the first word and the first whole answer were there, the ratio of the medians, and how many answers differ.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import get_args

import torch
from transformers import LogitsProcessor, LogitsProcessorList, NoRepeatNGramLogitsProcessor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs as a file, too

from engine.dialogue.upload import read_upload
from engine.models.seq2seq.model import padded
from engine.models.seq2seq.store import load, zoo_file
from engine.paths import REPOSITORY
from engine.provenance import commit, hardware
from engine.serve.precision import USUAL, Precision
from engine.serve.zoo.base import ZooModel, ZooQuestion
from engine.serve.zoo.local import LocalZoo
from engine.serve.zoo.questions import Given, all_asked
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Manner
from engine.zoo.constraints import rule_for
from engine.zoo.constraints.base import Rule
from engine.zoo.escape import BRACKETED

DIALOGUE = REPOSITORY / "samples" / "app" / "train_and_hotel.txt"


class Clock:
    """Notes when the first word of any answer came, and when the first answer was whole."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.first_word: float | None = None
        self.grown: dict[int, tuple[float, str]] = {}

    def __call__(self, place: int, text: str) -> None:
        now = time.perf_counter() - self.begun
        self.first_word = self.first_word or now
        self.grown[place] = (now, text)

    @property
    def first_answer(self) -> float:
        """Seconds until some answer had its last word."""
        return min(when for when, _ in self.grown.values())


class Peer:
    """The same weights, rules, manners and beams in transformers' own ``generate``, one call per question."""

    def __init__(self, model: ZooModel, questions: list[ZooQuestion], constrained: bool) -> None:
        self.own, _ = load(zoo_file(model.card.name), BRACKETED)
        codec = self.own.codec
        self.asked = []
        for question in questions:
            form = ZOO_TASKS[question.task]
            source, mask = padded([[*codec.encode([model.prompt(question).text])[0], codec.last_id]], codec.pad_id, self.own.device)
            rule = rule_for(form, question.sample, codec) if constrained else None
            self.asked.append((source, mask, form.longest, form.manner, [_Ruled(rule, form.manner, codec.last_id)]))

    @torch.inference_mode()
    def __call__(self) -> list[str]:
        """The answers."""
        codec = self.own.codec
        return [codec.decode(self.own.net.generate(
            input_ids=source, attention_mask=mask, source_ids=source, do_sample=False, max_new_tokens=longest, use_cache=True,
            decoder_start_token_id=codec.first_id, eos_token_id=codec.last_id, pad_token_id=codec.pad_id, bos_token_id=codec.first_id,
            num_beams=manner.beams, length_penalty=manner.length_penalty,
            logits_processor=LogitsProcessorList(rule))[0].tolist()) for source, mask, longest, manner, rule in self.asked]


class _Ruled(LogitsProcessor):
    """Keeps one answer, or the beams of one, to its rule, and bends it to its task's manner."""

    def __init__(self, rule: Rule | None, manner: Manner, last: int) -> None:
        self.rule, self.manner, self.last = rule, manner, last
        self.again = NoRepeatNGramLogitsProcessor(manner.runs) if manner.runs else None

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Scores of all words that may not come become minus infinity."""
        return torch.cat([self._bent(ids[None], row[None]) for ids, row in zip(input_ids, scores, strict=True)])

    def _bent(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if self.last in input_ids[0]:
            return scores
        follow = self.rule(input_ids[0, 1:].tolist()) if self.rule else None
        if follow and follow.only:
            ids = list(follow.ids) or [self.last]
            kept = torch.full_like(scores, -torch.inf)
            kept[0, ids] = scores[0, ids]
            return kept
        scores[0, self.last] -= self.manner.longer
        scores = self.again(input_ids, scores) if self.again else scores
        if follow:
            scores[0, list(follow.ids)] = -torch.inf
        return scores


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dialogue", type=Path, default=DIALOGUE)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", default=USUAL, choices=get_args(Precision), help="of our side; the peer's is float32")
    parser.add_argument("--free", action="store_true", help="without constraints")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    dialogue = read_upload(arguments.dialogue.read_bytes(), arguments.dialogue.name).dialogues[0]
    tasks = [name for name in ZOO_TASKS if ZOO_TASKS[name].supervised]
    questions = [asked.question for asked in all_asked(Given(dialogue=dialogue), tasks) if asked.question]
    model, constrained = LocalZoo(zoo_file(), arguments.precision), not arguments.free
    peer = Peer(model, questions, constrained)
    together, apart, words, answers = [], [], [], []
    model.answer(questions, constrained=constrained)
    peer()
    for _ in range(arguments.repeats):
        clock = Clock()
        one = model.answer(questions, constrained=constrained, told=clock)
        together.append(time.perf_counter() - clock.begun)
        words.append(clock.first_word or 0.0)
        answers.append(clock.first_answer)
        begun = time.perf_counter()
        other = peer()
        apart.append(time.perf_counter() - begun)
    differ = [mine.task for mine, theirs in zip(one, other, strict=True) if mine.text.strip() != theirs.strip()]
    print(f"{hardware()}, {arguments.threads} threads, commit {commit()}, {len(dialogue.turns)} turns, {len(questions)} tasks, "
          f"{'constrained' if constrained else 'free'}, {sum(answer.tokens for answer in one)} tokens written")
    print(f"first word {statistics.median(words):.2f} s, first whole answer {statistics.median(answers):.2f} s")
    print(f"together {statistics.median(together):.2f} s, {len(questions)} separate calls of transformers' generate {statistics.median(apart):.2f} s")
    print(f"ratio {statistics.median(apart) / statistics.median(together):.2f}, answers that differ: {len(differ)} of {len(questions)} {differ or ''}")


if __name__ == "__main__":
    main()
