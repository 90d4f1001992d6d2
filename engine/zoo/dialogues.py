"""The dialogues of the unified dataset without any task's form: what plain language modelling reads (paper 2's ConvBERT*)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from engine.dialogue.model import Dialogue
from engine.errors import MissingDataError
from engine.fingerprint import fingerprint
from engine.zoo import ZOO_TASKS
from engine.zoo.outputs import read_turns
from engine.zoo.record import bare
from engine.zoo.rows import tasks_of

VERSION = "1"
"""Raised when the choice of dialogues changes."""
_TURN = re.compile(r"(?<!\S)\[(?:USR|SYS)\](?!\S)")
Content = tuple[str, str, str]
"""Dataset, id and content of a row."""


def sources(data: Path, use: str, tasks: Sequence[str]) -> list[Path]:
    """The files of the supervised tasks among ``tasks`` (REO shuffles a dialogue, CLO masks it).

    Raises:
        MissingDataError: There is none.
    """
    there = tasks_of(data, use)
    found = [data / use / f"{task}.parquet" for task in tasks if ZOO_TASKS[task].supervised and task in there]
    if not found:
        raise MissingDataError(f"there are no {use} samples of these tasks", where=str(data), remedy="run `python -m engine zoo build`")
    return found


def stamp(data: Path, use: str, tasks: Sequence[str]) -> str:
    """Changes when the files that the dialogues are chosen by do (errors as `sources`)."""
    files = [*sources(data, use, tasks), *_tests(data)]
    return fingerprint([VERSION, [[path.parent.name, path.name, path.stat().st_size, pq.read_metadata(path).num_rows] for path in files]])


def dialogues(data: Path, use: str, tasks: Sequence[str], left_out: Counter[str] | None = None) -> Iterator[Dialogue]:
    """Each dialogue of the samples once, as far as the longest of them goes.

    Left out: a content that goes on elsewhere, a single utterance that stands in a longer content, what says the same as an earlier content (case,
    signs and spaces do not count), and what is a test input of any task.

    Args:
        data: The unified dataset.
        use: ``train`` or ``dev``.
        tasks: Of these, the supervised ones.
        left_out: Is told how many were left out for which reason.

    Raises:
        MissingDataError: As `sources`.
    """
    counts, files = left_out if left_out is not None else Counter[str](), sources(data, use, tasks)
    whole, parts = _seen(files)
    seen, tests = set[str](), {_said(content) for path in _tests(data) for _, _, content in _contents(path)}
    for path in files:
        for dataset, name, content in _contents(path):
            known = hash(_turns(content))
            if known not in whole:
                continue
            whole.remove(known)
            said = _said(content)
            reason = "part of another" if known in parts else "equal to a test input" if said in tests else "twice" if said in seen else ""
            counts[reason or "kept"] += 1
            if not reason:
                seen.add(said)
                yield Dialogue(corpus=dataset, id=f"{path.stem}/{name}", split=use, turns=read_turns(content) or ())


def _seen(files: Sequence[Path]) -> tuple[set[int], set[int]]:
    """Hashes of all contents, and of their parts: single utterances, and all up to some turn before the last."""
    whole, parts = set[int](), set[int]()
    for path in files:
        for _, _, content in _contents(path):
            turns = _turns(content)
            if hash(turns) not in whole:
                whole.add(hash(turns))
                parts.update(hash(turns[:count]) for count in range(1, len(turns)))
                parts.update(hash((turn,)) for turn in turns[1:])
    return whole, parts


def _turns(content: str) -> tuple[str, ...]:
    return tuple(said.strip() for said in _TURN.split(content)[1:])


def _said(content: str) -> str:
    return fingerprint([bare(content)])


def _tests(data: Path) -> list[Path]:
    return [data / "test" / f"{task}.parquet" for task in tasks_of(data, "test") if ZOO_TASKS[task].supervised]


def _contents(path: Path) -> Iterator[Content]:
    """The rows that have a dialogue content."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=["dataset", "id", "content"])
            for row in zip(*(table[name].to_pylist() for name in ("dataset", "id", "content")), strict=True):
                if row[2]:
                    yield row
