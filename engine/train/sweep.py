"""A sweep trains and scores the cells of a plan, one after another; what is finished is never done again.

A cell is done where the store holds its row. Its training state lies in a run folder of its own, so a killed cell goes on from its last
save; a lock on that folder keeps two sweeps from training the same cell.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from shutil import rmtree

from engine.models import checkpoint
from engine.models.answer import Trunks
from engine.models.encoder import Encoder
from engine.models.store import encoder_file, variant_encoder
from engine.paths import runs_root
from engine.results import store
from engine.results.store import Result
from engine.shipped import ShippedTask
from engine.tasks.base import Example
from engine.train.evaluate import Scored, evaluate, examples_of, record
from engine.train.finetune import finetune, run_fingerprint
from engine.train.learner import adapted_layers
from engine.train.matrix import Cell, Target
from engine.train.ship import ship_task
from engine.train.taskdata import TaskData, task_data
from engine.variants import variant

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """How every cell of a sweep is scored."""

    data_root: Path
    rows: int | None = None
    """A fixed draw of so many test rows; None for all."""
    fast: bool = True
    """Read in bfloat16."""

    @property
    def split(self) -> str:
        """What the result row says."""
        return f"test[{self.rows}]" if self.rows else "test"

    @property
    def flags(self) -> str:
        """The flags of the command line that say so."""
        return (f" --rows {self.rows}" if self.rows else "") + ("" if self.fast else " --fp32")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How far a sweep is."""

    done: int
    """Cells of the plan with a row, also those that were there before."""
    total: int
    seconds_left: float | None
    """By the mean time of this sweep's cells; None before the first."""
    last: Result | None = None


def name_of(cell: Cell) -> str:
    """The fingerprint that the cell's row carries as ``finetuning`` (it changes with the variant's weights).

    Raises:
        CheckpointError: The variant has no weights.
    """
    return run_fingerprint(cell.variant, cell.target.task, cell.target.corpus, cell.target.protocol, cell.recipe, cell.options)


def open_cells(cells: Sequence[Cell], split: str, path: Path | None = None) -> list[Cell]:
    """The cells without a row on ``split``, in order."""
    known = {(row.finetuning, row.split) for row in store.read(path)}
    return [cell for cell in cells if (name_of(cell), split) not in known]


def sweep(cells: Sequence[Cell], scoring: Scoring, *, minutes: float | None = None, tell: Tell = lambda _: None) -> Iterator[Pace]:
    """Train and score every cell that has no row yet.

    Args:
        cells: The plan.
        scoring: How to score.
        minutes: Begin no cell after so many.
        tell: Is told what is going on, often.

    Yields:
        Where the sweep is, at the start and after each cell; cells that another sweep holds are left to it.
    """
    waiting = open_cells(cells, scoring.split)
    started, mine, done = time.monotonic(), 0, len(cells) - len(waiting)
    yield Pace(done=done, total=len(cells), seconds_left=None)
    for number, cell in enumerate(waiting):
        if minutes is not None and time.monotonic() - started >= 60 * minutes:
            return
        row = _alone(cell, scoring, tell)
        done, mine = done + 1, mine + (row is not None)
        per_cell = (time.monotonic() - started) / mine if mine else None
        yield Pace(done=done, total=len(cells), seconds_left=per_cell * (len(waiting) - number - 1) if per_cell else None, last=row)


def _alone(cell: Cell, scoring: Scoring, tell: Tell) -> Result | None:
    """Do one cell under its lock; None where another process holds it or has just finished it."""
    folder = run_folder(cell)
    with _locked(folder) as held:
        if not held or not open_cells([cell], scoring.split):
            return None
        scored = run_cell(cell, scoring, tell)
        record(scored)
        clear(cell)
        return scored.row


def clear(cell: Cell) -> None:
    """Remove the weights and the training state of a recorded cell; its lock stays."""
    rmtree(run_folder(cell) / "weights", ignore_errors=True)


def run_folder(cell: Cell) -> Path:
    """Where a cell's training state lies."""
    return runs_root() / "sweep" / f"{cell.variant}-{cell.target.task}-{cell.target.corpus}-{name_of(cell)}"


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Whether this process holds the folder; the lock goes with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def run_cell(cell: Cell, scoring: Scoring, tell: Tell = lambda _: None) -> Scored:
    """Train one cell from its last save, write its weights to its run folder, and score exactly these; nothing is recorded.

    Raises:
        MissingDataError: Corpus or weights are not on this machine.
    """
    weights = train_cell(cell, scoring.data_root, tell)
    target = cell.target
    model = ShippedTask(cell.variant, target.task, target.corpus, _encoder(cell.variant, _weights(cell.variant)), protocol=target.protocol, path=weights)
    tell(f"{cell}: scoring")
    scored = evaluate([model], [_rows(target, scoring)], split=scoring.split, fast=scoring.fast, trunks=_trunks())[0]
    return replace(scored, row=replace(scored.row, command=f"{cell.command}{scoring.flags}"))


def train_cell(cell: Cell, data_root: Path, tell: Tell = lambda _: None) -> Path:
    """The file with the cell's trained weights, in its run folder."""
    folder = run_folder(cell) / "weights"
    path = folder / "task.safetensors"
    if not path.with_suffix(".json").is_file():  # the card is written last
        data, chosen = _data(cell.target, data_root), variant(cell.variant)
        for last in finetune(chosen, data, cell.recipe, cell.options, folder):
            step, learner = last
            tell(f"{cell}: {step.share:.0%}, {step.tokens_per_second:,.0f} tokens/s")
        ship_task(chosen, data, cell.recipe, cell.options, learner, step, adapted_layers(learner.encoder, cell.recipe), path)
    return path


def _weights(name: str) -> str:
    return str(checkpoint.read_card(encoder_file(name))["variant_fingerprint"])


# What cells share is made once per process: a sweep goes target by target and variant by variant, so one of each is enough.

@lru_cache(maxsize=1)
def _data(target: Target, root: Path) -> TaskData:
    return task_data(target.task, target.corpus, root, target.protocol)


@lru_cache(maxsize=1)
def _rows(target: Target, scoring: Scoring) -> list[Example]:
    return examples_of(target.task, target.corpus, scoring.data_root, "test", target.protocol, scoring.rows)


@lru_cache(maxsize=1)
def _encoder(name: str, fingerprint: str) -> Encoder:
    return variant_encoder(name)


@lru_cache(maxsize=1)
def _trunks() -> Trunks:
    return Trunks()


def forget() -> None:
    """Drop what cells share, as a process of its own would begin without it."""
    for made in (_data, _rows, _encoder, _trunks):
        made.cache_clear()
