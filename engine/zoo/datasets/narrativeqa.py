"""NarrativeQA: questions about books and film scripts, here with their summaries (Kočiský et al., TACL 2018)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import asked, check
from engine.zoo.datasets.tables import table
from engine.zoo.knowledge import Document

_AT = "https://raw.githubusercontent.com/google-deepmind/narrativeqa/f74c266a00d4b6f2306f34a5f7b1cc14f92bdb3e/"
_QUESTIONS, _SUMMARIES = "qaps.csv", "third_party/wikipedia/summaries.csv"
_SETS = {"train": "train", "dev": "valid", "test": "test"}


class NarrativeQA:
    """One table of questions and one of summaries for all splits."""

    card = CorpusCard(
        name="narrativeqa",
        title="NarrativeQA (summaries)",
        source="https://github.com/google-deepmind/narrativeqa",
        licence="Apache 2.0; summaries from Wikipedia, CC BY-SA",
        redistributable=True,
        version="2018 release",
        citation="Kočiský et al. 2018, The NarrativeQA Reading Comprehension Challenge",
        folders=("narrativeqa",),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "The text is the summary, not the whole story: the paper's easier setting; the list of stories (documents.csv) is not needed.",
            "Of the two answers the first is taken.",
        ),
    )
    downloads = tuple(Download(url=_AT + name, filename=name) for name in (_QUESTIONS, _SUMMARIES))
    tasks = ("docqa",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path, seen = locate(folder, _QUESTIONS), Counter[str]()
        summaries = _summaries(locate(folder, _SUMMARIES), _SETS[split])
        for number, row in table(path):
            with record(path, f"line {number}"):
                if row["set"] == _SETS[split]:
                    story = row["document_id"]
                    seen[story] += 1
                    yield Sample(task=task, dataset="narrativeqa", id=f"{story}/{seen[story]}", split=split, turns=asked(text_of(row["question"])),
                                 knowledge=Document(summaries[story]), answer=text_of(row["answer1"]))


def _summaries(path: Path, wanted: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, row in table(path):
        with record(path, f"line {number}"):
            if row["set"] == wanted:
                found[row["document_id"]] = text_of(row["summary"])
    return found


NARRATIVEQA = NarrativeQA()
