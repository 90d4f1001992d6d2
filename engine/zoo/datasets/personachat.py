"""PersonaChat: small talk of two people who each play a persona (Zhang et al., ACL 2018)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, lines, locate, locate_optional, record, text_of
from engine.dialogue.model import Turn
from engine.zoo.base import Sample
from engine.zoo.datasets.continuations import continuations
from engine.zoo.datasets.shape import alternating, check
from engine.zoo.knowledge import Document

_FILES = {"train": "train", "dev": "valid", "test": "test"}
_ROOTS = ("personachat/", "ConvAI2/", "")
_PERSONA, _PARTNER, _SILENCE = "your persona: ", "partner's persona: ", "__SILENCE__"
_Told = tuple[list[str], list[Turn]]
"""A persona's sentences and the turns; the system plays it."""


class PersonaChat:
    """The published text files (``self_original``), or FSB's JSON of them: pairs of user and system, and the system's persona."""

    card = CorpusCard(
        name="personachat",
        title="PersonaChat",
        source="https://parl.ai/projects/personachat/",
        licence="none stated with the data",
        redistributable=False,
        version="2018 release, original personas",
        citation="Zhang et al. 2018, Personalizing Dialogue Agents: I have a dog, do you have pets too?",
        folders=("personachat", "personachat_partial"),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "The speaker whose persona is known is the system; only its turns are samples.",
            "A first turn of the system, behind the mark __SILENCE__, is no sample; the mark is no turn.",
            "The candidate replies are left out.",
        ),
    )
    downloads = (
        # The digest as ParlAI's builder publishes it.
        Download(url="https://dl.fbaipublicfiles.com/parlai/personachat/personachat.tgz", filename="personachat.tgz",
                 sha256="507cf8641d333240654798870ea584d854ab5261071c5e3521c20d8fa41d5622"),
    )
    tasks = ("chat",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        part = _FILES[split]
        names = [f"{root}{part}_self_original.txt" for root in _ROOTS]
        converted = locate_optional(folder, f"{part}.json") if not locate_optional(folder, *names) else None
        told = _fsb(converted) if converted else _published(locate(folder, *names))
        for number, (persona, turns) in enumerate(told):
            yield from continuations(turns, task=task, dataset="personachat", id=f"{part}-{number}", split=split, knowledge=Document(" ".join(persona)),
                                     speaker="system")


def _published(path: Path) -> Iterator[_Told]:
    """Lines are numbered; 1 begins the next dialogue."""
    persona: list[str] = []
    turns: list[Turn] = []
    for number, line in lines(path):
        with record(path, f"line {number}"):
            position, said = line.split(" ", 1)
            begins = int(position) == 1
        if begins and turns:
            yield persona, turns
            persona, turns = [], []
        with record(path, f"line {number}"):
            if said.startswith(_PERSONA):
                persona.append(said.removeprefix(_PERSONA).strip())
            elif not said.startswith(_PARTNER):
                turns += _exchange(said)
    yield persona, turns


def _exchange(said: str) -> list[Turn]:
    user, system, *_ = said.split("\t")
    return [turn for turn in alternating([user, system]) if turn.text != _SILENCE]


def _fsb(path: Path) -> Iterator[_Told]:
    for index, raw in json_items(path):
        with record(path, f"/{index}"):
            turns = [turn for user, system in raw["dialogue"] for turn in alternating([text_of(user), text_of(system)])]
            persona = list(map(text_of, raw["meta"]))
        yield persona, turns


PERSONACHAT = PersonaChat()
