"""DialogRE version 2: how people and things in scenes of Friends are related (Yu et al., ACL 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check, words
from engine.zoo.datasets.signed import signed
from engine.zoo.knowledge import Document

_AT = "https://raw.githubusercontent.com/nlpdata/dialogre/b23e6cd7d811a68cf0aafa40e299143b857964e2/data_v2/en/data/"
_SHA256 = {
    "train": "94b5799642107f9afecc5c46655d6d9612f41969893deff291b15a66298c08a0",
    "dev": "3e0036a1853f33dd8fab1f008ff3c3b351f0b53e9084a6f6bce7b4c95d0f0472",
    "test": "180e766323d2b5ae4763c77b2db280eeb49c909ab48c7393fbc309b7890061af",
}


class DialogRE:
    """A list of dialogues, each a list of lines and a list of argument pairs with their relations."""

    card = CorpusCard(
        name="dialogre",
        title="DialogRE (English)",
        source="https://github.com/nlpdata/dialogre",
        licence="non-commercial research purpose only",
        redistributable=False,
        version="2 (annotation errors of version 1 mended)",
        citation="Yu et al. 2020, Dialogue-Based Relation Extraction",
        folders=("dialogre",),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "A pair of arguments is a question; its relations are the answer, without the kind in front (per, org, gpe), several joined with and.",
            "A pair without a relation keeps the published word: unanswerable.",
            "Types of arguments and trigger words are left out.",
        ),
    )
    downloads = tuple(Download(url=f"{_AT}{split}.json", filename=f"v2_en/{split}.json", sha256=digest) for split, digest in _SHA256.items())
    tasks = ("dialqa",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, f"v2_en/{split}.json")
        for index, raw in json_items(path):
            with record(path, f"/{index}"):
                lines, pairs = raw
                turns = signed(map(text_of, lines))
                for number, pair in enumerate(pairs):
                    question = Document(f"How is {text_of(pair['x'])} related to {text_of(pair['y'])}?")
                    yield Sample(task=task, dataset="dialogre", id=f"{index}/{number}", split=split, turns=turns, knowledge=question,
                                 answer=" and ".join(map(_relation, pair["r"])))


def _relation(label: str) -> str:
    """Kinds in front tell nothing that the rest does not: no two labels differ in them alone."""
    return words(label.rpartition(":")[2])


DIALOGRE = DialogRE()
