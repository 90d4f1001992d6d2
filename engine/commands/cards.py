"""``cards``: write the model cards, the README's tables of results and the log's measured entry from the store."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.errors import InputError
from engine.paths import REPOSITORY, checkpoints_root
from engine.results import store
from engine.results.cards import score_table, shipped_rows, variant_card
from engine.variants import VARIANTS


class Cards:
    """Generated text."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """A dry run only prints the table."""
        parser.add_argument("--dry-run", action="store_true", help="print the score table and write nothing")

    def run(self, arguments: argparse.Namespace) -> None:
        """Write ``CARD.md`` per variant, the tables in the README and the measured entry of the log."""
        from engine.results import abilities
        from engine.results.claims.ledger import ledger, summary
        from engine.results.claims.measured import of_store
        from engine.results.prediction import measured_answer
        from engine.results.report import log_entry, measured_section

        rows = store.read()
        shelf = checkpoints_root() / "variants"
        known = [name for name in VARIANTS if (shelf / name / "encoder.json").is_file()]
        table = score_table({name: shipped_rows(shelf / name, rows) for name in known})
        print(table)
        if arguments.dry_run:
            return
        for name in known:
            (shelf / name / "CARD.md").write_text(variant_card(shelf / name, rows), encoding="utf-8")
        _zoo()
        put(REPOSITORY / "README.md", "scores", table)
        put(REPOSITORY / "README.md", "measured", measured_section(rows))
        notes = [f"Claims of both papers: {summary(ledger(of_store(rows, None)))}", f"Prediction: {measured_answer(rows, abilities.read())}"]
        put(REPOSITORY / "LOG.md", "measured", log_entry(rows, notes))


def _zoo() -> None:
    from engine.results import zoo
    from engine.results.zoo_card import card
    from engine.results.zoo_card import table as zoo_table

    scored, shelf = zoo.read(), checkpoints_root() / "zoo"
    for path in sorted(shelf.glob("*.safetensors")):
        path.with_suffix(".md").write_text(card(path.with_suffix(".json"), scored), encoding="utf-8")
    put(REPOSITORY / "README.md", "zoo", zoo_table(scored, "compact"))


def put(path: Path, name: str, text: str) -> None:
    """Replace what stands between two marks of a file.

    Raises:
        InputError: A mark is not there.
    """
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    whole = path.read_text(encoding="utf-8")
    if start not in whole or end not in whole:
        raise InputError(f"there is no place between {start} and {end}", where=path.name, remedy="put the two marks back")
    path.write_text(whole[:whole.index(start) + len(start)] + "\n" + text + "\n" + whole[whole.index(end):], encoding="utf-8")


CARDS = Cards()
