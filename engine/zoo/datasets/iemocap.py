"""IEMOCAP: ten actors in five sessions, two at a time, acting scenes and speaking freely (Busso et al., 2008)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import lines, locate, locate_all, one_of, record
from engine.zoo.base import Sample
from engine.zoo.datasets.choices import felt
from engine.zoo.datasets.shape import check, label_set

_SESSIONS = {"train": (1, 2, 3, 4), "test": (5,)}
UNTOLD = "xxx"
"""The emotion of a turn on which the raters did not agree."""
_CODES = {"ang": "anger", "hap": "happiness", "sad": "sadness", "neu": "neutral", "fru": "frustration", "exc": "excited", "fea": "fear",
          "sur": "surprise", "dis": "disgust", "oth": "other"}
_EMOTIONS = label_set(_CODES.values(), f"the {len(_CODES)} emotions of IEMOCAP")
_SAID = re.compile(r"(Ses\w+) \[[^\]]*\]:(.*)")


class Iemocap:
    """``SessionN/dialog/EmoEvaluation/DIALOGUE.txt`` holds a line ``[times] TAB turn TAB emotion TAB [values]`` per turn, with its raters' below;
    ``SessionN/dialog/transcriptions/DIALOGUE.txt`` holds ``turn [times]: words``."""

    card = CorpusCard(
        name="iemocap",
        title="IEMOCAP",
        source="https://sail.usc.edu/iemocap/",
        licence="research licence of the University of Southern California, on request",
        redistributable=False,
        version="full release",
        citation="Busso et al. 2008, IEMOCAP: Interactive emotional dyadic motion capture database",
        folders=("iemocap",),
        splits=("train", "test"),
        annotations=(),
        changes=("No split is published: sessions 1 to 4 are train and session 5, other actors, is test, as is usual.",
                 "The emotion is the majority of the raters; where they had none (xxx) the answer stays empty.",
                 "Turns that are transcribed but not rated are not used; sound, video and motion are not read."),
    )
    downloads: tuple[Download, ...] = ()
    tasks = ("emo",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        for session in _SESSIONS[split]:
            below = f"Session{session}/dialog/EmoEvaluation/Ses*.txt"
            for path in locate_all(folder, below, f"IEMOCAP_full_release/{below}"):
                yield from _dialogue(path, split)


def _dialogue(path: Path, split: str) -> Iterator[Sample]:
    dialogue = path.name.partition(".")[0]
    said = _transcript(locate(path.parent.parent / "transcriptions", f"{dialogue}.txt"))
    for number, line in lines(path):
        if line.startswith("["):
            with record(path, f"line {number}"):
                _, turn, code, *_ = line.split("\t")
                emotion = "" if code == UNTOLD else one_of(_CODES, code)
                if turn not in said:
                    raise ValueError(f"turn {turn} is not transcribed")
                yield felt("iemocap", split, f"{dialogue}/{turn}", said[turn], emotion, _EMOTIONS)


def _transcript(path: Path) -> Mapping[str, str]:
    return {found[1]: found[2].strip() for _, line in lines(path) if (found := _SAID.match(line))}


IEMOCAP = Iemocap()
