"""Asking a text-to-text model the test samples of every pair, and the baselines beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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

BATCH = 32
LEARNT_FROM = 20_000
"""Training samples at most that a baseline counts."""
ANSWER_TOKENS: Mapping[str, int] = {"reo": 200, "clo": 200, "sum": 100, "dst": 120, "txt2sql": 100}
"""Longest answers, last id included; `OTHERS` for all other tasks."""
OTHERS = 64


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Samples of one pair that are scored."""

    task: str
    dataset: str
    split: str
    samples: tuple[Sample, ...]
    available: int


def asked(data: Path, tasks: Sequence[str], limit: int) -> Iterator[Asked]:
    """For every pair its test samples, or those of dev where it has no test; the first ``limit`` of the dataset's random order."""
    for task in tasks:
        of_test = _by_dataset(data, "test", task)
        of_dev = {name: found for name, found in _by_dataset(data, "dev", task).items() if name not in of_test}
        trained = set(_by_dataset(data, "train", task))
        for dataset, samples in {**of_test, **of_dev}.items():
            split = samples[0].split
            stands_in = split == "dev" and dataset in trained and _dev_trains(data, task, dataset)
            yield Asked(task=task, dataset=dataset, split=f"{split}*" if stands_in else split, samples=tuple(samples[:limit]), available=len(samples))


def _by_dataset(data: Path, use: str, task: str) -> dict[str, list[Sample]]:
    if task not in tasks_of(data, use):
        return {}
    rows, found = Rows(data, use, task), dict[str, list[Sample]]()
    for sample in rows.take(range(len(rows))):
        found.setdefault(sample.dataset, []).append(sample)
    return found


def _dev_trains(data: Path, task: str, dataset: str) -> bool:
    rows = Rows(data, "train", task)
    return any(sample.dataset == dataset and sample.split == "dev" for sample in rows.take(range(min(len(rows), LEARNT_FROM))))


def as_written(samples: Sequence[Sample], codec: Codec) -> list[Sample]:
    """Samples whose answers and choices are spelled as the model would spell them: a lower-casing vocabulary cannot do better."""
    def spelled(sample: Sample) -> Sample:
        form = ZOO_TASKS[sample.task]
        answer = form.read(codec.normal(form.target(sample.answer)))
        choices = tuple(codec.normal(choice) for choice in sample.choices)
        return replace(sample, answer=sample.answer if answer is None else answer, choices=choices)
    return [spelled(sample) for sample in samples]


def answers(model: TextToText, samples: Sequence[Sample], max_tokens: int, *, constrained: bool,
            progress: Callable[[int], None] = lambda _: None) -> list[str]:
    """What the model writes for each sample, in batches of similar length."""
    sources, _ = written(samples, model.codec, max_tokens)
    order = sorted(range(len(samples)), key=lambda place: len(sources[place]))
    texts = [""] * len(samples)
    for start in range(0, len(order), BATCH):
        batch = order[start:start + BATCH]
        rules = [rule_for(ZOO_TASKS[samples[place].task], samples[place], model.codec) for place in batch] if constrained else None
        made = generate(model, [sources[place] for place in batch], [ANSWER_TOKENS.get(samples[place].task, OTHERS) for place in batch], rules)
        for place, ids in zip(batch, made, strict=True):
            texts[place] = model.codec.decode(ids)
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
