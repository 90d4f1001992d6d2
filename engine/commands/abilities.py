"""``abilities``: probe the frozen variants, score the downstream cells without fine-tuning, compare the variants."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine import provenance
from engine.commands.base import Ticker, add_data, count, data_folder
from engine.variants import VARIANTS, variant

if TYPE_CHECKING:
    from engine.results.abilities import Measurement


class Abilities:
    """Paper 1's Table 1, measured; rows that are there under the same weights and plan are not measured again."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Which variants, how many questions."""
        parser.add_argument("--variants", default="all", help="names with commas, or all")
        parser.add_argument("--examples", type=count, help="training questions per probe; half as many are held out; five eighths as many examples per "
                            "downstream cell (default: 800)")
        parser.add_argument("--seed", type=int, default=0, help="of every draw")
        add_data(parser)

    def run(self, arguments: argparse.Namespace) -> None:
        """Measure what is missing, append it, print it."""
        provenance.commit()
        names = list(VARIANTS) if arguments.variants == "all" else [variant(name.strip()).name for name in arguments.variants.split(",")]
        data_root = data_folder(arguments)

        import torch

        from engine.results.abilities import read
        from engine.train.abilities import Frozen, Plan, Questions, measured, missing, similarities

        torch.set_num_threads(1)  # small products: more threads would only wait for one another
        ticker = Ticker()
        plan = Plan(examples=arguments.examples, cell_examples=max(1, arguments.examples * 5 // 8), seed=arguments.seed) if arguments.examples else \
            Plan(seed=arguments.seed)
        questions, known = Questions(plan, data_root, ticker), frozenset(row.key for row in read())
        variants = [Frozen(name, plan) for name in names]
        for place, frozen in enumerate(variants, start=1):
            wanted = missing(frozen, known)
            for number, row in enumerate(measured(frozen, questions, wanted), start=1):
                keep(row)
                ticker(f"{frozen.name} ({place} of {len(variants)}): {number} of {len(wanted)}, {row.subject}", last=number == len(wanted))
            frozen.__dict__.pop("encoder", None)  # one encoder in memory is enough
        keep_all(similarities(variants, questions, known), ticker)


def keep(row: Measurement) -> None:
    """Append and print."""
    from engine.results.abilities import append

    append(row)
    told = " ".join(f"{name} {value:.3f}" for name, value in row.numbers.items() if not name.endswith(("_low", "_high")))
    print(f"{row.variant:<12}{row.subject:<40}{told}", flush=True)


def keep_all(found: Iterable[Measurement], ticker: Ticker) -> None:
    """Append the similarities, one after another."""
    for row in found:
        keep(row)
        ticker(f"similarity: {row.variant} and {row.subject}")


ABILITIES = Abilities()
