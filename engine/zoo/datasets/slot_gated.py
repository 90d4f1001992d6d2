"""SNIPS and ATIS as SlotGated-SLU publishes them: words, BIO tags and intents in three files, line by line (Goo et al., NAACL 2018)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import lines, locate, locate_optional, record
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check
from engine.zoo.datasets.spans import fill, intent, intent_set, parted, slot_set, tagged
from engine.zoo.knowledge import Description

HOME = "https://github.com/MiuLab/SlotGated-SLU"
_AT = "https://raw.githubusercontent.com/MiuLab/SlotGated-SLU/master/data"
_SPLITS = {"train": "train", "dev": "valid", "test": "test"}
_WORDS, _TAGS, _INTENTS = "seq.in", "seq.out", "label"
_CITATION = "Goo et al. 2018, Slot-Gated Modeling for Joint Slot Filling and Intent Prediction, NAACL"
_CHANGES = ("The lists of slots and intents are collected from all files.", "dev is the folder valid.")


class SlotGated:
    """``SPLIT/seq.in``, ``SPLIT/seq.out`` and ``SPLIT/label``: one utterance a line."""

    def __init__(self, card: CorpusCard, tasks: tuple[str, ...], remote: str, digests: Mapping[str, str]) -> None:
        self.card, self.tasks = card, tasks
        self.downloads = tuple(Download(url=f"{_AT}/{remote}/{name}", filename=name, sha256=digest) for name, digest in digests.items())

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        paths = [locate(folder, *_names(_SPLITS[split], name)) for name in (_WORDS, _TAGS, _INTENTS)]
        known = slot_set(_slots(folder), self.card.title) if task == "fill" else intent_set(_intents(folder), self.card.title)
        for number, (text, tags, label) in enumerate(zip_longest(*map(_stripped, paths)), start=1):
            with record(paths[0], f"line {number}"):
                if text is None or tags is None or label is None:
                    raise ValueError(f"{_WORDS}, {_TAGS} and {_INTENTS} have not the same number of lines")
                yield self._sample(split, task, number, (text, tags, label), known)

    def _sample(self, split: str, task: str, number: int, line: tuple[str, str, str], known: Description) -> Sample:
        text, tags, label = line
        spans = tagged(text.split(), tags.split())
        if task == "fill":
            return fill(self.card.name, split, str(number), text, spans, known)
        return intent(self.card.name, split, str(number), text, label, known)


def _names(split: str, name: str) -> tuple[str, str]:
    return f"{split}/{name}", f"slotgated_split/{split}/{name}"


def _stripped(path: Path) -> Iterator[str]:
    return (line.strip() for _, line in lines(path))


def _all(folder: Path, name: str) -> Iterator[tuple[Path, int, str]]:
    """Every line of a file of all splits that are there."""
    for path in filter(None, (locate_optional(folder, *_names(split, name)) for split in _SPLITS.values())):
        yield from ((path, number, line) for number, line in lines(path))


def _slots(folder: Path) -> Iterator[str]:
    for path, number, line in _all(folder, _TAGS):
        with record(path, f"line {number}"):
            yield from filter(None, (parted(tag)[1] for tag in set(line.split())))


def _intents(folder: Path) -> Iterator[str]:
    return (line for _, _, line in _all(folder, _INTENTS))


SNIPS = SlotGated(
    CorpusCard(
        name="snips", title="SNIPS", source=HOME, licence="CC0 1.0 (snipsco/nlu-benchmark); SlotGated-SLU states none", redistributable=True,
        version="2018 split, master", citation=f"Coucke et al. 2018, Snips Voice Platform; {_CITATION}", folders=("snips",),
        splits=tuple(_SPLITS), annotations=(), changes=_CHANGES),
    ("fill", "intent"), "snips",
    {"train/seq.in": "04ad1e3f2121d83c6478f9a4b17d2dbdc21d06d6127f73cb7af835ed733f9855",
     "train/seq.out": "fd5f2121d8055827e5d6b3d3bac30f3d7e94e82a5d437751960cbdd9e1b4f6d3",
     "train/label": "bfd7df6cf9dd76c5da5d8b61bc85f90386197bdd3d7510c1d324c051537b962f",
     "valid/seq.in": "64e0f6d8ad8aab3a3828164d7d53731a0993d3ca1aed437ceaca6d3d568d410e",
     "valid/seq.out": "712e6d34feb8d52d208b820a5f8bae6e6ff990f08374507dfde22de389088319",
     "valid/label": "9c1dd041216f647bcfca838aaf1a48eb5781e4404256d31ff07cd38a5436c52f",
     "test/seq.in": "c1e341173fcea2951a8ca371956a6f81c76de87b9583c62eb87edd6158fa3a7c",
     "test/seq.out": "58c07c9097d5e1f78889765c2a535a160f6455b90b3142055c8051847afcca47",
     "test/label": "37a26da3ad079bb41c42c85a3a8f827eb47efec4c5917ce5d08f4b2736e4f830"})
ATIS = SlotGated(
    CorpusCard(
        name="atis", title="ATIS", source=HOME, licence="none stated", redistributable=False, version="2018 split, master",
        citation=f"Hemphill et al. 1990, The ATIS Spoken Language Systems Pilot Corpus; {_CITATION}", folders=("atis",),
        splits=tuple(_SPLITS), annotations=(), changes=_CHANGES),
    ("fill",), "atis",
    {"train/seq.in": "3a670980841b21ab39088b2595efc17d487cdc45769c075a3e5f9458bba28c7f",
     "train/seq.out": "14c7131bd66562f797dbd7189bc7358f0cf354c6afb0785a9ab973c35b58f34c",
     "train/label": "d0a771547665eecbdf9f96ea015ef07d1f6ee9f063e861020dafabb3c2a04377",
     "valid/seq.in": "c7435b96e7948393608c34819628e863c5338f11ca68e8f896d2cc041d8e17f8",
     "valid/seq.out": "83ccff3e36f83a993f8e5b5b82adf3256076f234abda4d784051381d7ac76922",
     "valid/label": "06957cfe6fdffac84f8280bc3a1f8ca85c85631b363817aa4543aac611f8addf",
     "test/seq.in": "4b2119fc59c37f9398c6605db435d4f467505009e6ee3e5af04fed09f39dc397",
     "test/seq.out": "a4690d6bceadc06876d1ff99bc401744aa981cb321e598ae12a3859d7be53254",
     "test/label": "ce4bfe6590d9498e1078f30b4137d3e8b3e94277b444b26360c0bf2e9e282761"})
