"""Molweni: questions about chats of many people on Ubuntu (Li et al., COLING 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check, named
from engine.zoo.datasets.squad import span_answer
from engine.zoo.knowledge import Document

_AT = "https://raw.githubusercontent.com/HIT-SCIR/Molweni/2eb681d7e610ee3fda4ab3b4cc364554bd17ee67/MRC%28withDiscourse%29/"
_SHA256 = {"test": "ffed7ab48c2d3edd9f8ac4274bd609e66d39ab101c9e450cfb43064dc915d9b3"}


class Molweni:
    """The reading comprehension part: utterances with speakers, and questions in SQuAD's form."""

    card = CorpusCard(
        name="molweni",
        title="Molweni (reading comprehension)",
        source="https://github.com/HIT-SCIR/Molweni",
        licence="Apache 2.0",
        redistributable=True,
        version="MRC(withDiscourse)",
        citation="Li et al. 2020, Molweni: A Challenge Multiparty Dialogues-based Machine Reading Comprehension Dataset with Discourse Structure",
        folders=("molweni", "molweni_partial"),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "The discourse part, and the discourse relations of this part, are left out.",
            "Utterances are taken as they were typed, not from the context in lower case.",
            "The answer to a question that is marked as impossible is the word unknown; plausible answers are left out.",
        ),
    )
    downloads = tuple(Download(url=f"{_AT}{split}.json", filename=f"MRC_withDiscourse/{split}.json", sha256=_SHA256.get(split)) for split in card.splits)
    tasks = ("dialqa",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, f"MRC_withDiscourse/{split}.json")
        for index, raw in json_items(path, "data.dialogues.item"):
            with record(path, f"/data/dialogues/{index}"):
                turns = named((text_of(said["speaker"]), text_of(said["text"])) for said in raw["edus"])
                for question in raw["qas"]:
                    yield Sample(task=task, dataset="molweni", id=f"{index}/{question['id']}", split=split, turns=turns,
                                 knowledge=Document(text_of(question["question"])), answer=span_answer(question))


MOLWENI = Molweni()
