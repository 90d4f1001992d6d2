"""MIT Movie and MIT Restaurant: spoken queries as a BIO tag and a word a line, sentences apart by blank lines (Liu et al. 2013)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import REFETCH, lines, locate, locate_optional, record
from engine.errors import InputError
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check
from engine.zoo.datasets.spans import fill, parted, slot_set, tagged

HOME = "https://groups.csail.mit.edu/sls/downloads/"
Sentence = list[tuple[str, str]]
"""Tag and word."""


class Bio:
    """``PARTtrain.bio`` and ``PARTtest.bio`` of one or several parts with slots of their own."""

    tasks = ("fill",)

    def __init__(self, card: CorpusCard, remote: str, parts: Mapping[str, str]) -> None:
        self.card, self._parts = card, parts
        self.downloads = tuple(Download(url=f"{HOME}{remote}/{name}", filename=name)
                               for part in parts for name in (f"{part}train.bio", f"{part}test.bio"))

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        for part, path in [(part, locate(folder, f"{part}{split}.bio")) for part in self._parts]:
            slots = slot_set(self._slots(folder, part), self._parts[part])
            for line, sentence in _sentences(path):
                with record(path, f"line {line}"):
                    tags, said = zip(*sentence, strict=True)
                    yield fill(self.card.name, split, f"{part}-{line}", " ".join(said), tagged(said, tags), slots)

    def _slots(self, folder: Path, part: str) -> Iterator[str]:
        for path in filter(None, (locate_optional(folder, f"{part}{split}.bio") for split in self.card.splits)):
            for line, sentence in _sentences(path):
                with record(path, f"line {line}"):
                    yield from filter(None, (parted(tag)[1] for tag, _ in sentence))


def _sentences(path: Path) -> Iterator[tuple[int, Sentence]]:
    """Each sentence and the line it begins in; no `record` here, there are 300,000 lines."""
    sentence: Sentence = []
    number = 0
    for number, line in lines(path):
        if line.strip():
            tag, tab, word = line.partition("\t")
            if not tab or not word.strip():
                raise InputError("a line is a tag, a tab and a word", where=f"{path}, line {number}", remedy=REFETCH)
            sentence.append((tag, word))
        elif sentence:
            yield number - len(sentence), sentence
            sentence = []
    if sentence:
        yield number + 1 - len(sentence), sentence


_CHANGES = ("The list of slots is collected from all files.", "There is no published dev split.")
MIT_MOVIE = Bio(
    CorpusCard(
        name="mit_movie", title="MIT Movie", source=f"{HOME}movie/", licence="none stated (BSD in DialogStudio's list)", redistributable=False,
        version="eng and trivia10k13", folders=("mit_movie",), splits=("train", "test"), annotations=(),
        citation="Liu et al. 2013, Query Understanding Enhanced by Hierarchical Parsing Structures, ASRU",
        changes=("The simple queries (eng) come first, then the long ones (trivia10k13); each part has its own list of slots.", *_CHANGES)),
    "movie", {"eng": "MIT Movie", "trivia10k13": "MIT Movie trivia"})
MIT_RESTAURANT = Bio(
    CorpusCard(
        name="mit_restaurant", title="MIT Restaurant", source=f"{HOME}restaurant/", licence="none stated", redistributable=False,
        version="2013 release", folders=("mit_restaurant",), splits=("train", "test"), annotations=(), changes=_CHANGES,
        citation="Liu et al. 2013, Asgard: A Portable Architecture for Multilingual Dialogue Systems, ICASSP"),
    "restaurant", {"restaurant": "MIT Restaurant"})
