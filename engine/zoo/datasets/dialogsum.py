"""DialogSum: everyday dialogues with summaries (Chen et al., Findings of ACL 2021)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import REFETCH, json_line, lines, locate, record, text_of
from engine.errors import InputError
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check, script

_AT = "https://raw.githubusercontent.com/cylnlp/dialogsum/main/DialogSum_Data/"
_SHA256 = {
    "dev": "436721e0a3571eef7072964f80e042fb151d8c6178db1a688ce8f803bbf0a13f",
    "test": "6de36eca7e7b9b10975fd5ea3f47391df172d8b3c15d03d84d763cbaab015fda",
}
_SPLITS = ("train", "dev", "test")
_ANSWERS = ("summary", "summary1", "summary2", "summary3")


class DialogSum:
    """JSON lines per split: a dialogue as one text, and one summary or, in test, three."""

    card = CorpusCard(
        name="dialogsum",
        title="DialogSum",
        source="https://github.com/cylnlp/dialogsum",
        licence="CC BY-NC-SA 4.0",
        redistributable=False,
        version="2021 release",
        citation="Chen et al. 2021, DialogSum: A Real-Life Scenario Dialogue Summarization Dataset",
        folders=("dialogsum",),
        splits=_SPLITS,
        annotations=(),
        changes=(
            "Each of a test dialogue's three summaries is a sample; they belong together.",
            "Speakers stand in front of their words as published, e.g. #Person1#.",
            "The hidden test, which has no summaries, and all topics are left out.",
            "The first release of train, whose lines are Python's and not JSON's, is read too.",
        ),
    )
    downloads = tuple(Download(url=f"{_AT}dialogsum.{split}.jsonl", filename=f"dialogsum.{split}.jsonl", sha256=_SHA256.get(split)) for split in _SPLITS)
    tasks = ("sum",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, f"dialogsum.{split}.jsonl")
        for number, line in lines(path):
            raw = _python_line(line, path, number) if line.startswith("{'") else json_line(line, path, number)
            with record(path, f"line {number}"):
                yield from _samples(raw, split)


def _samples(raw: Mapping[str, Any], split: str) -> Iterator[Sample]:
    turns, summaries = script(text_of(raw["dialogue"])), [text_of(raw[key]) for key in _ANSWERS if key in raw]
    if not summaries:
        raise KeyError(_ANSWERS[0])
    for place, summary in enumerate(summaries, start=1):
        yield Sample(task="sum", dataset="dialogsum", id=f"{raw['fname']}/{place}", split=split, turns=turns, answer=summary)


def _python_line(line: str, path: Path, number: int) -> Any:
    try:
        return ast.literal_eval(line)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise InputError("neither JSON nor a Python dictionary of texts", where=f"{path}, line {number}", remedy=REFETCH) from None


DIALOGSUM = DialogSum()
