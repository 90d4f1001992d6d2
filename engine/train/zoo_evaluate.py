"""Asking a text-to-text model the test samples of every pair, and the baselines beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from engine.models.seq2seq.codec import Codec
from engine.models.seq2seq.generate import generate
from engine.models.seq2seq.model import TextToText
from engine.train.zoo import written
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample
from engine.zoo.baselines import baseline
from engine.zoo.constraints import rule_for
from engine.zoo.rows import Rows, tasks_of
from engine.zoo.scores import Scores, score
from engine.zoo.spelling import spelled

BATCH = 32
PREFERRED = ("test", "heldout", "dev", "train")
"""Which published split is asked, where a set that is never trained on has several."""
LEARNT_FROM = 20_000
"""Training samples at most that a baseline counts."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Samples of one pair that are scored."""

    task: str
    dataset: str
    split: str
    samples: tuple[Sample, ...]
    available: int


def asked(data: Path, tasks: Sequence[str], limit: int) -> Iterator[Asked]:
    """For every pair its test samples, or those of dev where it has no test; the first ``limit`` of the dataset's random order.

    REO and CLO, which every dataset of dialogues has, get a tenth of them each.
    """
    for task in tasks:
        most = limit if ZOO_TASKS[task].supervised else -(-limit // 10)
        seen = set[str]()
        trained = Rows(data, "train", task).places() if task in tasks_of(data) else {}
        for use in ("test", "dev"):
            rows = Rows(data, use, task) if task in tasks_of(data, use) else None
            places = rows.places() if rows else {}
            for (dataset, split), numbers in sorted(places.items(), key=lambda place: PREFERRED.index(place[0][1])):
                if dataset not in seen and rows:
                    seen.add(dataset)
                    stands_in = (dataset, "dev") in trained
                    yield Asked(task=task, dataset=dataset, split=f"{split}*" if stands_in and use == "dev" else split,
                                samples=tuple(rows.take(numbers[:most])), available=len(numbers))


def as_written(samples: Sequence[Sample], codec: Codec) -> list[Sample]:
    """Samples as the model would spell them; equal texts are spelled once."""
    normal = cache(codec.normal)
    return [spelled(sample, normal) for sample in samples]


def answers(model: TextToText, samples: Sequence[Sample], max_tokens: int, *, constrained: bool,
            progress: Callable[[int], None] = lambda _: None) -> list[str]:
    """What the model writes for each sample, in batches of similar length."""
    sources, _ = written(samples, model.codec, max_tokens)
    order = sorted(range(len(samples)), key=lambda place: len(sources[place]))
    texts = [""] * len(samples)
    for start in range(0, len(order), BATCH):
        batch = order[start:start + BATCH]
        forms = [ZOO_TASKS[samples[place].task] for place in batch]
        rules = [rule_for(form, samples[place], model.codec) for form, place in zip(forms, batch, strict=True)] if constrained else None
        made = generate(model, [sources[place] for place in batch], [form.longest for form in forms], rules, manners=[form.manner for form in forms])
        for place, answer in zip(batch, made, strict=True):
            texts[place] = model.codec.decode(answer.ids)
        progress(start + len(batch))
    return texts


def evaluate(model: TextToText, question: Asked, max_tokens: int, *, constrained: bool, progress: Callable[[int], None] = lambda _: None) -> Scores:
    """The model's scores on one pair."""
    texts = answers(model, question.samples, max_tokens, constrained=constrained, progress=progress)
    return score(ZOO_TASKS[question.task], as_written(question.samples, model.codec), texts)


def evaluate_baselines(data: Path, question: Asked, codec: Codec) -> dict[str, Scores]:
    """The scores of every answer that needs no training."""
    form, rows = ZOO_TASKS[question.task], Rows(data, "train", question.task)
    numbers = sorted(Random(0).sample(range(len(rows)), min(len(rows), LEARNT_FROM)))
    texts = baseline(form, as_written(rows.take(numbers), codec), as_written(question.samples, codec))
    return {name: score(form, as_written(question.samples, codec), [codec.normal(text) for text in said]) for name, said in texts.items()}
