"""The shipped text-to-text model on this machine: all questions of a request are written together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from engine.errors import InputError
from engine.models.seq2seq.generate import Written, generate
from engine.models.seq2seq.store import load, zoo_file
from engine.results.zoo import read
from engine.results.zoo_card import weak
from engine.serve.batching.device import device_worker
from engine.serve.batching.zoo import QueuedZoo
from engine.serve.precision import USUAL, Precision, precision
from engine.serve.zoo.base import Told, ZooAnswer, ZooCard, ZooQuestion
from engine.zoo import ZOO_TASKS
from engine.zoo.constraints import rule_for
from engine.zoo.escape import BRACKETED
from engine.zoo.metrics.base import Row
from engine.zoo.prompt import Prompt, parts, prompt
from engine.zoo.scores import is_valid
from engine.zoo.spelling import spelled


class LocalZoo:
    """One model behind a lock; see `ZooModel`.

    Args:
        path: Its weights.
        precision: Of what it reads with (`engine.models.lean`); words are written in float32.
    """

    def __init__(self, path: Path, precision: Precision = USUAL) -> None:
        self._model, card = load(path, BRACKETED)
        self._model.served_in = getattr(torch, precision)
        self._lock = threading.Lock()
        self._card = ZooCard(
            name=path.stem, title=card["title"], base=card["base"], tokens_seen=card["tokens_seen"], hardware=card["hardware"], seed=card["seed"],
            max_tokens=card["max_tokens"], parameters=sum(weight.numel() for weight in self._model.parameters()),
            fingerprint=card["weights"]["sha256"][:12], tasks=tuple(card["tasks"]), datasets=tuple(card["datasets"]), weak=weak(read(), path.stem))

    @property
    def card(self) -> ZooCard:
        """About the model."""
        return self._card

    def prompt(self, question: ZooQuestion) -> Prompt:
        """See `ZooModel`; an edited prompt loses its end where it is too long."""
        count = self._model.codec.count
        if not question.prompt:
            return prompt(ZOO_TASKS[question.task], question.sample, count, self._card.max_tokens - 1)
        named = parts(question.prompt)[0]
        if named != question.task:
            raise InputError(f"the prompt begins with [{named}]", where=question.task, remedy=f"begin it with {ZOO_TASKS[question.task].token}")
        ids = self._model.codec.encode([question.prompt])[0]
        kept = question.prompt if len(ids) < self._card.max_tokens else self._model.codec.decode(ids[:self._card.max_tokens - 1])
        return Prompt(text=kept, tokens=min(len(ids), self._card.max_tokens - 1), turns=0, turns_cut=0, items=0, items_cut=0)

    def answer(self, questions: Sequence[ZooQuestion], *, constrained: bool = True, told: Told | None = None,
               stop: Callable[[], bool] = lambda: False) -> list[ZooAnswer]:
        """See `ZooModel`."""
        prompts = [self.prompt(question) for question in questions]
        codec, forms = self._model.codec, [ZOO_TASKS[question.task] for question in questions]
        sources = [[*ids, codec.last_id] for ids in codec.encode([read.text for read in prompts])]
        rules = [rule_for(form, question.sample, codec) for form, question in zip(forms, questions, strict=True)] if constrained else None
        limits = [min(form.longest, self._card.max_tokens) for form in forms]

        def grown(place: int, ids: Sequence[int]) -> None:
            if told:
                told(place, codec.decode(ids))

        with self._lock:
            made = generate(self._model, sources, limits, rules, manners=[form.manner for form in forms], told=grown, stop=stop)
        return [self._read(question, read, one) for question, read, one in zip(questions, prompts, made, strict=True)]

    def let_go(self) -> None:
        """A writing that hangs keeps its lock; those after it use another (the model is only read)."""
        self._lock = threading.Lock()

    def _read(self, question: ZooQuestion, read: Prompt, written: Written) -> ZooAnswer:
        form, text = ZOO_TASKS[question.task], self._model.codec.decode(written.ids)
        answer = form.read(text)
        valid = is_valid(form, Row(gold=answer, guess=answer, sample=spelled(question.sample, self._model.codec.normal)))
        return ZooAnswer(task=question.task, prompt=read, text=text, answer=answer, valid=valid, tokens=len(written.ids) + written.ended,
                         stopped=not written.ended)


def open_local() -> QueuedZoo:
    """The model in ``checkpoints/zoo``, behind the queue where everybody's requests meet.

    Raises:
        CheckpointError: The weights are missing or damaged.
        InputError: ``DIALATLAS_PRECISION`` is none.
    """
    model = LocalZoo(zoo_file(), precision())
    return QueuedZoo(model, device_worker(), model.let_go)
