"""Per-example predictions beside the result rows: one Parquet file a row, from which the row's metrics can be computed again.

Columns: ``id`` (``DIALOGUE#TURN``), ``answer`` (compact JSON: an intent, a list of acts, a state, or the ranks of the right
response, 0 the best, one a shuffle) and the columns of `engine.results.outcomes`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from pyarrow import parquet

from engine.errors import InputError, MissingDataError
from engine.paths import results_root
from engine.results.outcomes import metrics
from engine.results.store import Result

TOLERANCE = 1e-9
"""How far a metric computed again may lie from the stored one."""


def frame(ids: Sequence[str], answers: Sequence[Any], outcomes: pd.DataFrame) -> pd.DataFrame:
    """The predictions of N rows.

    >>> from engine.results.outcomes import table
    >>> frame(["D1#2"], [("bye", "inform")], table({"acc": ([1], 1)}))["answer"].tolist()
    ['["bye","inform"]']
    """
    texts = [json.dumps(answer, ensure_ascii=False, separators=(",", ":"), sort_keys=True) for answer in answers]
    return pd.concat([pd.DataFrame({"id": list(ids), "answer": texts}), outcomes.reset_index(drop=True)], axis=1)


def path_of(row: Result) -> Path:
    """Where the predictions of a row lie."""
    split = row.split.replace("[", "-").removesuffix("]")
    return results_root() / "predictions" / f"{row.finetuning}-{split}.parquet"


def write(row: Result, predictions: pd.DataFrame) -> None:
    """Keep a row's predictions, whole or not at all; they must give the row's metrics."""
    assert row.finetuning, "a row with predictions names its fine-tuning run"
    assert len(predictions) == row.examples, f"{len(predictions)} predictions for {row.examples} rows"
    again = metrics(predictions)
    assert again.keys() == row.metrics.keys(), f"predictions give {sorted(again)}, the row has {sorted(row.metrics)}"
    assert all(abs(again[name] - value) <= TOLERANCE for name, value in row.metrics.items()), f"{again} is not {row.metrics}"
    path = path_of(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    predictions.to_parquet(unfinished, compression="zstd", index=False)
    unfinished.replace(path)


def has(row: Result) -> bool:
    """Whether the predictions of a row are on this machine."""
    return bool(row.finetuning) and path_of(row).is_file()


def read(row: Result, *, answers: bool = True) -> pd.DataFrame:
    """The predictions of a row; without ``answers`` only ids and outcomes, in half the time.

    Raises:
        MissingDataError: They are not on this machine.
        InputError: The file is damaged, or is of another number of rows.
    """
    if not has(row):
        raise MissingDataError("no predictions are stored for this row", where=path_of(row).name, remedy=f"score it again with `{row.command}`")
    path = path_of(row)
    try:
        with parquet.ParquetFile(path) as file:
            names = [name for name in file.schema_arrow.names if answers or name != "answer"]
            found = file.read(columns=names, use_threads=False).to_pandas()
    except (OSError, ValueError) as error:  # pyarrow's own errors are ValueErrors
        raise InputError(f"the predictions cannot be read ({error})", where=str(path), remedy=f"write them again with `{row.command}`") from error
    if "id" not in names or len(found) != row.examples:
        raise InputError(f"these are not the predictions of {row.examples:,} rows", where=str(path), remedy=f"write them again with `{row.command}`")
    return found


def recompute(row: Result) -> dict[str, float]:
    """The metrics of a row from its stored predictions.

    Raises:
        MissingDataError, InputError: As `read`.
    """
    return metrics(read(row, answers=False))
