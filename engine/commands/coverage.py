"""``coverage``: reference statistics of the training corpora, by which the app says whether a dialogue is like them."""

from __future__ import annotations

import argparse

from engine import provenance
from engine.commands.base import Ticker, add_data, count, data_folder


class CoverageStatistics:
    """Reads training splits only, draws dialogues, keeps vectors and hashes."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Which corpora, how many dialogues."""
        parser.add_argument("--corpora", default="", help="names, comma between (default: all thirteen)")
        parser.add_argument("--reference", type=count, default=150, help="dialogues of a corpus whose states are kept (default: 150)")
        parser.add_argument("--held-out", type=count, default=200, help="dialogues of a corpus that give the quantiles (default: 200)")
        parser.add_argument("--seed", type=int, default=0, help="of the draw")
        add_data(parser)

    def run(self, arguments: argparse.Namespace) -> None:
        """Make and write them."""
        provenance.commit()
        root = data_folder(arguments)

        from engine.models.coverage import coverage_file
        from engine.registry import unknown
        from engine.train.coverage import Plan, make, splits

        names = [name.strip() for name in arguments.corpora.split(",") if name.strip()] or list(splits())
        if wrong := [name for name in names if name not in splits()]:
            raise unknown("training corpus", wrong[0], list(splits()))
        plan = Plan(splits={name: splits()[name] for name in names}, reference=arguments.reference, held_out=arguments.held_out, seed=arguments.seed)
        read = make(plan, root, Ticker())
        print(f"{sum(read.values()):,} dialogues of {len(read)} corpora read; the statistics are in {coverage_file()}")


COVERAGE = CoverageStatistics()
