"""``entities``: train an extractor on slot-value spans, or run one."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from engine.commands.base import add_data, data_folder
from engine.entities import EXTRACTORS, default_extractor
from engine.paths import REPOSITORY


class Entities:
    """Entity extraction (stanza and spaCy behind one contract)."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """``train`` and ``run``."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        train = verbs.add_parser("train", help="train on the corpora's slot-value spans")
        add_data(train)
        train.add_argument("--backend", choices=("spacy", "stanza"), default="spacy")
        train.add_argument("--out", type=Path, help="folder (spaCy) or .pt file (stanza)")
        train.add_argument("--turns", type=int, default=40_000)
        train.add_argument("--epochs", type=int, default=2, help="spaCy: passes over the turns")
        train.add_argument("--steps", type=int, default=600, help="stanza: training steps")
        train.add_argument("--seed", type=int, default=7)
        run = verbs.add_parser("run", help="print the entities of each text")
        run.add_argument("texts", nargs="+")
        run.add_argument("--extractor", default="", help="a name from `python -m engine ls extractors` (default: the best one here)")

    def run(self, arguments: argparse.Namespace) -> None:
        """Train or extract."""
        (_train if arguments.verb == "train" else _run)(arguments)


def _train(arguments: argparse.Namespace) -> None:
    from engine.entities.training import train_spacy, train_stanza

    out = arguments.out or REPOSITORY / "checkpoints" / "entities" / ("spacy_ner" if arguments.backend == "spacy" else "stanza_ner.pt")
    if arguments.backend == "spacy":
        train_spacy(data_folder(arguments), out, turns=arguments.turns, epochs=arguments.epochs, seed=arguments.seed, progress=print)
    else:
        train_stanza(data_folder(arguments), out, turns=arguments.turns, steps=arguments.steps, seed=arguments.seed)
    print(f"the extractor is in {out}")


def _run(arguments: argparse.Namespace) -> None:
    extractor = EXTRACTORS[arguments.extractor]() if arguments.extractor else default_extractor()
    for text, spans in zip(arguments.texts, extractor.entities(arguments.texts), strict=True):
        print(json.dumps({"text": text, "entities": [{"text": text[span.start:span.end], "label": span.label} for span in spans]}, ensure_ascii=False))


ENTITIES = Entities()
