"""Samples of a task's file, read a few row groups at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from engine.errors import MissingDataError
from engine.zoo.base import Sample
from engine.zoo.record import COLUMNS, from_row


class Rows:
    """One task's samples of one use (train, dev, test), by number.

    Raises:
        MissingDataError: The unified dataset has not been built.
    """

    def __init__(self, folder: Path, use: str, task: str) -> None:
        path = folder / use / f"{task}.parquet"
        if not path.is_file():
            raise MissingDataError(f"there are no {use} samples of {task}", where=str(folder), remedy="run `python -m engine zoo build`")
        self.task, self._file = task, pq.ParquetFile(path)
        self._count: int = self._file.metadata.num_rows
        self._size: int = self._file.metadata.row_group(0).num_rows
        self._group = lru_cache(maxsize=4)(self._read)

    def __len__(self) -> int:
        return self._count

    def take(self, numbers: Sequence[int]) -> list[Sample]:
        """The samples with these numbers, in this order."""
        return [from_row(self.task, self._group(number // self._size)[number % self._size]) for number in numbers]

    def places(self) -> dict[tuple[str, str], list[int]]:
        """Dataset and published split to the numbers of their samples."""
        table = self._file.read(columns=["dataset", "split"])
        found: dict[tuple[str, str], list[int]] = {}
        for number, place in enumerate(zip(table["dataset"].to_pylist(), table["split"].to_pylist(), strict=True)):
            found.setdefault(place, []).append(number)
        return found

    def _read(self, group: int) -> list[dict[str, Any]]:
        return list(self._file.read_row_group(group, columns=list(COLUMNS)).to_pylist())


def tasks_of(folder: Path, use: str = "train") -> list[str]:
    """The tasks that the unified dataset has samples of."""
    return sorted(path.stem for path in (folder / use).glob("*.parquet"))
