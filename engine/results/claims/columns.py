"""What the columns of claims are called, which task they belong to, and the groups in which statements name them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from engine.results.reported import TASKS, TITLES
from engine.results.reported import columns as paper_columns

OVERLAP, COUNT = "overlap", "count"
"""First words of the columns that are no scores: overlap of profiles (percent), and counts of data sets."""
_SAME = {"INTENT": "INT", "DST": "DST"}
"""DialogZoo's codes of tasks that the further pre-training paper has too."""
_METRICS = {"acc": "accuracy", "f1": "F1", "em": "exact match", "jga": "joint goal accuracy", "qex": "exact match of questions",
            "bleu4": "BLEU-4", "rouge_l": "ROUGE-L", "mean": "mean"}


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Columns under one name, e.g. the six of response selection."""

    words: str
    keys: tuple[str, ...]


def group(*codes: str) -> Columns:
    """The columns of some tasks of the further pre-training paper; of all four where none is named.

    >>> group("DST").keys
    ('state_tracking.multiwoz21.joint_acc', 'state_tracking.multiwoz21.slot_acc')
    """
    named = codes or tuple(TASKS)
    keys = tuple(column.key for column in paper_columns() if column.task_code in named)
    return Columns(words=" and ".join((", ".join(named[:-1]), named[-1]) if len(named) > 1 else named), keys=keys)


@cache
def _titles() -> dict[str, str]:
    return {column.key: column.title for column in paper_columns()}


def is_cell(column: str) -> bool:
    """Whether the page Task relations has this column."""
    return column in _titles()


def title(column: str) -> str:
    """The name on the screen.

    >>> title("response_selection.dstc2.r100_at_1"), title("DST.MULTIWOZ2.1.jga"), title("overlap.intent")
    ('RS DSTC2 R100@1', 'DST MULTIWOZ2.1 joint goal accuracy', 'overlap of profiles with INT')
    """
    if is_cell(column):
        return _titles()[column]
    kind, _, rest = column.partition(".")
    if kind == OVERLAP:
        return f"overlap of profiles with {_code(rest)}"
    if kind == COUNT:
        return f"number of {rest}"
    dataset, _, metric = rest.rpartition(".")
    return f"{kind} {dataset} {_METRICS[metric]}"


def _code(task: str) -> str:
    return next(code for code, ours in TASKS.items() if ours == task)


def task_code(column: str) -> str:
    """The downstream task of a column as the further pre-training paper codes it, or ``other``.

    >>> task_code("response_selection.dstc2.r100_at_1"), task_code("INTENT.CLINC150.acc"), task_code("SUM.SAMSUM.rouge_l")
    ('RS', 'INT', 'other')
    """
    kind, _, rest = column.partition(".")
    if kind == OVERLAP:
        return _code(rest)
    return _code(kind) if kind in TASKS.values() else _SAME.get(kind, "other")


def side(one: str | float) -> str:
    """A variant, model or number as on the screen.

    >>> side("enp_no_mlm"), side("BART-base"), side(97.9)
    ('ENP w.o. MLM', 'BART-base', '97.9')
    """
    return f"{one:g}" if isinstance(one, float | int) else TITLES.get(one, one)
