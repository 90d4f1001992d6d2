"""One pair's published split as a Parquet file: streamed in chunks, written whole or not at all, with the counts of what was left out."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engine.dialogue.model import Turn
from engine.zoo.base import Sample
from engine.zoo.record import SCHEMA, to_row

CHUNK = 2048
"""Samples in memory at a time."""
ROWS = 512
"""Rows of a row group: as many as a slice of Algorithm 1 takes."""
COUNTS = b"counts"


def write_shard(path: Path, samples: Iterable[Sample], progress: Callable[[int], None] = lambda _: None) -> dict[str, int]:
    """Write what can be asked; returns ``read``, ``written`` and why others were left out.

    Left out: samples with an answer that is not of the task's form, or without any words in their input. Samples without an answer are written
    with an empty target, so that what a test asks is known where its answers are not published; they do not count as written.
    """
    counts: Counter[str] = Counter(read=0, written=0)

    def rows() -> Iterator[dict[str, Any]]:
        for sample in samples:
            counts["read"] += 1
            row = _row(sample, counts)
            if row is not None:
                counts["written"] += bool(row["target"])
                yield row

    write_rows(path, _counted(rows(), counts, progress), lambda: {COUNTS: json.dumps(counts).encode()})
    return dict(counts)


def shard_counts(path: Path) -> dict[str, int] | None:
    """The counts of a shard that is there whole; None otherwise."""
    try:
        return dict(json.loads(pq.read_metadata(path).metadata[COUNTS]))
    except (FileNotFoundError, KeyError, ValueError, pa.ArrowInvalid):
        return None


def write_rows(path: Path, rows: Iterable[dict[str, Any]], told: Callable[[], dict[bytes, bytes]] = dict) -> None:
    """A Parquet file of rows; ``told`` is asked for its metadata at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
            stream = iter(rows)
            while chunk := list(islice(stream, CHUNK)):
                writer.write_table(pa.Table.from_pylist(chunk, schema=SCHEMA), row_group_size=ROWS)
            writer.add_key_value_metadata(told())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _counted(rows: Iterator[dict[str, Any]], counts: Counter[str], progress: Callable[[int], None]) -> Iterator[dict[str, Any]]:
    for row in rows:
        progress(counts["read"])
        yield row


def _row(sample: Sample, counts: Counter[str]) -> dict[str, Any] | None:
    turns = tuple(Turn(speaker=turn.speaker, text=turn.text) for turn in sample.turns if turn.text.strip())
    if (sample.turns and not turns) or not (turns or sample.knowledge.items):
        counts["without words"] += 1
        return None
    if isinstance(sample.answer, str) and not sample.answer.strip():
        counts["without an answer"] += 1
        return to_row(replace(sample, turns=turns, answer=""))
    try:
        return to_row(replace(sample, turns=turns))
    except ValueError:
        counts["answer not of the task's form"] += 1
        return None
