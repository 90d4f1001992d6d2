"""``zoo``: build, count, train, evaluate and ask DialogZoo."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.commands.base import Ticker, add_data, data_folder
from engine.paths import cache_root
from engine.registry import unknown
from engine.zoo import ZOO_TASKS
from engine.zoo.pairs import PAIRS, Pair


class Zoo:
    """Paper 2."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Verbs of its own."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        build = verbs.add_parser("build", help="make the unified dataset from the sets on this machine")
        add_data(build)
        build.add_argument("--tasks", default="all", help="names with commas between (default: all fifteen, reo and clo)")
        build.add_argument("--out", metavar="FOLDER", help="where to (default: zoo/ in DIALATLAS_CACHE, else .cache/zoo)")

    def run(self, arguments: argparse.Namespace) -> None:
        """Do what the verb says."""
        {"build": _build}[arguments.verb](arguments)


def zoo_folder(flag: str | None) -> Path:
    """Where the unified dataset lies."""
    return Path(flag).expanduser() if flag else cache_root() / "zoo"


def chosen_tasks(text: str) -> list[str]:
    """Task names of a flag.

    Raises:
        UnknownNameError: There is no such task.
    """
    names = list(ZOO_TASKS) if text == "all" else [name.strip() for name in text.split(",")]
    for name in names:
        if name not in ZOO_TASKS:
            raise unknown("zoo task", name, list(ZOO_TASKS))
    return names


def pairs_of(tasks: list[str]) -> list[Pair]:
    """The pairs of these tasks; REO and CLO are made from the dialogues of all of them."""
    return [pair for pair in PAIRS if pair.task in tasks] if set(tasks) - {"reo", "clo"} else list(PAIRS)


def _build(arguments: argparse.Namespace) -> None:
    from engine.entities import default_extractor
    from engine.zoo.build import build
    from engine.zoo.selfsupervised import cloze, reordering

    tasks, ticker = chosen_tasks(arguments.tasks), Ticker()
    makers = [*([reordering()] if "reo" in tasks else []), *([cloze(default_extractor())] if "clo" in tasks else [])]
    out = zoo_folder(arguments.out)
    report = build(pairs_of(tasks), data_folder(arguments), out, makers=makers, progress=ticker)
    for row in report["pairs"]:
        removed = {reason: count for reason, count in row.items() if isinstance(count, int) and reason not in ("read", "written", "train", "dev", "test")}
        told = ", ".join(f"{count:,} {reason}" for reason, count in removed.items() if count)
        uses = ", ".join(f"{row[use]:,} {use}" for use in ("train", "dev", "test") if use in row)
        print(f"{row['task'] + '/' + row['dataset']:<32}{row['split']:<8}{row['read']:>9,} samples: {uses}{'; left out: ' + told if told else ''}")
    print(f"{len({(row['task'], row['dataset']) for row in report['pairs']})} pairs in {out}; "
          f"{len({(row['task'], row['dataset']) for row in report['absent']})} pairs lack a split on this machine")


ZOO = Zoo()
