"""``sweep``: train and score every cell of a plan, resumable, on this machine or on Ray."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine import provenance
from engine.commands.base import Ticker, add_data, clock, count, data_folder
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.train.matrix import Cell
    from engine.train.sweep import Pace, Scoring


class Sweep:
    """The measured matrix of paper 1, section 4."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Which cells, and how."""
        parser.add_argument("--variants", default="all", help="names from `python -m engine ls variants`, or all")
        parser.add_argument("--cells", default="all", help="TASK, TASK/CORPUS or TASK/CORPUS/PROTOCOL, several with commas, or all")
        parser.add_argument("--seeds", default="0,1,2", help="numbers with commas")
        parser.add_argument("--fraction", type=float, default=1.0, help="share of the training examples (ToD-BERT's regimes: 1, 0.1, 0.01)")
        parser.add_argument("--epochs", type=float, help="passes over them (default: the recipe's)")
        parser.add_argument("--recipe", default="cpu", help="cpu (adapters on the upper half) or paper (all weights)")
        parser.add_argument("--rows", type=count, help="score a fixed draw of so many test rows (default: all)")
        parser.add_argument("--fp32", action="store_true", help="score in float32 (default: bfloat16)")
        parser.add_argument("--minutes", type=float, help="begin no cell after so many minutes")
        parser.add_argument("--ray", metavar="ADDRESS", help="run on Ray: local, or HOST:PORT of a cluster")
        parser.add_argument("--threads", type=count, default=1, help="CPU threads per cell on Ray")
        parser.add_argument("--dry-run", action="store_true", help="list the cells without a row, and do nothing")
        add_data(parser)

    def run(self, arguments: argparse.Namespace) -> None:
        """Do what is missing; Ctrl+C keeps what is finished."""
        from engine.train.matrix import chosen_targets, chosen_variants, plan
        from engine.train.sweep import Scoring, open_cells

        provenance.commit()
        cells = plan(chosen_variants(arguments.variants), chosen_targets(arguments.cells), seeds=seeds(arguments.seeds), share=arguments.fraction,
                     epochs=arguments.epochs, recipe=arguments.recipe)
        scoring = Scoring(data_root=data_folder(arguments), rows=arguments.rows, fast=not arguments.fp32)
        if arguments.dry_run:
            waiting = open_cells(cells, scoring.split)
            print("\n".join([*map(str, waiting), f"{len(waiting)} of {len(cells)} cells have no row on {scoring.split}"]))
            return
        ticker = Ticker()
        for pace in self._steps(arguments, cells, scoring, ticker):
            ticker(line(pace), last=True)

    def _steps(self, arguments: argparse.Namespace, cells: list[Cell], scoring: Scoring, ticker: Ticker) -> Iterator[Pace]:
        if arguments.ray:
            from engine.train.sweep_ray import sweep_on_ray

            return sweep_on_ray(cells, scoring, address=arguments.ray, threads=arguments.threads, minutes=arguments.minutes, tell=ticker)
        from engine.train.sweep import sweep

        return sweep(cells, scoring, minutes=arguments.minutes, tell=ticker)


def seeds(text: str) -> tuple[int, ...]:
    """Whole numbers with commas.

    Raises:
        InputError: It is something else.

    >>> seeds("0,2")
    (0, 2)
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise InputError(f"{text!r} is not a list of whole numbers", where="--seeds", remedy="give for example 0,1,2")
    return tuple(dict.fromkeys(map(int, parts)))


def line(pace: Pace) -> str:
    """Where a sweep is."""
    left = f", {clock(pace.seconds_left)} left" if pace.seconds_left is not None else ""
    scores = " ".join(f"{name} {value:.2%}" for name, value in pace.last.metrics.items()) if pace.last else ""
    last = f"  {pace.last.variant} {pace.last.task} {pace.last.corpus} {pace.last.protocol} seed {pace.last.seed}: {scores}" if pace.last else ""
    return f"{pace.done} of {pace.total} cells{left}{last}"


SWEEP = Sweep()
