"""RNNLG: dialogue acts of four domains and sentences that people wrote for them (Wen et al., EMNLP 2015 and NAACL 2016)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_below_comments, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check, words
from engine.zoo.knowledge import Description

_AT = "https://raw.githubusercontent.com/shawnwun/RNNLG/49e8e66eadaabbaecd75b5436cb7957512631b5a/data/original/"
_FILES = {"train": "train.json", "dev": "valid.json", "test": "test.json"}


class Rnnlg:
    """Comment lines and then a JSON list per split; a record is a dialogue act, a sentence and a baseline's sentence."""

    tasks = ("nlg",)

    def __init__(self, domain: str, citation: str, sha256: Mapping[str, str]) -> None:
        self._domain = domain
        self.card = CorpusCard(
            name=f"rnnlg_{domain}",
            title=f"RNNLG {domain}",
            source="https://github.com/shawnwun/RNNLG",
            licence="Apache-2.0",
            redistributable=True,
            version="2016 release",
            citation=citation,
            folders=(f"rnnlg_{domain}", "rnnlg"),
            splits=tuple(_FILES),
            annotations=(),
            changes=(
                "The published split valid is called dev.",
                "The third string of a record, a hand-made baseline's sentence, is left out.",
                "Quotation marks around values and the question mark in front of an act are left out; an act without slots is a name alone.",
            ),
        )
        self.downloads = tuple(Download(url=f"{_AT}{domain}/{name}", filename=f"{domain}/{name}", sha256=sha256[split])
                               for split, name in _FILES.items())

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`; a file, at most 2 MB, is read whole because of its comments."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, f"{self._domain}/{_FILES[split]}")
        for index, raw in enumerate(json_below_comments(path)):
            with record(path, f"/{index}"):
                act, sentence, _ = map(text_of, raw)
                yield Sample(task="nlg", dataset=self.card.name, id=str(index), split=split, turns=(), knowledge=Description(_act(act)), answer=sentence)


def _act(text: str) -> tuple[tuple[str, str], ...]:
    """Act and slot with the value.

    >>> _act("inform_count(type='inn';count=3;near)"), _act("?reqmore()")
    ((('inform count type', 'inn'), ('inform count count', '3'), ('inform count near', '')), (('reqmore', ''),))
    """
    found = re.fullmatch(r"(\??\w+)\((.*)\)", text)
    if found is None:
        raise ValueError(f"{text!r} is no dialogue act")
    slots = (part.partition("=") for part in found[2].split(";"))
    return tuple((words(f"{found[1]} {slot}"), value.strip("'")) for slot, _, value in slots)


_WEN_2015 = "Wen et al. 2015, Semantically Conditioned LSTM-based Natural Language Generation for Spoken Dialogue Systems"
_WEN_2016 = "Wen et al. 2016, Multi-domain Neural Network Language Generation for Spoken Dialogue Systems"
RESTAURANT = Rnnlg("restaurant", _WEN_2015, {
    "train": "c59ea956404dc4512a430a06c48412a9bde72c30bd92a78e649312c9075f2fca",
    "dev": "4061af548f50fc1a5ed63c5763b021e08a1b167919fcbceccbba40e4a696801d",
    "test": "e52a84edf121d46a0cbfec66a211f24ccc3e2dd4043317639200904a206c3f9b",
})
HOTEL = Rnnlg("hotel", _WEN_2015, {
    "train": "f933b294fcd32d401602abb39d22bc6a360946672132c2b2079e95ccc2e46f9d",
    "dev": "d8ce28f0e4e7e108f349153a7d8f7f72010ce97f2c4de633fe9b5b38cab86108",
    "test": "4d0b6dc1da1efd4aabec39a45815aac5f0251c636a6a4a7a51cc2f70cec819b3",
})
LAPTOP = Rnnlg("laptop", _WEN_2016, {
    "train": "4e715edeb1a4f70c859b681f18e1798b92d82ca685d65cfaf25c467243b5f409",
    "dev": "00d4f13ce2c0661188479463355c244dcf7f9cc27ce2d99dc1029823e9ad6843",
    "test": "787237205d301f574d3642e76766f4b6a5d91851a17d0faaf0b68c52daa9944b",
})
TV = Rnnlg("tv", _WEN_2016, {
    "train": "61f102e332eaba7ffff6f084b4a8029dee41a85238f26a3361221879ba411ded",
    "dev": "f8ec70310478835e825015f3d07a569daffb3bc5f5edefa613f497804d0ce6c8",
    "test": "06cc6aeef5062c3459c68d7a866b79b2579e1f24b1be52f1bde44767cedd3b00",
})
