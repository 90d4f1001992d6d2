"""``evaluate``: score a shipped model on a split; the row is appended to the results."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from engine.commands.base import count, data_folder
from engine.commands.finetune import add_target
from engine.corpora import CORPORA
from engine.tasks import TASKS
from engine.variants import variant


class Evaluate:
    """Paper 1, section 4."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Which model, which rows."""
        add_target(parser)
        parser.add_argument("--split", default="test")
        parser.add_argument("--protocol", default="", help="of the model (default: the task's first protocol)")
        parser.add_argument("--limit", type=count, help="score a fixed draw of so many rows")
        parser.add_argument("--json", action="store_true", help="print the whole row as JSON")
        parser.add_argument("--dry-run", action="store_true", help="do not append the row to the results")

    def run(self, arguments: argparse.Namespace) -> None:
        """Score, append, print."""
        from engine.models import checkpoint
        from engine.models.store import task_file
        from engine.results import store
        from engine.shipped import other_protocol
        from engine.train.evaluate import evaluate, examples_of

        variant(arguments.variant), TASKS[arguments.task], CORPORA[arguments.corpus]  # a wrong name gets a hint, not a missing file
        path = task_file(arguments.variant, arguments.task, arguments.corpus, other_protocol(arguments.task, arguments.protocol))
        protocol = checkpoint.read_card(path)["protocol"]  # missing weights are told before a corpus is read
        examples = examples_of(arguments.task, arguments.corpus, data_folder(arguments), arguments.split, protocol, arguments.limit)
        row = evaluate(arguments.variant, arguments.task, arguments.corpus, examples, split=arguments.split, protocol=protocol)
        if not arguments.dry_run:
            store.append(row)
        if arguments.json:
            print(json.dumps(asdict(row), indent=1))
        else:
            print(" ".join(f"{name} {value:.2%}" for name, value in row.metrics.items()), f"over {row.examples:,} rows ({row.split})")


EVALUATE = Evaluate()
