"""spaCy behind the extractor contract: the shipped model, or an installed English one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import spacy
from spacy.about import __version__
from spacy.language import Language
from spacy.tokens import Doc

from engine.dialogue.model import Span
from engine.entities.base import ExtractorCard
from engine.errors import CheckpointError, MissingDataError
from engine.paths import REPOSITORY

INSTALLED = ("en_core_web_trf", "en_core_web_lg", "en_core_web_md", "en_core_web_sm")
"""Models by explosion.ai that `open_spacy` looks for, best first."""
UNUSED = ("tagger", "parser", "senter", "attribute_ruler", "lemmatizer")
"""Pipeline parts that entities do not need."""
TRAIN = "python -m engine entities train"


class SpacyExtractor:
    """One spaCy pipeline, used by one thread at a time."""

    def __init__(self, nlp: Language, card: ExtractorCard, *, batch_size: int = 256) -> None:
        self.card = card
        self._nlp, self._batch_size, self._lock = nlp, batch_size, Lock()

    def entities(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        """The entities of each text; strings that the pipeline met are forgotten again (``memory_zone``)."""
        with self._lock, self._nlp.memory_zone():
            return [_spans(doc) for doc in self._nlp.pipe(texts, batch_size=self._batch_size)]


def open_shipped(folder: Path | None = None) -> SpacyExtractor:
    """The model that `engine.entities.training.train_spacy` wrote (default: the one in ``checkpoints/``).

    Raises:
        MissingDataError: The folder holds no model.
        CheckpointError: The model cannot be read.
    """
    folder = folder or REPOSITORY / "checkpoints" / "entities" / "spacy_ner"
    if not (folder / "meta.json").is_file():
        raise MissingDataError("the entity model is not there", where=str(folder), remedy=f"train it with `{TRAIN}`")
    try:
        card = _read_card(folder / "card.json")
        return SpacyExtractor(spacy.load(folder), card)
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = f"restore the folder with git, or train it again with `{TRAIN}`"
        raise CheckpointError(f"the entity model cannot be read ({error})", where=str(folder), remedy=remedy) from error


def open_spacy(name: str | None = None) -> SpacyExtractor:
    """The installed English model ``name``, or the best of `INSTALLED`.

    Raises:
        MissingDataError: None is installed.
    """
    wanted = (name,) if name else INSTALLED
    found = next((each for each in wanted if spacy.util.is_package(each)), None)
    if found is None:
        command = f"python -m spacy download {name or INSTALLED[-1]}"
        raise MissingDataError(f"no spaCy model is installed ({', '.join(wanted)})", remedy=f"install one with `{command}`")
    nlp = spacy.load(found, exclude=UNUSED)
    return SpacyExtractor(nlp, _installed_card(nlp, found))


def _spans(doc: Doc) -> tuple[Span, ...]:
    return tuple(Span(start=ent.start_char, end=ent.end_char, label=ent.label_) for ent in doc.ents)


def _read_card(path: Path) -> ExtractorCard:
    written = json.loads(path.read_text(encoding="utf-8"))
    return ExtractorCard(name="shipped", title=written["title"], backend=f"spaCy {__version__}", licence=written["licence"],
                         training=tuple(written["training"]), install=TRAIN, scores=written["scores"])


def _installed_card(nlp: Language, name: str) -> ExtractorCard:
    sources = tuple(source["name"] for source in nlp.meta.get("sources") or ())
    return ExtractorCard(name="spacy", title=f"{name} {nlp.meta['version']}", backend=f"spaCy {__version__}",
                         licence=nlp.meta.get("license", "not stated"), training=sources, install=f"python -m spacy download {name}")
