"""Which examples carry a gain: those that a variant answers better than the baseline, and those that it answers worse."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from engine.results import predictions
from engine.results.evidence import Pair
from engine.results.outcomes import DEN, NUM

COLUMNS = ["id", "gain", "answer", "base_answer"]


def counted_by(metric: str, known: Collection[str]) -> str:
    """The metric by which single examples are counted: itself, or the first that a single example has (macro F1 is of labels).

    >>> counted_by("f1_macro", ["f1_micro.num", "f1_micro.den", "f1_macro.bye.num"]), counted_by("acc_in", ["acc_all.num", "acc_in.num"])
    ('f1_micro', 'acc_in')
    """
    single = [name.removesuffix(NUM) for name in known if name.endswith(NUM) and name.count(".") == 1]
    return metric if metric in single else next(iter(single), "")


def changed(found: Sequence[Pair], metric: str) -> tuple[str, int, pd.DataFrame]:
    """The examples that a variant and its baseline score differently, the most decisive first.

    Args:
        found: Of `engine.results.evidence.pairs`; those without stored predictions on the same examples are passed over.
        metric: Of the cell.

    Returns:
        The metric by which examples were counted, the number of seeds, and ``id``, ``gain`` (-1 to 1, mean over seeds; above 0: the
        variant is better), ``answer`` and ``base_answer`` (JSON text, one a seed where seeds answer differently).

    Raises:
        InputError: Stored predictions are damaged.
    """
    tables = [both for one, base in found if predictions.has(one) and predictions.has(base)
              if (both := (predictions.read(one), predictions.read(base)))[0]["id"].equals(both[1]["id"])]
    tables = [both for both in tables if both[0]["id"].equals(tables[0][0]["id"])]
    name = counted_by(metric, tables[0][0].columns) if tables else ""
    if not name:
        return "", 0, pd.DataFrame(columns=COLUMNS)
    gain = sum((_share(one, name) - _share(base, name) for one, base in tables), start=pd.Series(0.0, index=tables[0][0].index)) / len(tables)
    table = pd.DataFrame({"id": tables[0][0]["id"], "gain": gain, "answer": _answers([one for one, _ in tables]),
                          "base_answer": _answers([base for _, base in tables])})
    table = table[table["gain"].abs() > 1e-9]
    return name, len(tables), table.sort_values(["gain", "id"], key=lambda column: -column.abs() if column.name == "gain" else column, ignore_index=True)


def _share(table: pd.DataFrame, name: str) -> pd.Series:
    """How right each answer is, from 0 to 1; 1 where there is nothing to count, as a model that rightly names no act is right."""
    return (table[f"{name}{NUM}"] / table[f"{name}{DEN}"].where(table[f"{name}{DEN}"] > 0)).fillna(1.0)


def _answers(tables: Sequence[pd.DataFrame]) -> list[str]:
    """Each example's answer, or the answers of all seeds in their order where they differ."""
    rows = zip(*(table["answer"] for table in tables), strict=True)
    return [" | ".join(answers if len(set(answers)) > 1 else answers[:1]) for answers in rows]
