"""Questions to a text-to-text model and its answers, as they travel between machines (no torch)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, TypeAdapter

from engine.registry import unknown
from engine.serve.wire import Strict, mirrored, values_of
from engine.serve.zoo.base import ZooAnswer, ZooQuestion
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample
from engine.zoo.knowledge import Database, Description, Document, Triples
from engine.zoo.prompt import Prompt

ZooSample = mirrored("ZooSample", Sample, kinds={"knowledge": Document | Description | Triples | Database})
"""A `Sample`; the kinds of knowledge differ in their fields."""
Question = mirrored("Question", ZooQuestion, kinds={"sample": ZooSample})
"""A `ZooQuestion`."""


class Questions(Strict):
    """What `ZooModel.answer` is asked."""

    questions: list[Question]  # type: ignore[valid-type]
    constrained: bool = True


ANSWERS: TypeAdapter[list[ZooAnswer]] = TypeAdapter(list[ZooAnswer])
PROMPT: TypeAdapter[Prompt] = TypeAdapter(Prompt)


def question_of(asked: BaseModel) -> ZooQuestion:
    """The question itself.

    Raises:
        UnknownNameError: There is no such task.
    """
    told: Mapping[str, Any] = values_of(asked)
    sample = Sample(**values_of(told["sample"]))
    if sample.task not in ZOO_TASKS:
        raise unknown("zoo task", sample.task[:80], list(ZOO_TASKS))
    return ZooQuestion(sample=sample, prompt=told["prompt"])


def plain(question: ZooQuestion) -> dict[str, Any]:
    """A question as it travels; its gold answer stays here."""
    sample = replace(question.sample, answer=None)
    made = ZooSample.model_construct(**{name: getattr(sample, name) for name in ZooSample.model_fields})
    return {"sample": made.model_dump(mode="json"), "prompt": question.prompt}


def restored(answer: ZooAnswer) -> ZooAnswer:
    """An answer that has travelled, read from its text anew: JSON tells pairs and turns from lists no more."""
    return replace(answer, answer=ZOO_TASKS[answer.task].read(answer.text))
