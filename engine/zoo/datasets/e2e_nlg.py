"""The E2E NLG challenge: restaurants as attributes and as sentences (Novikova et al., SIGDIAL 2017)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import lines, locate, locate_optional, record
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check, words
from engine.zoo.knowledge import Description

_AT = "https://raw.githubusercontent.com/tuetschek/e2e-dataset/master/"
_FILES = {"train": "trainset.csv", "dev": "devset.csv", "test": "testset_w_refs.csv"}
_SHA256 = {
    "dev": "fc26b78cdb849c80545f513b223d1e051138b43882eeb79e3eb153e689c864f9",
    "test": "edc8db685e39bb9824d5bd70c18b1c9b0412d14b527aa960e2d1c8251ee15ccd",
}
_ALIGNED = ("e2e_aligned/src_train.txt", "e2e_aligned/train.txt")
"""Attributes and sentences of train, line by line, as Wiseman et al. (2018) publish them."""
_RENAMED = {"customerrating": "customer rating"}
Row = tuple[int, tuple[tuple[str, str], ...], str]
"""Line, attributes, sentence."""


class E2eNlg:
    """A table with ``mr`` and ``ref`` per split; ``mr`` is ``name[Old Quay], area[riverside]``."""

    card = CorpusCard(
        name="e2e_nlg",
        title="E2E NLG",
        source="https://github.com/tuetschek/e2e-dataset",
        licence="CC BY-SA 4.0",
        redistributable=True,
        version="2017 release",
        citation="Novikova et al. 2017, The E2E Dataset: New Challenges For End-to-End Generation",
        folders=("e2e_nlg",),
        splits=tuple(_FILES),
        annotations=(),
        changes=(
            "Every reference sentence is a sample; sentences about the same attributes belong together.",
            "Attributes are written as acts in words, e.g. eatType[pub] as inform eat type.",
            "Where trainset.csv is absent, train is read from the aligned files of Wiseman et al. 2018, whose words are tokenised.",
        ),
    )
    downloads = tuple(Download(url=_AT + name, filename=name, sha256=_SHA256.get(split)) for split, name in _FILES.items())
    tasks = ("nlg",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        aligned = split == "train" and locate_optional(folder, _FILES[split]) is None and locate_optional(folder, _ALIGNED[0]) is not None
        rows = _aligned(*(locate(folder, name) for name in _ALIGNED)) if aligned else _table(locate(folder, _FILES[split]))
        for number, attributes, sentence in rows:
            knowledge = Description(tuple((f"inform {name}", value) for name, value in attributes))
            group = sha256(repr(attributes).encode()).hexdigest()[:12]
            yield Sample(task="nlg", dataset="e2e_nlg", id=f"{group}/{number}", split=split, turns=(), knowledge=knowledge, answer=sentence)


def _table(path: Path) -> Iterator[Row]:
    for number, line in lines(path):
        with record(path, f"line {number}"):
            meaning, sentence = _cells(line)
            if number > 1:
                yield number, _attributes(r"(\w[\w ]*)\[([^\]]*)\](?:, |$)", meaning), sentence
            elif (meaning, sentence) != ("mr", "ref"):
                raise ValueError("the columns are not mr and ref")


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from None


def _aligned(meanings: Path, sentences: Path) -> Iterator[Row]:
    """Lines ``__start_name__ Old Quay __end_name__ ...`` and ``sentence <eos>|||alignment``."""
    for (number, meaning), (_, line) in zip_longest(lines(meanings), lines(sentences), fillvalue=(0, "")):
        with record(sentences, f"line {number}"):
            sentence, mark, _ = line.partition(" <eos>|||")
            if not mark:
                raise ValueError("no <eos> behind the sentence")
            yield number, _attributes(r"__start_(\w+?)__ (.*?) __end_\1__(?: |$)", meaning.strip()), sentence


def _attributes(pattern: str, meaning: str) -> tuple[tuple[str, str], ...]:
    """Names in words, and values; nothing may stand between them."""
    found = list(re.finditer(pattern, meaning))
    if not found or "".join(match[0] for match in found) != meaning:
        raise ValueError(f"{meaning!r} is no list of attributes")
    return tuple((_RENAMED.get(match[1], words(match[1])), match[2]) for match in found)


E2E_NLG = E2eNlg()
