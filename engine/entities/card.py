"""The card of a spaCy model that we trained: ``card.json`` for programs, ``CARD.md`` for people."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spacy.about import __version__ as SPACY

from engine.corpora import CORPORA
from engine.entities.spans import LABELS, OTHER, TRAINING, Sentence
from engine.provenance import hardware

TITLE = "DialAtlas entities (small spaCy tagger)"
PAGE = """# {title}

Finds entities in the utterances of task dialogues and gives each a coarse label: {labels}.
We use it to count entities (the ENP objective) where no larger extractor is installed.

## Data

{training}

A sample of {turns:,} turns ({words:,} words, {entities:,} slot spans); half of them lower-cased.
No test split of any data set was used, and no MultiWOZ turn at all.

## Training

spaCy {spacy}, {epochs} epochs, seed {seed}, {training_seconds} seconds on {hardware}.
It tags about {utterances_per_second:,} utterances a second there.
Train it again with `python -m engine entities train`.

## Scores

{table}

Exact match, in percent. *Places* ignores the label. *Count* is the share of sentences with the right number of entities.
Only SGD marks nearly all values. The other corpora leave some unmarked, so their scores are lower bounds.
`card.json` has the F1 of each label.

## Files

The weights are msgpack, the settings JSON. No file is a pickle, and loading the folder runs none (a test makes sure).

## Licence

{licence}.
"""


def write_card(folder: Path, sample: Sequence[Sentence], *, epochs: int, seed: int, seconds: float, speed: float = 0.0,
               scores: Mapping[str, Mapping[str, float]] = MappingProxyType({})) -> None:
    """Write both files; ``seconds`` is training time, ``speed`` utterances a second when tagging."""
    card = _facts(sample, epochs=epochs, seed=seed, seconds=seconds, speed=speed, scores=scores)
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    (folder / "CARD.md").write_text(_page(card), encoding="utf-8")


def _facts(sample: Sequence[Sentence], *, epochs: int, seed: int, seconds: float, speed: float,
           scores: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    cards = [(CORPORA[corpus].card, split, share) for (corpus, split), share in TRAINING.items()]
    return {
        "title": TITLE, "licence": "CC BY-SA 4.0 (that of its main training data)",
        "training": [f"{card.title}, {split} ({share:.0%} of the turns): {card.licence}" for card, split, share in cards],
        "labels": [*LABELS, OTHER], "turns": len(sample), "words": sum(len(sentence.text.split()) for sentence in sample),
        "entities": sum(len(sentence.spans) for sentence in sample), "epochs": epochs, "seed": seed, "training_seconds": round(seconds),
        "hardware": f"{hardware()} (one used)", "utterances_per_second": round(speed),
        "versions": {"python": platform.python_version(), "spacy": SPACY},
        "scores": {name: {key: round(value, 2) for key, value in row.items()} for name, row in scores.items()},
    }


def _page(card: Mapping[str, Any]) -> str:
    facts = {**card, "labels": ", ".join(card["labels"]), "training": "\n".join(f"- {line}" for line in card["training"]),
             "spacy": card["versions"]["spacy"], "table": _table(card["scores"])}
    return PAGE.format(**facts)


def _table(scores: Mapping[str, Mapping[str, float]]) -> str:
    rows = [f"| {name} | {row['f1']:.1f} | {row['f1_unlabelled']:.1f} | {row['count']:.1f} | {row['sentences']:,} | {row['entities']:,} |"
            for name, row in scores.items()]
    return "\n".join(["| held-out part | F1 | F1, places | count | sentences | entities |", "|---|---|---|---|---|---|", *rows])
