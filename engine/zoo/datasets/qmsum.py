"""QMSum: meetings at a company, at universities and of committees, with summaries (Zhong et al., NAACL 2021)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_line, lines, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check, named

_AT = "https://raw.githubusercontent.com/Yale-LILY/QMSum/main/data/ALL/jsonl/"
_FILES = {"train": "train.jsonl", "dev": "val.jsonl", "test": "test.jsonl"}


class QmSum:
    """JSON lines per split; a meeting has its transcript and questions, general and specific, each with a summary that answers it."""

    card = CorpusCard(
        name="qmsum",
        title="QMSum",
        source="https://github.com/Yale-LILY/QMSum",
        licence="none stated; for research purposes only (README)",
        redistributable=False,
        version="2021 release",
        citation="Zhong et al. 2021, QMSum: A New Benchmark for Query-based Multi-domain Meeting Summarization",
        folders=("qmsum",),
        splits=tuple(_FILES),
        annotations=(),
        changes=(
            "The published split val is called dev.",
            "Of the general questions, only those that ask to summarize the meeting give a sample; its answer is the summary.",
            "Specific questions, topics and relevant spans are left out.",
            "A meeting has no name in the file; its line stands for it.",
            "The one who speaks first is the user, everybody else the system; names stay in the text, and so do marks such as {vocalsound}.",
        ),
    )
    downloads = tuple(Download(url=_AT + name, filename=name) for name in _FILES.values())
    tasks = ("sum",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, _FILES[split])
        for number, line in lines(path):
            raw = json_line(line, path, number)
            with record(path, f"line {number}"):
                yield from _samples(raw, number, split)


def _samples(raw: Mapping[str, Any], number: int, split: str) -> Iterator[Sample]:
    turns = named((text_of(entry["speaker"]), text_of(entry["content"])) for entry in raw["meeting_transcripts"])
    for place, asked in enumerate(raw["general_query_list"]):
        if "summar" in text_of(asked["query"]).lower():
            yield Sample(task="sum", dataset="qmsum", id=f"{number}/{place}", split=split, turns=turns, answer=text_of(asked["answer"]))


QMSUM = QmSum()
