"""FriendsQA: questions about scenes of Friends, answered with words of the scene (Yang and Choi, SIGDIAL 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check, named
from engine.zoo.knowledge import Document

_AT = "https://raw.githubusercontent.com/emorynlp/FriendsQA/9ce6c98a6acf13c87d96b6811e4409b5de43bdfe/dat/"
_FILES = {"train": "friendsqa_trn.json", "dev": "friendsqa_dev.json", "test": "friendsqa_tst.json"}
_SHA256 = {
    "dev": "3a85d3fcb175589ffd050fb4bf431da77a6e12589c8ec03f1d54060ce33ec703",
    "test": "a98f24d4b04ac9f8d9468088febf304bd90eada134537277c1a425e31c0372bc",
}


class FriendsQA:
    """SQuAD's nesting with utterances instead of a context (under the key ``utterances:``, colon and all)."""

    card = CorpusCard(
        name="friendsqa",
        title="FriendsQA",
        source="https://github.com/emorynlp/FriendsQA",
        licence="Apache 2.0",
        redistributable=True,
        version="2019 release",
        citation="Yang and Choi 2019, FriendsQA: Open-Domain Question Answering on TV Show Transcripts",
        folders=("friendsqa", "friendsqa_partial"),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "Of several answers to a question the first is taken.",
            "Stage directions stay utterances of #NOTE#; people who speak together are one speaker.",
        ),
    )
    downloads = tuple(Download(url=_AT + name, filename=name, sha256=_SHA256.get(split)) for split, name in _FILES.items())
    tasks = ("dialqa",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, _FILES[split])
        for index, scene in json_items(path, "data.item"):
            with record(path, f"/data/{index}"):
                for part in scene["paragraphs"]:
                    turns = named((", ".join(said["speakers"]), text_of(said["utterance"])) for said in part["utterances:"])
                    for question in part["qas"]:
                        yield Sample(task=task, dataset="friendsqa", id=f"{scene['title']}/{question['id']}", split=split, turns=turns,
                                     knowledge=Document(text_of(question["question"])), answer=text_of(question["answers"][0]["answer_text"]))


FRIENDSQA = FriendsQA()
