"""``evaluate``: score shipped models on a split; the rows are appended to the results, their predictions lie beside them."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from engine import provenance
from engine.commands.base import Ticker, add_data, count, data_folder
from engine.corpora import CORPORA
from engine.errors import InputError, MissingDataError
from engine.tasks import TASKS
from engine.variants import variant


class Evaluate:
    """Paper 1, section 4."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Which models, which rows."""
        parser.add_argument("variant", help="a name from `python -m engine ls variants`")
        parser.add_argument("task", nargs="?", help="a name from `python -m engine ls tasks` (default: every model that the variant has)")
        parser.add_argument("corpus", nargs="?", help="a corpus on which the task is defined")
        add_data(parser)
        parser.add_argument("--split", default="test")
        parser.add_argument("--protocol", default="", help="of the model (default: the task's first protocol)")
        parser.add_argument("--limit", type=count, help="score a fixed draw of so many rows")
        parser.add_argument("--bf16", action="store_true", help="read in bfloat16, about twice as fast on recent processors; the page answers in float32")
        parser.add_argument("--json", action="store_true", help="print each whole row as a line of JSON")
        parser.add_argument("--dry-run", action="store_true", help="do not append the rows to the results, nor keep their predictions")

    def run(self, arguments: argparse.Namespace) -> None:
        """Score, append, print."""
        from engine.models import checkpoint
        from engine.models.store import variant_encoder
        from engine.shipped import ShippedTask
        from engine.train.evaluate import evaluate, examples_of, record

        provenance.commit()
        cards = [checkpoint.read_card(path) for path in chosen_files(arguments)]  # missing weights are told before a corpus is read
        root, ticker = data_folder(arguments), Ticker()
        encoder = variant_encoder(arguments.variant)
        models = [ShippedTask(card["variant"], card["task"], card["corpus"], encoder, protocol=card["protocol"]) for card in cards]
        examples = [examples_of(card["task"], card["corpus"], root, arguments.split, card["protocol"], arguments.limit) for card in cards]
        split = f"{arguments.split}[{arguments.limit}]" if arguments.limit else arguments.split  # a draw does not pass for the whole split
        found = evaluate(models, examples, split=split, fast=arguments.bf16, progress=lambda share: ticker(f"{arguments.variant} {share:.0%} read"))
        if not arguments.dry_run:
            for scored in found:
                record(scored)
        for row in (scored.row for scored in found):
            scores = " ".join(f"{name} {value:.2%}" for name, value in row.metrics.items())
            print(json.dumps(asdict(row)) if arguments.json else f"{row.task} {row.corpus} {scores} over {row.examples:,} rows ({row.split})")


def chosen_files(arguments: argparse.Namespace) -> list[Path]:
    """The weights that the arguments name.

    Raises:
        UnknownNameError: Variant, task or corpus.
        InputError: A task without its corpus.
        MissingDataError: The variant has no model.
    """
    from engine.models.store import task_file, variant_folder
    from engine.shipped import other_protocol

    variant(arguments.variant)
    if arguments.task and not arguments.corpus:
        raise InputError("the task needs its corpus", where=arguments.task, remedy="name a corpus behind the task, or leave both out for all models")
    if arguments.task:
        _ = TASKS[arguments.task], CORPORA[arguments.corpus]  # a wrong name gets a hint, not a missing file
        return [task_file(arguments.variant, arguments.task, arguments.corpus, other_protocol(arguments.task, arguments.protocol))]
    if arguments.protocol:
        raise InputError("a protocol goes with a task", where="--protocol", remedy="name a task and its corpus, or leave the protocol out for all models")
    found = sorted(path for task in TASKS for path in variant_folder(arguments.variant).glob(f"{task}-*.safetensors"))
    if not found:
        raise MissingDataError("the variant has no model to score", where=str(variant_folder(arguments.variant)),
                               remedy=f"train one with `python -m engine finetune {arguments.variant} intent oos`")
    return found


EVALUATE = Evaluate()
