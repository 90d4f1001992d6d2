"""A capsule: one JSON file with a dialogue, what was asked of it, every answer, and what stood behind them (no torch).

Version 1 has these fields: ``dialatlas_capsule`` (the version), ``page`` (the page's file name), ``options`` (its choices, as in the address),
``typed`` (texts that the address does not hold), ``dialogue`` and ``lineage`` (`engine.dialogue.record`), ``asked`` and ``probes`` (questions with
answers, fields as in `engine.serve.base`), ``predictor``, ``seed`` (of draws on the page; null where chance has no part), ``fingerprints``
(variant to fingerprint), ``files`` (weight file to SHA-256), ``versions``, ``commit``, ``hardware``, ``created`` (UTC) and ``snippet``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from engine import provenance
from engine.dialogue.lineage import Lineage
from engine.dialogue.model import Dialogue
from engine.dialogue.record import lineage_record, record, turn_record
from engine.serve.base import Prediction, Predictor, ProbeAnswer, ProbeQuestion

VERSION = 1
Options = Mapping[str, Sequence[str]]
"""Choice to its values, as in the address."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What `Predictor.compare` was asked of the capsule's dialogue, and its answers."""

    variants: tuple[str, ...]
    tasks: tuple[str, ...]
    candidates: tuple[str, ...] = ()
    predictions: tuple[Prediction, ...]


@dataclass(frozen=True, kw_only=True)
class Probed:
    """What `Predictor.probe` was asked, and its answers."""

    question: ProbeQuestion
    answers: tuple[ProbeAnswer, ...]


@dataclass(frozen=True, kw_only=True)
class Capsule:
    """What a capsule file says; fields as in the module's description."""

    page: str
    options: Options
    dialogue: Dialogue
    asked: tuple[Asked, ...] = ()
    probes: tuple[Probed, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    lineage: Lineage[Dialogue] | None = None
    predictor: str
    seed: int | None = None
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    commit: str = "unknown"
    hardware: str = "unknown"
    created: str = ""
    snippet: str = ""

    @property
    def variants(self) -> tuple[str, ...]:
        """Every variant that answered, once."""
        return tuple(dict.fromkeys([name for one in self.asked for name in one.variants] + [one.variant for probe in self.probes for one in probe.answers]))


def asked_of(predictions: Sequence[Prediction], candidates: Sequence[str] = ()) -> Asked:
    """Answers with the question that they answer."""
    return Asked(variants=tuple(dict.fromkeys(one.variant for one in predictions)), tasks=tuple(dict.fromkeys(one.task for one in predictions)),
                 candidates=tuple(candidates), predictions=tuple(predictions))


def capsule(predictor: Predictor, dialogue: Dialogue, *, page: str, options: Options, asked: Sequence[Asked] = (), probes: Sequence[Probed] = (),
            typed: Mapping[str, str] | None = None, lineage: Lineage[Dialogue] | None = None, seed: int | None = None) -> Capsule:
    """Put together what is on a page with what stands behind it (errors as `Predictor.files`)."""
    made = Capsule(page=page, options=options, dialogue=dialogue, asked=tuple(asked), probes=tuple(probes), typed=typed or {}, lineage=lineage,
                   predictor=predictor.card.name, seed=seed)
    tasks = tuple(dict.fromkeys(task for one in made.asked for task in one.tasks))
    objectives = tuple(dict.fromkeys(one.question.objective for one in made.probes))
    prints = {card.name: card.fingerprint for card in predictor.card.variants if card.name in made.variants}
    return Capsule(**(vars(made) | {
        "fingerprints": prints, "files": dict(predictor.files(made.variants, tasks, objectives)), "versions": versions(predictor),
        "commit": provenance.commit(), "hardware": provenance.hardware(), "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "snippet": snippet(made)}))


def versions(predictor: Predictor) -> dict[str, str]:
    """Of the packages that numbers hang on, and how exactly the predictor computes."""
    return {**provenance.versions(), "precision": predictor.describe().precision}


def pack(made: Capsule) -> bytes:
    """The file."""
    whole = {"dialatlas_capsule": VERSION, "page": made.page, "options": {key: list(values) for key, values in made.options.items()},
             "typed": dict(made.typed), "dialogue": record(made.dialogue), "lineage": lineage_record(made.lineage) if made.lineage else None,
             "asked": [asdict(one) for one in made.asked], "probes": [_probe_record(one) for one in made.probes], "predictor": made.predictor,
             "seed": made.seed, "fingerprints": dict(made.fingerprints), "files": dict(made.files), "versions": dict(made.versions),
             "commit": made.commit, "hardware": made.hardware, "created": made.created, "snippet": made.snippet}
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")


def snippet(made: Capsule) -> str:
    """A program that asks the same again and prints every answer as a line of JSON; it reads the dialogue from the capsule file."""
    calls = [f"found += predictor.compare(capsule.dialogue, variants={_list(one.variants)}, tasks={_list(one.tasks)},\n"
             f"                           candidates=capsule.asked[{number}].candidates)" for number, one in enumerate(made.asked)]
    calls += [f"found += predictor.probe(capsule.probes[{number}].question, variants={_list([answer.variant for answer in one.answers])})"
              for number, one in enumerate(made.probes)]
    return _SNIPPET.format(predictor=json.dumps(made.predictor), calls="\n".join(calls) or "pass  # nothing had been asked")


_SNIPPET = '''"""Asks the models again. In the folder of DialAtlas: PYTHONPATH=. python snippet.py capsule.json"""
import json
import sys
from dataclasses import asdict
from pathlib import Path

from engine.serve import PREDICTORS
from engine.serve.capsule_file import unpack

capsule = unpack(Path(sys.argv[1]).read_bytes())
predictor = PREDICTORS[{predictor}]()
found = []
{calls}
for answer in found:
    print(json.dumps(asdict(answer), ensure_ascii=False))
'''


def _list(names: Sequence[str]) -> str:
    return json.dumps(list(dict.fromkeys(names)))


def _probe_record(one: Probed) -> dict[str, Any]:
    question = asdict(one.question) | {"turns": [turn_record(turn) for turn in one.question.turns]}
    return {"question": question, "answers": [asdict(answer) for answer in one.answers]}
