"""SAMSum: messenger-like chats with summaries (Gliwa et al., NewSum 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check, script

# The authors' archive is 7z, which `data fetch` does not unpack; this place holds its three files as they are.
_AT = "https://huggingface.co/datasets/neil-code/samsum-test/resolve/main/data/corpus/"
_FILES = {"train": ("train.json",), "dev": ("val.json", "valid.json"), "test": ("test.json",)}
"""The published name first; PLM_annotator's tokenised copy calls dev valid.json."""


class Samsum:
    """A JSON list per split with ``id``, ``dialogue`` and ``summary``; in a tokenised copy, a record is summary and dialogue."""

    card = CorpusCard(
        name="samsum",
        title="SAMSum",
        source="https://arxiv.org/abs/1911.12237",
        licence="CC BY-NC-ND 4.0",
        redistributable=False,
        version="2019 release",
        citation="Gliwa et al. 2019, SAMSum Corpus: A Human-annotated Dialogue Dataset for Abstractive Summarization",
        folders=("samsum", "samsum_partial"),
        splits=tuple(_FILES),
        annotations=(),
        changes=(
            "The published split val is called dev.",
            "Speakers' names stand in front of their words; a line without a name goes on with the utterance before it.",
            "A dialogue without words is left out.",
            "In the tokenised copy by xcfcode/PLM_annotator, dev and test alone, words are tokenised and the place in the file stands for the id.",
        ),
    )
    downloads = tuple(Download(url=_AT + names[0], filename=names[0]) for names in _FILES.values())
    tasks = ("sum",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, *_FILES[split])
        for index, raw in json_items(path):
            with record(path, f"/{index}"):
                name, dialogue, summary = _fields(index, raw)
                if dialogue.strip():
                    yield Sample(task="sum", dataset="samsum", id=name, split=split, turns=script(dialogue), answer=summary)


def _fields(index: int, raw: Mapping[str, Any] | list[Any]) -> tuple[str, str, str]:
    if isinstance(raw, Mapping):
        return text_of(raw["id"]), text_of(raw["dialogue"]), text_of(raw["summary"])
    summary, dialogue = map(text_of, raw)
    return str(index), dialogue, summary


SAMSUM = Samsum()
