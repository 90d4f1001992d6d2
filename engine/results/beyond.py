"""Columns that are measured here although the paper has none: dialogue acts on SGD."""

from __future__ import annotations

from collections.abc import Collection

from engine.results.reported import Column, columns

BEYOND = tuple(Column(task="dialogue_act", corpus="sgd", metric=metric, task_code="DA", corpus_code="SGD") for metric in ("f1_micro", "f1_macro"))
"""The corpus whose system acts are published for training too."""


def columns_with(measured: Collection[str]) -> tuple[Column, ...]:
    """The paper's 18 columns and, each at the end of its task's, those of `BEYOND` whose keys are in ``measured``.

    >>> [len(columns_with(keys)) for keys in ((), {"dialogue_act.sgd.f1_micro"})]
    [18, 19]
    """
    more = [column for column in BEYOND if column.key in measured]
    tasks = list(dict.fromkeys(column.task for column in columns()))
    return tuple(sorted((*columns(), *more), key=lambda column: tasks.index(column.task)))
