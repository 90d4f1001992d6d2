"""QuAC (Choi et al., EMNLP 2018) and DoQA (Campos et al., ACL 2020): conversations in which only one side sees the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.interview import UNKNOWN, interview
from engine.zoo.datasets.shape import check

NO_ANSWER = "CANNOTANSWER"
_CHANGES = (
    "The text is the title (and the section's title, where there is one) and the context without the mark CANNOTANSWER at its end.",
    "The answer is the one of the conversation; further annotators' answers are left out.",
    "CANNOTANSWER is written as unknown.",
)


class Quac:
    """SQuAD's nesting with one conversation per paragraph; several files may make one split."""

    tasks = ("docqa",)

    def __init__(self, card: CorpusCard, downloads: tuple[Download, ...], files: Mapping[str, Sequence[str]]) -> None:
        self.card, self.downloads, self._files = card, downloads, files

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        for path in [locate(folder, name) for name in self._files[split]]:
            for index, raw in json_items(path, "data.item"):
                with record(path, f"/data/{index}"):
                    for talk in raw["paragraphs"]:
                        yield from interview(self.card.name, split, _group(talk), _text(raw, talk), map(_pair, talk["qas"]))


def _group(talk: Mapping[str, Any]) -> str:
    """A question's id is the conversation's, ``_q#`` and a number."""
    return text_of(talk["qas"][0]["id"]).partition("_q#")[0]


def _text(article: Mapping[str, Any], talk: Mapping[str, Any]) -> str:
    titles = [text_of(article["title"]), text_of(article.get("section_title", ""))]
    return f"{', '.join(filter(str.strip, titles))}: {text_of(talk['context']).rstrip().removesuffix(NO_ANSWER).rstrip()}"


def _pair(asked: Mapping[str, Any]) -> tuple[str, str]:
    answer = text_of(asked["orig_answer"]["text"])
    return text_of(asked["question"]), UNKNOWN if answer.strip() == NO_ANSWER else answer


_QUAC = {"train": "train_v0.2.json", "dev": "val_v0.2.json"}
QUAC = Quac(
    CorpusCard(
        name="quac",
        title="QuAC",
        source="https://quac.ai",
        licence="CC BY-SA 4.0",
        redistributable=True,
        version="0.2",
        citation="Choi et al. 2018, QuAC: Question Answering in Context",
        folders=("quac",),
        splits=("train", "dev"),
        annotations=(),
        changes=("The test set is not published.", "The article's background and the dialogue acts are left out.", *_CHANGES),
    ),
    tuple(Download(url=f"https://s3.amazonaws.com/my89public/quac/{name}", filename=name) for name in _QUAC.values()),
    {split: (name,) for split, name in _QUAC.items()},
)
_DOQA = {"train": ("cooking-train",), "dev": ("cooking-dev",), "test": ("cooking-test", "movies-test", "travel-test")}
DOQA = Quac(
    CorpusCard(
        name="doqa",
        title="DoQA",
        source="http://ixa.eus/node/12931",
        licence="CC BY-SA 4.0",
        redistributable=True,
        version="2.1",
        citation="Campos et al. 2020, DoQA: Accessing Domain-Specific FAQs via Conversational QA",
        folders=("doqa",),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "The test split holds cooking, movies and travel, in this order; train and dev are cooking alone.",
            "The post's background, the dialogue acts and the retrieval scenario are left out.",
            *_CHANGES,
        ),
    ),
    (Download(url="https://ixa2.si.ehu.es/convai/doqa-v2.1.zip", filename="doqa-v2.1.zip"),),
    {split: tuple(f"doqa-v2.1/doqa_dataset/doqa-{part}-v2.1.json" for part in parts) for split, parts in _DOQA.items()},
)
