"""Where a corpus lies below the data root."""

from __future__ import annotations

from pathlib import Path

from engine.corpora.base import Published
from engine.corpora.toy import SAMPLES, TOY
from engine.errors import MissingDataError


def corpus_folder(corpus: Published, root: Path) -> Path:
    """The first folder of the corpus's card that exists below ``root``; the toy corpus comes with the repository.

    Raises:
        MissingDataError: There is none; says how to fetch it and where to put it.
    """
    card = corpus.card
    places = [root / name for name in card.folders] + ([SAMPLES] if card.name == TOY.card.name else [])
    found = next((place for place in places if place.is_dir()), None)
    if found is None:
        remedy = f"run `python -m engine data fetch {card.name}`, or set DIALATLAS_DATA to the folder that holds {card.folders[0]}/"
        raise MissingDataError(f"the corpus {card.name} is not on this machine", where=str(root), remedy=remedy)
    return found
