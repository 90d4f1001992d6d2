"""The toy corpus: short dialogues that we wrote ourselves, with every annotation, in ``SPLIT.json``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard
from engine.corpora.files import check_split, json_items, locate, record
from engine.dialogue.model import Act, Dialogue, Span, Speaker, Turn
from engine.paths import REPOSITORY

SAMPLES = REPOSITORY / "samples" / "toy"


class Toy:
    """Six domains, 20 + 5 + 5 dialogues; read from the repository where the corpus folder is absent."""

    card = CorpusCard(
        name="toy", title="Toy dialogues", source="samples/toy in this repository", licence="as this repository", redistributable=True,
        version="1", citation="none: written for this repository", folders=("toy",), splits=("train", "dev", "test"),
        annotations=("intent", "acts", "state", "spans"), pretraining_splits=("train",))
    downloads = ()

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Stream one split (errors as `Corpus.read`)."""
        check_split(split, self.card.splits, self.card.name)
        return _read(locate(folder if folder.is_dir() else SAMPLES, f"{split}.json"), split)


def _read(path: Path, split: str) -> Iterator[Dialogue]:
    for index, raw in json_items(path):
        with record(path, f"/{index}"):
            turns = tuple(map(_turn, raw["turns"]))
            yield Dialogue(corpus="toy", id=raw["id"], split=split, turns=turns, domains=frozenset(raw["domains"]))


def _turn(raw: Mapping[str, Any]) -> Turn:
    """``{"user" or "system": text, "acts": [[name, domain, slot, value]], "spans": [[start, end, slot]], "intent", "state"}``."""
    speaker: Speaker = "user" if "user" in raw else "system"
    acts = tuple(Act(name=name, domain=domain, slot=slot, value=value) for name, domain, slot, value in raw["acts"])
    spans = tuple(Span(start=start, end=end, label=slot) for start, end, slot in raw["spans"])
    return Turn(speaker=speaker, text=raw[speaker], intent=raw.get("intent"), acts=acts, state=raw.get("state"), spans=spans)


TOY = Toy()
