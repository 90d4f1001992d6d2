"""RECCON-DD: which words of a dialogue of DailyDialog caused an emotion (Poria et al., Cognitive Computation 2021)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_members, locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.interview import UNKNOWN
from engine.zoo.datasets.shape import check, named
from engine.zoo.knowledge import Document

_AT = "https://raw.githubusercontent.com/declare-lab/RECCON/579ea8a726f6705f7a3a02f7535b8f5595ec35aa/data/original_annotation/"
_FILES = {"train": "dailydialog_train.json", "dev": "dailydialog_valid.json", "test": "dailydialog_test.json"}
_SHA256 = {
    "train": "b05bdc8363a57ecb6f8e7ab5f9e0eba227f0fe24cb9eb70d9e78f96e4a45457a",
    "dev": "e2fdbec102c2463ee86ccc2088d50fdcfe2eba5c6129bf6071476908bf453b1e",
    "test": "0356f0bd2eb8097ff983ff23d9cab5dced525406f3e633d4b24f925f4507c800",
}
_PLACES, _SPANS = "expanded emotion cause evidence", "expanded emotion cause span"
_BACKGROUND = "b"
"""Evidence for a cause that nobody says."""


class Reccon:
    """Dialogue id to a list with one list of utterances; those with an emotion name the places and words of its causes.

    Ids begin with the split of DailyDialog that a dialogue comes from, and the splits differ: 121 of the 225 test dialogues are in its training set.
    """

    card = CorpusCard(
        name="reccon",
        title="RECCON-DD",
        source="https://github.com/declare-lab/RECCON",
        licence="none stated; dialogues from DailyDialog (CC BY-NC-SA 4.0)",
        redistributable=False,
        version="original annotation of the DailyDialog part",
        citation="Poria et al. 2021, Recognizing Emotion Cause in Conversations",
        folders=("reccon",),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "A question is asked of every utterance with a cause; the dialogue ends with that utterance, or with a later one that holds a cause.",
            "Words of several causes are joined with a semicolon, repeated ones once.",
            "A cause that nobody says is left out, or written as unknown where it is the only one.",
            "Kinds of causes and explanations are left out; emotions keep their spelling.",
        ),
    )
    downloads = tuple(Download(url=_AT + name, filename=name, sha256=_SHA256[split]) for split, name in _FILES.items())
    tasks = ("dialqa",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, _FILES[split])
        for name, raw in json_members(path):
            with record(path, f"/{name}"):
                [said] = raw
                turns = named((text_of(one["speaker"]), text_of(one["utterance"])) for one in said)
                for one in said:
                    if _SPANS in one:
                        yield Sample(task=task, dataset="reccon", id=f"{name}/{one['turn']}", split=split, turns=turns[:_end(one)],
                                     knowledge=Document(_question(one)), answer=_words(one[_PLACES], one[_SPANS]))


def _end(said: Mapping[str, Any]) -> int:
    return max(int(place) for place in (said["turn"], *said[_PLACES]) if place != _BACKGROUND)


def _question(said: Mapping[str, Any]) -> str:
    """Says the utterance again: what a number counts is lost where a long dialogue loses its beginning."""
    return f"Which words caused the {text_of(said['emotion'])} of utterance {said['turn']}, \"{said['utterance']}\"?"


def _words(places: Sequence[int | str], spans: Sequence[str]) -> str:
    found = [text_of(span) for place, span in zip(places, spans, strict=True) if place != _BACKGROUND]
    return " ; ".join(dict.fromkeys(found)) or UNKNOWN


RECCON = Reccon()
