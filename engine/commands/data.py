"""``data``: fetch corpora from their public locations, check them, count the nine of paper 1."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from engine.commands.base import Ticker, add_data, data_folder
from engine.corpora import CORPORA
from engine.corpora.base import Published
from engine.corpora.check import check, render
from engine.corpora.fetch import fetch
from engine.corpora.locate import corpus_folder
from engine.corpora.mixture import PAPER_DIALOGUES, PAPER_UTTERANCES, count_paper_mixture
from engine.errors import InputError
from engine.paths import data_root
from engine.zoo.datasets import ZOO_DATASETS


class Data:
    """Corpora on disk."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Three verbs of its own."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, text in (("fetch", "download with checksum and resume"), ("check", "validate and count"), ("mixture", "count paper 1's nine corpora")):
            sub = verbs.add_parser(verb, help=text)
            add_data(sub)
            if verb != "mixture":
                sub.add_argument("name", help="a corpus (python -m engine ls corpora)")
            if verb == "check":
                sub.add_argument("--split", action="append", help="only this split (may be given several times)")
            if verb != "fetch":
                sub.add_argument("--json", action="store_true", help="print JSON")

    def run(self, arguments: argparse.Namespace) -> None:
        """Fetch, check or count."""
        {"fetch": _fetch, "check": _check, "mixture": _mixture}[arguments.verb](arguments)


def _fetch(arguments: argparse.Namespace) -> None:
    ticker = Ticker()
    root = data_root(arguments.data)
    published: Published = ZOO_DATASETS[arguments.name] if arguments.name in ZOO_DATASETS and arguments.name not in CORPORA else CORPORA[arguments.name]
    folder = fetch(published, root, progress=lambda done, total: ticker(f"{done / 1e6:.1f} MB" + (f" of {total / 1e6:.1f} MB" if total else "")))
    print(f"{arguments.name} is in {folder}")


def _check(arguments: argparse.Namespace) -> None:
    ticker = Ticker()
    corpus = CORPORA[arguments.name]
    folder: Path = corpus_folder(corpus, data_folder(arguments) if arguments.name != "toy" else data_root(arguments.data))
    report = check(corpus, folder, arguments.split, progress=lambda split, count: ticker(f"{split}: {count} dialogues"))
    print(json.dumps(report.as_json(), indent=1, ensure_ascii=False) if arguments.json else render(report))
    if damage := next((split.damage for split in report.splits if split.damage), None):
        raise InputError(damage.removesuffix("."))


def _mixture(arguments: argparse.Namespace) -> None:
    ticker = Ticker()
    rows = count_paper_mixture(data_folder(arguments), progress=ticker)
    dialogues, utterances = sum(row.dialogues for row in rows), sum(row.utterances for row in rows)
    if arguments.json:
        print(json.dumps({"corpora": [row.as_json() for row in rows], "dialogues": dialogues, "utterances": utterances,
                          "paper": {"dialogues": PAPER_DIALOGUES, "utterances": PAPER_UTTERANCES}}, indent=1))
        return
    for row in rows:
        print(f"{row.corpus:<14}{row.dialogues:>9,} dialogues {row.utterances:>10,} utterances  {row.note}")
    print(f"{'together':<14}{dialogues:>9,} dialogues {utterances:>10,} utterances")
    print(f"{'paper 1':<14}{PAPER_DIALOGUES:>9,} dialogues {PAPER_UTTERANCES:>10,} utterances")


DATA = Data()
