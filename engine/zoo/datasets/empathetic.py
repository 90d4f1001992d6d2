"""EmpatheticDialogues: a speaker tells of an emotional situation, a listener answers (Rashkin et al., ACL 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, lines, locate, locate_all, locate_optional, one_of, record, text_of
from engine.dialogue.model import Speaker, Turn
from engine.zoo.base import Sample
from engine.zoo.datasets.continuations import continuations
from engine.zoo.datasets.shape import check
from engine.zoo.datasets.tables import table
from engine.zoo.knowledge import Document

_FILES = {"train": "train", "dev": "valid", "test": "test"}
_ACTORS: dict[str, Speaker] = {"speaker": "user", "listener": "system"}
_Told = tuple[str, str, list[Turn]]
"""Name of a dialogue, its situation, its turns."""


class EmpatheticDialogues:
    """The published CSV with commas written as ``_comma_``; or a CSV per emotion, where FSB's JSON tells the split of a dialogue."""

    card = CorpusCard(
        name="empathetic_dialogues",
        title="EmpatheticDialogues",
        source="https://github.com/facebookresearch/EmpatheticDialogues",
        licence="CC BY-NC 4.0",
        redistributable=False,
        version="2019 release",
        citation="Rashkin et al. 2019, Towards Empathetic Open-domain Conversation Models: a New Benchmark and Dataset",
        folders=("empathetic_dialogues",),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "The speaker is the user, the listener the system; the emotion is left out.",
            "Commas stand where the file writes _comma_.",
            "Where only one file per emotion is there, dev and test are the dialogues whose first two utterances, letters and digits alone, are those "
            "of a dialogue in FSB's valid or test; all others are train, also the few of the published dev and test that FSB leaves out.",
        ),
    )
    downloads = (
        # The digest as ParlAI's builder publishes it.
        Download(url="https://dl.fbaipublicfiles.com/parlai/empatheticdialogues/empatheticdialogues.tar.gz", filename="empatheticdialogues.tar.gz",
                 sha256="56f234d77b7dd1f005fd365bb17769cfe346c3c84295b69bc069c8ccb83be03d"),
    )
    tasks = ("chat",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        published = locate_optional(folder, f"empatheticdialogues/{_FILES[split]}.csv", f"{_FILES[split]}.csv")
        for id, situation, turns in _published(published) if published else _by_emotion(folder, split):
            yield from continuations(turns, task=task, dataset="empathetic_dialogues", id=id, split=split, knowledge=Document(situation))


def _published(path: Path) -> Iterator[_Told]:
    for id, group in groupby(_utterances(path), key=lambda row: row[0]):
        told = list(group)
        yield id, told[0][1], [Turn(speaker="user" if who == told[0][2] else "system", text=text) for _, _, who, text in told]


def _utterances(path: Path) -> Iterator[tuple[str, str, str, str]]:
    """Dialogue, situation, speaker and words; no field is quoted, the last ones may be missing."""
    for number, line in lines(path):
        with record(path, f"line {number}"):
            id, _, _, situation, speaker, text, *_ = (field.replace("_comma_", ",").strip() for field in line.split(","))
        if number > 1:
            yield id, situation, speaker, text


def _by_emotion(folder: Path, split: str) -> Iterator[_Told]:
    kept = {part: _openings(locate(folder, f"fsb_split/{_FILES[part]}.json")) for part in ("dev", "test")}
    for path in locate_all(folder, "by_emotion/*.csv"):
        for id, situation, turns in _one_emotion(path):
            opening = _opening([turn.text for turn in turns])
            if split == next((part for part, openings in kept.items() if opening in openings), "train"):
                yield id, situation, turns


def _one_emotion(path: Path) -> Iterator[_Told]:
    for id, group in groupby(table(path), key=lambda row: row[1].get("Dialog_ID", "")):
        said = list(group)
        with record(path, f"line {said[0][0]}"):
            situation = " ".join(row["Text"] for _, row in said if row["Type"] == "situation")
            turns = [Turn(speaker=one_of(_ACTORS, row["Actor"]), text=row["Text"]) for _, row in said if row["Type"] != "situation"]
        yield id, situation, turns


def _openings(path: Path) -> set[str]:
    found = set()
    for index, raw in json_items(path):
        with record(path, f"/{index}"):
            found.add(_opening([text_of(text) for pair in raw["dialogue"] for text in pair]))
    return found


def _opening(texts: list[str]) -> str:
    """The first two utterances, as both files have them."""
    return "".join(sign for sign in " ".join(texts[:2]).lower() if sign.isascii() and sign.isalnum())


EMPATHETIC = EmpatheticDialogues()
