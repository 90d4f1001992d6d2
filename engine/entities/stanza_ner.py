"""Stanza behind the extractor contract: its own English model, or a tagger file that we trained.

A tagger that we trained runs without anything downloaded: spaCy's rules cut the tokens (stanza's ``tokenize`` variant), the
tagger's file is named outright, and the folder that stanza wants holds nothing but a ``resources.json`` that says "English".
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

import stanza
from stanza.models.common.doc import Document
from stanza.pipeline.core import DownloadMethod
from stanza.resources.common import DEFAULT_MODEL_DIR

from engine.dialogue.model import Span
from engine.entities.base import ExtractorCard
from engine.errors import CheckpointError, MissingDataError

BACKEND = f"stanza {stanza.__version__}"
DOWNLOAD = "python -c \"import stanza; stanza.download('en', processors='tokenize,ner')\""
TRAIN = "python -m engine entities train --backend stanza"


class StanzaExtractor:
    """One stanza pipeline, used by one thread at a time."""

    def __init__(self, pipeline: stanza.Pipeline, card: ExtractorCard) -> None:
        self.card = card
        self._pipeline, self._lock = pipeline, Lock()

    def entities(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        """The entities of each text; blank texts never reach stanza, which cannot batch them."""
        asked = [index for index, text in enumerate(texts) if text.strip()]
        found: list[tuple[Span, ...]] = [()] * len(texts)
        if asked:
            with self._lock:
                documents = self._pipeline.bulk_process([texts[index] for index in asked])
            for index, document in zip(asked, documents, strict=True):
                found[index] = _spans(document)
        return found


def open_stanza(folder: Path | None = None) -> StanzaExtractor:
    """Stanza's English model in ``folder`` (default: ``STANZA_RESOURCES_DIR``, else stanza's own folder).

    Raises:
        MissingDataError: The model is not there; nothing is downloaded unasked.
    """
    folder = folder or Path(DEFAULT_MODEL_DIR)
    try:
        pipeline = stanza.Pipeline("en", dir=str(folder), processors="tokenize,ner", download_method=DownloadMethod.NONE, verbose=False)
    except (FileNotFoundError, ValueError) as error:  # no folder, no English in it, or one of the two models absent
        remedy = f"install it with `{DOWNLOAD}`"
        raise MissingDataError("stanza's English model is not installed", where=str(folder), remedy=remedy) from error
    card = ExtractorCard(name="stanza", title="Stanza English (default package)", backend=BACKEND, licence="Apache-2.0",
                         training=("as stanza's model page says",), install=DOWNLOAD)
    return StanzaExtractor(pipeline, card)


def open_stanza_local(path: Path) -> StanzaExtractor:
    """A tagger file that `engine.entities.training.train_stanza` wrote; stanza reads it with ``weights_only=True``.

    Raises:
        MissingDataError: The file is not there.
        CheckpointError: The file is not a stanza tagger, or holds more than weights and plain values.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingDataError("the stanza model file is not there", where=str(path), remedy=f"train one with `{TRAIN}`")
    try:
        pipeline = _local_pipeline(path)
    except (pickle.UnpicklingError, EOFError, RuntimeError, KeyError, TypeError) as error:
        raise CheckpointError("not a stanza tagger that is safe to read", where=str(path), remedy=f"train one with `{TRAIN}`") from error
    card = ExtractorCard(name="stanza_local", title=f"Stanza tagger {path.name}", backend=BACKEND, licence="that of its training data",
                         training=("slot spans of dialogue corpora",), install=TRAIN)
    return StanzaExtractor(pipeline, card)


def _local_pipeline(path: Path) -> stanza.Pipeline:
    with TemporaryDirectory() as folder:
        resources = json.dumps({"en": {"lang_name": "English", "packages": {}, "tokenize": {}}})
        (Path(folder) / "resources.json").write_text(resources, encoding="utf-8")
        return stanza.Pipeline("en", dir=folder, package=None, processors={"tokenize": "spacy", "ner": "local"}, tokenize_no_ssplit=True,
                               ner_model_path=str(path), ner_dependencies=[{}], download_method=DownloadMethod.NONE, verbose=False)


def _spans(document: Document) -> tuple[Span, ...]:
    return tuple(Span(start=ent.start_char, end=ent.end_char, label=ent.type) for ent in document.ents)
