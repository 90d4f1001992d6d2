"""The contract of a corpus: a card, its public downloads, and a streaming reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.dialogue.model import Dialogue


@dataclass(frozen=True, kw_only=True)
class Download:
    """One public file: where it is, what to call it, and what it must hash to."""

    url: str
    filename: str
    """Path below the corpus folder."""
    sha256: str | None = None
    """Hex digest of the file as downloaded; None where the location publishes no fixed bytes."""


@dataclass(frozen=True, kw_only=True)
class CorpusCard:
    """What a reader of results must know about a corpus."""

    name: str
    title: str
    source: str
    """The public home page."""
    licence: str
    redistributable: bool
    version: str
    citation: str
    folders: tuple[str, ...]
    """Folder names below the data root, first the one that ``data fetch`` makes."""
    splits: tuple[str, ...]
    """Every split name that ``read`` takes; the usual ones are train, dev, test, all."""
    annotations: tuple[str, ...]
    """Which of intent, acts, state, spans the turns carry."""
    changes: tuple[str, ...] = ()
    """What our reader changes or leaves out, a sentence each."""
    pretraining_splits: tuple[str, ...] = ()
    """Splits on which paper 1 further pre-trains (empty: none); ours are fewer, see `engine.corpora.mixture`."""


class Published(Protocol):
    """Something that lies in a folder of its own and can be fetched."""

    card: CorpusCard
    downloads: tuple[Download, ...]


class Corpus(Published, Protocol):
    """A published dialogue corpus."""

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Stream the dialogues of one split from published files.

        Raises:
            InputError: A file is damaged, or the split is unknown; names file and line or pointer.
            MissingDataError: A file is not there.
        """
        ...
