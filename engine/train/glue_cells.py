"""One of DialoGLUE's sets put to one encoder: what a head reads, what its logits say, and how that is scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from engine.corpora.locate import corpus_folder
from engine.models.batch import Batch
from engine.models.encoder import Encoder, read
from engine.models.heads import Questions
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.datasets.spans import OUTSIDE
from engine.zoo.glue.base import GlueRow, GlueSet, Shots
from engine.zoo.glue.scores import scores
from engine.zoo.glue.submission import Answers, answer
from engine.zoo.glue.tags import vocabulary

DROPOUT = 0.1
"""On the states that the head reads (DialoGLUE's ``--dropout``)."""
PASSED_OVER = ("user", "[UNK]")
"""Wordpieces that DialoGLUE's script leaves out where it counts places."""


class Cell(Protocol):
    """Rows, a head, and the way from rows to batches and from states to answers."""

    encoder: Encoder

    @property
    def head(self) -> nn.Module:
        """Trained together with the encoder."""
        ...

    @property
    def training(self) -> Sequence[Any]:
        """All rows of the setting."""
        ...

    @property
    def dev(self) -> Sequence[Any]:
        """What weights are chosen by."""
        ...

    @property
    def test(self) -> Sequence[Any]:
        """What is scored once."""
        ...

    def batch(self, rows: Sequence[Any]) -> Batch:
        """What is trained on in one step."""
        ...

    def answers(self, rows: Sequence[Any]) -> list[Any]:
        """What the model says to each row."""
        ...

    def score(self, rows: Sequence[Any], answers: Sequence[Any]) -> Mapping[str, float]:
        """Metric to per cent."""
        ...

    def submitted(self, answers: Sequence[Any]) -> Answers:
        """Answers to the test rows as a submission has them."""
        ...


class WordCell:
    """Intents from the first token, tags from the first wordpiece of each word, or both in one pass.

    Args:
        part: A set with ``parts``.
        encoder: Changed by training.
        shots: Which rows are trained on.
        data: The data root.
        seed: Of the head's first weights.
        max_tokens: Longest sequence; words behind it are tagged ``O``.

    Raises:
        MissingDataError, InputError: As the set's reader.
    """

    def __init__(self, part: GlueSet, encoder: Encoder, shots: Shots, data: Path, *, seed: int, max_tokens: int) -> None:
        assert part.parts is not None
        self.part, self.encoder, self.max_tokens = part, encoder, max_tokens
        rows = part.parts(corpus_folder(ZOO_DATASETS[part.dataset], data))
        self.training, self.dev, self.test = rows.training(shots), rows.dev, rows.test
        self.intents = sorted({row.intent for row in rows.train} - {""})
        self.tags = vocabulary(rows.train) if part.kind == "slots" else sorted({tag for row in rows.train for tag in row.tags})
        self.known = frozenset(tag for row in (*rows.train, *rows.dev, *rows.test) for tag in row.tags)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.head = Questions(encoder.dim, [len(names) for names in (self.intents, self.tags) if names], dropout=DROPOUT)
        self._pieces = cache(self._pieces_of)

    def _pieces_of(self, words: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
        return tuple(map(tuple, self.encoder.tokens.texts(list(words))))

    def _reads(self, row: GlueRow) -> tuple[list[int], list[int | None]]:
        """The ids of a row, and where each word begins; None where it has no wordpiece or lies behind the limit."""
        ids, starts = [self.encoder.tokens.cls_id], list[int | None]()
        for pieces in self._pieces(row.words):
            starts.append(len(ids) if pieces and len(ids) < self.max_tokens - 1 else None)
            ids += pieces
        return [*ids[:self.max_tokens - 1], self.encoder.tokens.sep_id], starts

    def batch(self, rows: Sequence[GlueRow]) -> Batch:
        """The states to read, row by row: the first token's, then that of each word; targets are question and class."""
        sequences, places, targets = [], list[tuple[int, int]](), list[tuple[int, int]]()
        for number, row in enumerate(rows):
            ids, starts = self._reads(row)
            sequences.append(ids)
            if self.intents:
                places.append((number, 0))
                targets.append((0, self.intents.index(row.intent)))
            told = [(start, tag) for start, tag in zip(starts, row.tags, strict=False) if start is not None]
            places += [(number, start) for start, _ in told]
            targets += [(len(self.intents) > 0, self.tags.index(tag)) for _, tag in told]
        return Batch(sequences=sequences, places=places, targets=targets)

    @torch.no_grad()
    def answers(self, rows: Sequence[GlueRow]) -> list[GlueRow]:
        """The same words with what the model says."""
        made = [self._reads(row) for row in rows]
        places = [(number, place) for number, (_, starts) in enumerate(made) for place in self._asked(starts)]
        states_PD = read(self.encoder, [ids for ids, _ in made], places)
        picked = iter(self._picked(self.head(states_PD.to(self.encoder.device))))
        found = []
        for row, (_, starts) in zip(rows, made, strict=True):
            intent = self.intents[next(picked)[0]] if self.intents else ""
            tags = [OUTSIDE if start is None else self.tags[next(picked)[-1]] for start in starts] if self.tags else []
            found.append(GlueRow(words=row.words, intent=intent, tags=tuple(tags)))
        return found

    def _asked(self, starts: Sequence[int | None]) -> list[int]:
        return [*([0] if self.intents else []), *([start for start in starts if start is not None] if self.tags else [])]

    def _picked(self, logits_PK: Tensor) -> list[tuple[int, ...]]:
        """The best class of each question at each state."""
        return list(zip(*(part.argmax(-1).tolist() for part in torch.split(logits_PK, self.head.sizes, dim=1)), strict=True))

    def score(self, rows: Sequence[GlueRow], answers: Sequence[GlueRow]) -> Mapping[str, float]:
        """By `engine.zoo.glue.scores`."""
        return scores(self.part.kind, rows, answers)

    def submitted(self, answers: Sequence[GlueRow]) -> Answers:
        """Places and tags of wordpieces; as EvalAI counts them where the encoder has BERT's uncased vocabulary."""
        return [answer(self.part.kind, row, self._counts(row), tuple(self.known)) for row in answers]

    def _counts(self, row: GlueRow) -> list[int]:
        words = self.encoder.tokens.words
        skipped = PASSED_OVER if self.part.kind == "slots" else ()
        return [sum(piece not in skipped for piece in words(pieces)) for pieces in self._pieces(row.words)]
