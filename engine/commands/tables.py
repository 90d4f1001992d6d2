"""``tables``: the paper's tables with reported and measured values side by side."""

from __future__ import annotations

import argparse

from engine.errors import InputError


class Tables:
    """Paper 1, section 5."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Which tables, in which form."""
        parser.add_argument("--paper", action="store_true", help="Tables 2 to 7 in the paper's layout")
        parser.add_argument("--protocol", choices=("paper", "released"), default="paper", help="of the measured numbers, where a task has both")
        parser.add_argument("--regime", help="share of the training examples, as the results name it: full, 10 %%, 1 %%, ... (default: what most cells have)")
        parser.add_argument("--format", choices=("markdown", "latex", "csv"), default="markdown")

    def run(self, arguments: argparse.Namespace) -> None:
        """Print them."""
        from engine.results.written import table

        if not arguments.paper:
            raise InputError("which tables?", where="tables", remedy="give --paper for Tables 2 to 7")
        print(table(arguments.format, arguments.protocol, arguments.regime), end="")


TABLES = Tables()
