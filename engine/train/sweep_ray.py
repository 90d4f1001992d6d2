"""The cells of a sweep on Ray: one cell per GPU or per so many CPU threads; Ray schedules, and runs a cell again whose worker died.

Only this process writes to the results, so a worker's death neither loses nor doubles a row.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from engine.cluster import connect
from engine.errors import DialAtlasError
from engine.train.evaluate import Scored, record
from engine.train.matrix import Cell
from engine.train.sweep import Pace, Scoring, Tell, clear, open_cells, run_cell

TRIES = 3
"""How often a cell whose worker died is begun again."""


def sweep_on_ray(cells: Sequence[Cell], scoring: Scoring, *, address: str, threads: int, minutes: float | None = None,
                 tell: Tell = lambda _: None) -> Iterator[Pace]:
    """`engine.train.sweep.sweep` on a Ray cluster; cells come back in the order in which they end.

    Args:
        cells: The plan.
        scoring: How to score.
        address: ``local`` starts Ray here; else ``HOST:PORT`` of a cluster that sees the same folders.
        threads: CPU threads per cell where there is no GPU.
        minutes: Begin no cell after so many.
        tell: Is told what is going on.

    Raises:
        InputError: Nothing answers at the address.
        DialAtlasError: A cell failed more often than `TRIES`.
    """
    import ray

    waiting = open_cells(cells, scoring.split)
    total, done = len(cells), len(cells) - len(waiting)
    yield Pace(done=done, total=total, seconds_left=None)
    if not waiting:
        return
    connect(address)
    try:
        started, mine = time.monotonic(), 0
        for cell, scored in _ended(ray, waiting, scoring, threads, None if minutes is None else started + 60 * minutes, tell):
            record(scored)
            clear(cell)
            done, mine = done + 1, mine + 1
            yield Pace(done=done, total=total, seconds_left=(time.monotonic() - started) / mine * (total - done), last=scored.row)
    finally:
        ray.shutdown()


def _ended(ray: Any, waiting: Sequence[Cell], scoring: Scoring, threads: int, deadline: float | None, tell: Tell) -> Iterator[tuple[Cell, Scored]]:
    """Each cell with its scores as it ends; at most as many cells are handed out as the cluster runs at once."""
    gpus = int(ray.cluster_resources().get("GPU", 0))
    share = {"num_gpus": 1} if gpus else {"num_cpus": threads}
    slots = gpus or max(1, int(ray.cluster_resources().get("CPU", 1)) // threads)
    work = ray.remote(**share, max_retries=TRIES, retry_exceptions=False)(_work)
    running: dict[Any, Cell] = {}
    queue = list(reversed(waiting))
    while queue or running:
        while queue and len(running) < slots and (deadline is None or time.monotonic() < deadline):
            cell = queue.pop()
            running[work.remote(cell, scoring, threads)] = cell
        if not running:
            return
        tell(f"{len(running)} cells are running on Ray, {len(queue)} wait")
        ready, _ = ray.wait(list(running), timeout=5.0)
        for ticket in ready:
            cell = running.pop(ticket)
            yield cell, _result(ray, ticket, cell)


def _result(ray: Any, ticket: Any, cell: Cell) -> Scored:
    try:
        scored: Scored = ray.get(ticket)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, DialAtlasError):
            raise error.cause from None
        raise
    except ray.exceptions.RayError as error:
        raise DialAtlasError(f"the worker died {TRIES + 1} times ({type(error).__name__})", where=str(cell),
                             remedy="look into Ray's logs, then run the same command again: finished cells are kept") from error
    return scored


def _work(cell: Cell, scoring: Scoring, threads: int) -> Scored:
    """On a worker: train and score one cell; recording is the sweep's."""
    import torch

    torch.set_num_threads(threads)
    return run_cell(cell, scoring)

