"""``cards``: write the model cards and the README's score table from the JSON cards and the results."""

from __future__ import annotations

import argparse

from engine.errors import InputError
from engine.paths import REPOSITORY, checkpoints_root
from engine.results import store
from engine.results.cards import score_table, shipped_rows, variant_card
from engine.variants import VARIANTS

START, END = "<!-- scores -->", "<!-- /scores -->"


class Cards:
    """Generated text."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """A dry run only prints the table."""
        parser.add_argument("--dry-run", action="store_true", help="print the score table and write nothing")

    def run(self, arguments: argparse.Namespace) -> None:
        """Write ``CARD.md`` per variant and the table in the README."""
        rows = store.read()
        shelf = checkpoints_root() / "variants"
        known = [name for name in VARIANTS if (shelf / name / "encoder.json").is_file()]
        table = score_table({name: shipped_rows(shelf / name, rows) for name in known})
        print(table)
        if arguments.dry_run:
            return
        for name in known:
            (shelf / name / "CARD.md").write_text(variant_card(shelf / name, rows), encoding="utf-8")
        readme = REPOSITORY / "README.md"
        text = readme.read_text(encoding="utf-8")
        if START not in text or END not in text:
            raise InputError(f"there is no place between {START} and {END}", where="README.md", remedy="put the two marks back")
        readme.write_text(text[:text.index(START) + len(START)] + "\n" + table + "\n" + text[text.index(END):], encoding="utf-8")


CARDS = Cards()
