"""Frames: travel booking dialogues in which users compare alternatives (El Asri et al., SIGDIAL 2017)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import check_split, json_items, locate, one_of, record, text_of
from engine.dialogue.model import Act, Dialogue, Speaker, Turn

SPEAKERS: Mapping[str, Speaker] = {"user": "user", "wizard": "system"}


class Frames:
    """One JSON list, 1,369 dialogues, most of its bytes database results (streamed)."""

    card = CorpusCard(
        name="frames",
        title="Frames",
        source="https://www.microsoft.com/en-us/research/project/frames-dataset/",
        licence="Microsoft Frames licence (LICENSE.pdf in the archive); read it before you pass the data on",
        redistributable=False,
        version="2017 release",
        citation="El Asri et al. 2017, Frames: A Corpus for Adding Memory to Goal-Oriented Dialogue Systems",
        folders=("frames",),
        splits=("all",),
        annotations=("acts",),
        changes=(
            "The wizard is the system.",
            "Database results and frames are left out.",
            "An act has one entry per argument; references to frames (ref, read, write) keep the frame numbers, joined with |.",
        ),
        pretraining_splits=("all",),
    )
    downloads = (
        Download(
            url="https://download.microsoft.com/download/4/b/f/4bf15895-4152-4008-8e68-605912cf7a65/Frames-dataset.zip",
            filename="Frames-dataset.zip",
        ),
    )

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Stream the dialogues (errors as `Corpus.read`)."""
        check_split(split, self.card.splits, self.card.name)
        path = locate(folder, "frames.json", "Frames-dataset/frames.json")
        for index, raw in json_items(path):
            with record(path, f"/{index}"):
                dialogue = _dialogue(raw)
            yield dialogue


def _dialogue(raw: Mapping[str, Any]) -> Dialogue:
    turns = tuple(_turn(turn) for turn in raw["turns"])
    return Dialogue(corpus="frames", id=text_of(raw["id"]), split="all", turns=turns, domains=frozenset({"travel"}))


def _turn(raw: Mapping[str, Any]) -> Turn:
    acts = tuple(act for entry in raw["labels"]["acts"] for act in _acts(entry))
    return Turn(speaker=one_of(SPEAKERS, raw["author"]), text=text_of(raw["text"]), acts=acts)


def _acts(entry: Mapping[str, Any]) -> Iterator[Act]:
    """One act per argument, or one alone where there is none."""
    if not entry["args"]:
        yield Act(name=entry["name"])
    for argument in entry["args"]:
        yield Act(name=entry["name"], slot=argument["key"], value=_value(argument.get("val")))


def _value(value: Any) -> str | None:
    if isinstance(value, list):
        return "|".join(str(reference["frame"]) for reference in value)
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


FRAMES = Frames()
