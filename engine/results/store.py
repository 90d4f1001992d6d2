"""The store of measured results: one JSON line per evaluation, only ever appended."""

from __future__ import annotations

import fcntl
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, asdict, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from engine.errors import InputError
from engine.paths import results_root


class Dataclass(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Row = TypeVar("Row", bound=Dataclass)

SHARES = frozenset(("acc_all", "acc_in", "acc_out", "recall_out", "f1_micro", "f1_macro",
                    "r100_at_1", "r100_at_3", "joint_acc", "slot_acc"))
"""Metrics that are fractions from 0 to 1 (the papers print them in percent)."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One variant, fine-tuned with one seed, scored on one split.

    Raises:
        InputError: A metric is not a finite number, or one of `SHARES` lies outside 0..1.
    """

    variant: str
    """``bert``, ``mlm``, ``dsp``, ``crm``, ``dcv``, ``enp``, ``dur``, ``joint`` or ``enp_no_mlm``."""
    fingerprint: str
    """Of everything that changes the further pre-trained weights."""
    task: str
    corpus: str
    protocol: str
    """The evaluation protocol, e.g. ``released`` or ``paper`` for dialogue acts."""
    seed: int
    split: str
    metrics: Mapping[str, float]
    examples: int
    """Rows scored."""
    seconds: float
    hardware: str
    tokens_seen: int
    """Tokens of further pre-training (0 for ``bert``)."""
    trained_examples: int
    """Size of the fine-tuning training set (not steps times batch)."""
    available_examples: int = 0
    """How many training examples the corpus gives for this task and protocol; 0 in rows that do not say."""
    finetuning: str = ""
    """Fingerprint of the fine-tuning run (encoder, task, corpus, protocol, recipe, head); empty in rows that do not say."""
    recipe: str = ""
    """Fingerprint of how was fine-tuned, without seed and examples (`engine.train.finetune.recipe_name`); empty in rows that do not say."""
    trained_on: str = ""
    """What stands for the training split (`engine.tasks.base.DownstreamTask.described`); empty in rows that do not say."""
    tested_on: str = ""
    """What stands for ``split``."""
    commit: str
    command: str
    versions: Mapping[str, str]
    created: str
    """ISO 8601, UTC."""

    def __post_init__(self) -> None:
        for name, value in self.metrics.items():
            if not math.isfinite(value):
                raise InputError(f"metric {name} is {value}, not a finite number", where=f"{self.variant}/{self.task}")
            if name in SHARES and not 0 <= value <= 1:
                raise InputError(f"metric {name} is {value}, not a fraction", where=f"{self.variant}/{self.task}",
                                 remedy="Store fractions from 0 to 1, not percent")


    @property
    def regime(self) -> str:
        """How much of the training examples was used: ``full``, ``10 %``, ``1 %`` (ToD-BERT's regimes), or their number."""
        if self.available_examples and self.trained_examples == self.available_examples:
            return "full"
        named = (name for name, share in REGIMES.items()
                 if self.available_examples and abs(self.trained_examples - max(1, round(share * self.available_examples))) <= 1)
        return next(named, f"{self.trained_examples:,} examples")

    @property
    def budget(self) -> int:
        """Tokens of further pre-training to two digits, as runs of one budget end a few thousand tokens apart; 0 for ``bert``."""
        return round(self.tokens_seen, 2 - len(str(self.tokens_seen)))


REGIMES = {"10 %": 0.1, "1 %": 0.01}
"""Shares of the training examples that are named."""


def check_finite(numbers: Mapping[str, float], where: str) -> None:
    """Refuse what is no finite number.

    Raises:
        InputError: Names the first such one.
    """
    for name, value in numbers.items():
        if not math.isfinite(value):
            raise InputError(f"{name} is {value}, not a finite number", where=where)


def default_path() -> Path:
    """``results.jsonl`` in the results folder."""
    return results_root() / "results.jsonl"


def append(result: Result, path: Path | None = None) -> None:
    """Add one row, as `append_line`."""
    append_line(result, path or default_path())


def append_line(row: Dataclass, path: Path) -> None:
    """Add one row with a single write that is on disk when this returns; a torn last line is cut off first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = (json.dumps(asdict(row), ensure_ascii=False, sort_keys=True, allow_nan=False) + "\n").encode()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        _mend(handle)
        os.write(handle, line)
        os.fsync(handle)
    finally:
        os.close(handle)


def _mend(handle: int) -> None:
    """A writer that was killed leaves a line without an end: nothing was promised of it, so it goes."""
    size = os.fstat(handle).st_size
    whole = os.pread(handle, size, 0).rfind(b"\n") + 1
    if whole < size:
        os.ftruncate(handle, whole)


def read(path: Path | None = None) -> list[Result]:
    """All rows in the order of writing; none where there is no file yet; a torn last line is left out.

    Raises:
        InputError: A complete line is not a result (file and line are named).
    """
    return read_lines(path or default_path(), Result, ("metrics", "versions"))


def read_lines(path: Path, kind: type[Row], objects: Sequence[str]) -> list[Row]:
    """All rows of a dataclass whose fields ``objects`` are JSON objects (errors as `read`)."""
    return list(_rows(path, kind, objects)) if path.is_file() else []


def _rows(path: Path, kind: type[Row], objects: Sequence[str]) -> Iterator[Row]:
    whole = path.read_bytes().rpartition(b"\n")[0]
    for number, line in enumerate(whole.split(b"\n"), start=1):
        if line.strip():
            yield _row(line, f"{path}:{number}", kind, objects)


def _row(line: bytes, where: str, kind: type[Row], objects: Sequence[str]) -> Row:
    try:
        values = json.loads(line)
        return kind(**_checked(values, kind, objects))
    except (ValueError, TypeError, KeyError, InputError) as error:
        raise InputError(f"this line is not a result row ({error})", where=where,
                         remedy="Remove the line, or restore the file from git") from error


def _checked(values: Any, kind: type[Dataclass], objects: Sequence[str]) -> dict[str, Any]:
    """The row as it is, if it is an object with the fields of ``kind`` and no others."""
    names, needed = ({entry.name for entry in fields(kind) if optional or (entry.default is MISSING and entry.default_factory is MISSING)}
                     for optional in (True, False))
    found = set(values) if isinstance(values, dict) else set[str]()
    if not needed <= found <= names:
        raise ValueError(f"missing: {sorted(needed - found)}, unknown: {sorted(found - names)}")
    if not all(isinstance(values[name], dict) for name in objects):
        raise ValueError(f"{' and '.join(objects)} must be objects")
    return dict(values)
