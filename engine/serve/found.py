"""What lies on this machine beside the weights: measured results, corpora, the entity model (no torch here)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.corpora import CORPORA
from engine.corpora.locate import corpus_folder
from engine.errors import DialAtlasError, MissingDataError
from engine.paths import RESTORE, checkpoints_root, data_root, without_home
from engine.results import abilities, store

Reader = Callable[[Path], Sequence[object]]


@dataclass(frozen=True, kw_only=True)
class Found:
    """One thing that was looked for."""

    name: str
    there: bool
    words: str
    """What was found, or what is missing and how to get it."""
    trouble: str = ""
    """What is wrong and what to do, in one sentence; what is merely absent is no trouble."""


def results() -> list[Found]:
    """The stores of measured rows: how many, changed when, and the first damaged line."""
    return [_store("Measured results", store.default_path(), store.read),
            _store("Measured abilities", abilities.default_path(), abilities.read)]


def _store(name: str, path: Path, read: Reader) -> Found:
    if not path.is_file():
        return Found(name=name, there=False, words="none measured here yet; the pages show the papers' numbers alone")
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    try:
        rows = read(path)
    except DialAtlasError as error:
        return Found(name=name, there=True, words=f"damaged, last changed {changed:%Y-%m-%d %H:%M} UTC", trouble=without_home(error.sentence))
    torn = "" if path.read_bytes()[-1:] in (b"", b"\n") else "; the last line is unfinished and left out"
    return Found(name=name, there=True, words=f"{len(rows):,} rows, last changed {changed:%Y-%m-%d %H:%M} UTC{torn}")


def corpora() -> list[Found]:
    """Every corpus: where it lies below ``DIALATLAS_DATA``, or the command that fetches it; only training and measuring need them."""
    return [_corpus(name) for name in CORPORA]


def _corpus(name: str) -> Found:
    try:
        return Found(name=name, there=True, words=without_home(str(corpus_folder(CORPORA[name], data_root()))))
    except MissingDataError:
        return Found(name=name, there=False, words=f"not here; python -m engine data fetch {name}")


def shipped_extractor() -> Found:
    """The entity model that comes with the repository; nothing is opened."""
    folder = checkpoints_root() / "entities" / "spacy_ner"
    there = (folder / "meta.json").is_file()
    trouble = MissingDataError("the entity model is not there", where=str(folder), remedy=RESTORE)
    return Found(name="Shipped entity model", there=there, words="there" if there else "not there", trouble="" if there else without_home(trouble.sentence))
