"""Reference statistics of the training corpora, so that a dialogue can be held against them; no test split is read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine import provenance
from engine.corpora import CORPORA
from engine.corpora.locate import corpus_folder
from engine.corpora.mixture import TRAINING_SPLITS, excluded
from engine.coverage import EDGE, INSIDE, NEIGHBOURS, ORDINARY, Reference, lengths, mark, measure, middle, packed, union, words
from engine.dialogue.digest import digest, spoken
from engine.dialogue.model import Dialogue
from engine.errors import InputError
from engine.models import checkpoint
from engine.models.coverage import FORMAT, coverage_file, states_of
from engine.models.files import write, write_text
from engine.models.store import encoder_file, variant_encoder
from engine.tasks import TASKS

Progress = Callable[[str], None]
_TASK_CORPORA = {"oos": "intent", "multiwoz21": "response_selection", "dstc2": "response_selection", "gsim": "response_selection"}
"""Corpora of the downstream tasks, each read as that task reads its training split."""
FEWEST = 8
"""Dialogues that a corpus needs on either side."""


def splits() -> dict[str, tuple[str, ...]]:
    """Corpus to the splits that are read: those of further pre-training, and the training splits of the downstream tasks."""
    return {**TRAINING_SPLITS, **{corpus: (TASKS[task].sources(corpus, "train", TASKS[task].card.protocols[0]),) for corpus, task in _TASK_CORPORA.items()}}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How the statistics are made (not published; our choice)."""

    variant: str = "bert"
    """Whose encoder reads: the base, since no variant should find the dialogues nearer that it was trained on."""
    splits: Mapping[str, tuple[str, ...]] = field(default_factory=splits)
    reference: int = 150
    """Dialogues of a corpus whose states are kept."""
    held_out: int = 200
    """Dialogues of a corpus whose measures are kept."""
    vocabulary: int = 5_000
    """Most frequent words of a corpus, counted by the dialogues that have them."""
    max_tokens: int = 256
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What one corpus gives."""

    reference: list[Dialogue]
    held_out: list[Dialogue]
    vocabulary: list[str]
    dialogues: int
    """Read in all."""


def make(plan: Plan, data_root: Path, progress: Progress = lambda _: None) -> dict[str, int]:
    """Read, measure and write `coverage_file`; corpus to the number of dialogues read.

    Raises:
        MissingDataError: A corpus is not there.
        InputError: A corpus has too few dialogues, or is damaged.
    """
    encoder, made, drawn = variant_encoder(plan.variant).eval(), [], {}
    for corpus in plan.splits:
        found = drawn[corpus] = draw(corpus, plan, data_root, progress)
        progress(f"{corpus}: reading {len(found.reference) + len(found.held_out):,} dialogues with the encoder")
        states_ND = states_of(encoder, [dialogue.turns for dialogue in found.reference + found.held_out], plan.max_tokens).numpy()
        made.append((_reference(corpus, found, states_ND[:len(found.reference)]), states_ND[len(found.reference):]))
    vocabulary = union(reference for reference, _ in made)
    _write([_measured(reference, drawn[reference.corpus].held_out, states_ND, vocabulary) for reference, states_ND in made], plan, drawn)
    return {corpus: found.dialogues for corpus, found in drawn.items()}


def draw(corpus: str, plan: Plan, data_root: Path, progress: Progress) -> Drawn:
    """A seeded draw without replacement over all training dialogues, and the words of all that are not held out; streams.

    Raises:
        InputError: There are too few dialogues.
    """
    wanted, rng = plan.reference + plan.held_out, Random(f"coverage/{corpus}/{plan.seed}")
    kept: list[Dialogue] = []
    counts: Counter[str] = Counter()
    number = 0
    for number, dialogue in enumerate(_dialogues(corpus, plan.splits[corpus], data_root), start=1):
        counts.update(set(words(dialogue.turns)))
        place = rng.randrange(number)
        if len(kept) < wanted:
            kept.insert(place, dialogue)
        elif place < wanted:
            kept[place] = dialogue
        if number % 200 == 0:
            progress(f"{corpus}: {number:,} dialogues")
    share = plan.reference / wanted
    reference, held_out = kept[:round(share * len(kept))], kept[round(share * len(kept)):]
    if min(len(reference), len(held_out)) < FEWEST:
        raise InputError(f"{len(kept)} dialogues are too few", where=corpus, remedy=f"check it with `python -m engine data check {corpus}`")
    counts.subtract(word for dialogue in held_out for word in set(words(dialogue.turns)))
    return Drawn(reference=reference, held_out=held_out, dialogues=number,
                 vocabulary=[word for word, times in counts.most_common(plan.vocabulary) if times > 0])


def _dialogues(corpus: str, names: Iterable[str], data_root: Path) -> Iterator[Dialogue]:
    folder, left_out = corpus_folder(CORPORA[corpus], data_root), excluded()
    for split in names:
        for dialogue in CORPORA[corpus].read(folder, split):
            if dialogue.turns and digest(spoken(dialogue)) not in left_out:
                yield dialogue


def _reference(corpus: str, found: Drawn, states_RD: NDArray[Any]) -> Reference:
    return Reference(corpus=corpus, states_RD=packed(states_RD), vocabulary=np.unique(np.array(list(map(mark, found.vocabulary)), dtype=np.uint32)),
                     middle=middle([lengths(dialogue.turns) for dialogue in found.reference]), held_out_CM=np.zeros((0, 3), dtype=np.float32))


def _measured(reference: Reference, held_out: Sequence[Dialogue], states_CD: NDArray[Any], vocabulary: NDArray[np.uint32]) -> Reference:
    measures = [measure(dialogue.turns, state, reference, vocabulary) for dialogue, state in zip(held_out, states_CD, strict=True)]
    return replace(reference, held_out_CM=np.array(measures, dtype=np.float32))


def _write(references: Sequence[Reference], plan: Plan, drawn: Mapping[str, Drawn]) -> None:
    path = coverage_file()
    tensors = {f"{one.corpus}.{name}": torch.from_numpy(np.ascontiguousarray(value)) for one in references for name, value in (
        ("states", one.states_RD), ("vocabulary", one.vocabulary.view(np.int32)), ("middle", one.middle), ("held_out", one.held_out_CM))}
    write(path, tensors, {"format": FORMAT})
    encoder = checkpoint.read_card(encoder_file(plan.variant))
    card = {"format": FORMAT, "encoder": {"variant": plan.variant, "base": encoder["base"], "fingerprint": encoder["variant_fingerprint"]},
            "plan": {key: value for key, value in asdict(plan).items() if key not in ("splits", "variant")}, "neighbours": NEIGHBOURS,
            "inside": INSIDE, "edge": EDGE, "ordinary_unknown_words": ORDINARY,
            "corpora": {one.corpus: _sources(one, plan.splits[one.corpus], drawn[one.corpus].dialogues) for one in references},
            "kept": "States of drawn dialogues as vectors, frequent words as 32-bit hashes, three numbers per held-out dialogue; no text.",
            "commit": provenance.commit(), "command": provenance.command(), "hardware": provenance.hardware(), "versions": dict(provenance.versions()),
            "created": datetime.now(UTC).isoformat(timespec="seconds")}
    write_text(path.with_suffix(".json"), json.dumps(card, indent=1, ensure_ascii=False) + "\n")


def _sources(one: Reference, names: Sequence[str], read: int) -> dict[str, object]:
    card = CORPORA[one.corpus].card
    return {"title": card.title, "source": card.source, "licence": card.licence, "splits": list(names), "dialogues": read,
            "reference": len(one.states_RD), "held_out": len(one.held_out_CM), "vocabulary": len(one.vocabulary)}
