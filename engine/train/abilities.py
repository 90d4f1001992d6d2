"""Abilities measured on frozen variants, transferability scores of the downstream cells, and similarity of variants."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine import provenance
from engine.corpora import CORPORA
from engine.corpora.locate import corpus_folder
from engine.dialogue.model import Dialogue
from engine.fingerprint import fingerprint
from engine.models import checkpoint
from engine.models.encoder import Encoder
from engine.models.store import encoder_file, variant_encoder
from engine.models.tokens import TextForm
from engine.paths import cache_root
from engine.probing import PROBES, SCORES
from engine.probing.linear import measure
from engine.probing.scores import cka
from engine.results.abilities import Kind, Measurement
from engine.train import features

REVISION = 1
"""Goes up when a probe or score changes what it asks."""
COMPARED = ("utterance", "history")
"""Reads whose held-out states are compared between variants."""
COMPARED_ROWS = 200
"""Held-out questions of each probe whose states are compared."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything besides the weights that changes a measurement."""

    examples: int = 800
    """Training questions per probe (half as many are held out)."""
    cell_examples: int = 500
    """Training examples per downstream cell."""
    max_tokens: int = 128
    """Longest history."""
    precision: str = "bf16"
    """The encoder reads in bfloat16, or in float32 (``no``)."""
    seed: int = 0
    revision: int = REVISION

    def fingerprint(self) -> str:
        """Names the plan."""
        return fingerprint(asdict(self))


class Questions:
    """What is asked of every variant, read from the corpora once and only where something is missing."""

    def __init__(self, plan: Plan, data_root: Path, progress: Callable[[str], None] = lambda _: None) -> None:
        self.plan, self.data_root, self.progress = plan, data_root, progress
        self._probes: dict[str, features.Asked] = {}
        self._read: dict[tuple[str, str], list[Dialogue]] = {}
        self._cells: dict[tuple[str, str, str], features.Cell] = {}

    def probe(self, name: str) -> features.Asked:
        """One probe's questions."""
        if name not in self._probes:
            self.progress(f"drawing questions of {name}")
            self._probes[name] = features.asked(PROBES[name], self._dialogues, self.plan.examples, self.plan.seed)
        return self._probes[name]

    def _dialogues(self, corpus: str, split: str) -> list[Dialogue]:
        if (corpus, split) not in self._read:
            self._read[corpus, split] = list(CORPORA[corpus].read(corpus_folder(CORPORA[corpus], self.data_root), split))
        return self._read[corpus, split]

    def cell(self, name: tuple[str, str, str]) -> features.Cell:
        """One downstream cell's examples."""
        if name not in self._cells:
            self.progress(f"drawing examples of {' '.join(name)}")
            self._cells[name] = features.cell(*name, self.data_root, self.plan.cell_examples, self.plan.seed)
        return self._cells[name]


class Frozen:
    """A variant whose states are read and never changed."""

    def __init__(self, name: str, plan: Plan) -> None:
        self.name, self.plan = name, plan
        self.fingerprint: str = checkpoint.read_card(encoder_file(name))["variant_fingerprint"]

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder, opened when it is first needed."""
        return variant_encoder(self.name).eval()

    @cached_property
    def form(self) -> TextForm:
        """How it reads."""
        return TextForm(self.encoder.tokens, self.plan.max_tokens)

    def autocast(self) -> torch.autocast:
        """The plan's precision."""
        return torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.plan.precision == "bf16")

    def states(self, questions: Sequence[Any], reads: str) -> NDArray[Any]:
        """The states that probe questions are about."""
        with self.autocast():
            return features.states(self.encoder, questions, reads, self.form)


def missing(frozen: Frozen, known: frozenset[tuple[str, ...]]) -> list[tuple[Kind, Any]]:
    """What is not in ``known`` (keys of rows): probes by name, then cells."""
    plan = frozen.plan.fingerprint()
    wanted: list[tuple[Kind, Any]] = [*(("ability", name) for name in PROBES), *(("transferability", cell) for cell in features.cell_names())]
    return [(kind, what) for kind, what in wanted
            if (kind, frozen.name, frozen.fingerprint, plan, what if isinstance(what, str) else ".".join(what), "") not in known]


def measured(frozen: Frozen, questions: Questions, wanted: Sequence[tuple[Kind, Any]]) -> Iterator[Measurement]:
    """A row for each of ``wanted``, as soon as it is there."""
    for kind, what in wanted:
        yield ability(frozen, questions.probe(what)) if kind == "ability" else transferability(frozen, questions.cell(what))


def ability(frozen: Frozen, asked: features.Asked) -> Measurement:
    """One probe on one variant."""
    started, card = time.perf_counter(), asked.probe.card
    states = frozen.states([*asked.fitted, *asked.held_out], card.reads)
    cut = len(asked.fitted)
    numbers = measure(asked.fitted, states[:cut], asked.held_out, states[cut:], seed=frozen.plan.seed)
    return _row(frozen, "ability", card.name, card.ability, numbers, cut, started, held_out=len(asked.held_out))


def transferability(frozen: Frozen, cell: features.Cell) -> Measurement:
    """Every score of one downstream cell on one variant."""
    started = time.perf_counter()
    with frozen.autocast():
        given = features.features(frozen.encoder, cell, frozen.form)
    numbers = {name: SCORES[name](*given) for name in SCORES}
    return _row(frozen, "transferability", cell.subject, cell.task, numbers, len(cell.examples), started)


def similarities(variants: Sequence[Frozen], questions: Questions, known: frozenset[tuple[str, ...]]) -> Iterator[Measurement]:
    """CKA of every pair of variants that is not in ``known``, on the held-out questions."""
    for place, one in enumerate(variants):
        for other in variants[place + 1:]:
            if ("similarity", one.name, one.fingerprint, one.plan.fingerprint(), other.name, other.fingerprint) not in known:
                started = time.perf_counter()
                mine, others = compared(one, questions), compared(other, questions)
                numbers = {reads: cka(mine[reads], others[reads]) for reads in COMPARED}
                yield _row(one, "similarity", other.name, other.fingerprint, numbers, sum(map(len, mine.values())), started)


def compared(frozen: Frozen, questions: Questions) -> Mapping[str, NDArray[Any]]:
    """``[CLS]`` states of all held-out questions by what is read, from the cache if they were read before."""
    path = cache_root() / "states" / f"{frozen.name}-{frozen.fingerprint}-{frozen.plan.fingerprint()}.npz"
    if not path.is_file():
        asked = [questions.probe(name) for name in PROBES]
        found = {reads: [question for one in asked if one.probe.card.reads == reads for question in one.held_out[:COMPARED_ROWS]] for reads in COMPARED}
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, **{reads: frozen.states(some, reads) for reads, some in found.items()})  # type: ignore[arg-type]
        unfinished.replace(path)
    with np.load(path) as kept:
        return {reads: kept[reads] for reads in COMPARED}


def _row(frozen: Frozen, kind: Kind, subject: str, group: str, numbers: Mapping[str, float], examples: int, started: float,
         held_out: int = 0) -> Measurement:
    return Measurement(kind=kind, variant=frozen.name, fingerprint=frozen.fingerprint, plan=frozen.plan.fingerprint(), subject=subject, group=group,
                       numbers={name: round(value, 6) for name, value in numbers.items()}, examples=examples, held_out=held_out, seed=frozen.plan.seed,
                       seconds=round(time.perf_counter() - started, 2), hardware=provenance.hardware(), commit=provenance.commit(),
                       command=provenance.command(), versions=provenance.versions(), created=datetime.now(UTC).isoformat(timespec="seconds"))
