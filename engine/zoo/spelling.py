"""Samples as a model spells them: a vocabulary that lower-cases and splits at signs cannot write anything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample
from engine.zoo.knowledge import Database, Description, Knowledge

Normal = Callable[[str], str]
"""A text through a model's ids and back (`engine.models.seq2seq.codec.Codec.normal`)."""


def spelled(sample: Sample, normal: Normal) -> Sample:
    """The sample with answer, choices and the names in its knowledge as the model would write them; its words for reading stay."""
    form = ZOO_TASKS[sample.task]
    answer = sample.answer
    if answer not in (None, ""):
        answer = form.read(normal(form.target(answer)))
        answer = sample.answer if answer is None else answer
    return replace(sample, answer=answer, choices=tuple(map(normal, sample.choices)), knowledge=_names(sample.knowledge, normal))


def _names(knowledge: Knowledge, normal: Normal) -> Knowledge:
    if isinstance(knowledge, Description):
        return Description(tuple((normal(name), words) for name, words in knowledge.items_), knowledge.title)
    if isinstance(knowledge, Database):
        return Database(tuple((normal(table), tuple(map(normal, columns))) for table, columns in knowledge.tables))
    return knowledge
