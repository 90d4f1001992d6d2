"""KG-Copy's two sets: talk about football teams, and a car's assistant, each with a knowledge graph (Chaudhuri et al., CoNLL 2019)."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import REFETCH, lines, locate, locate_optional, record, text_of
from engine.dialogue.model import Turn
from engine.errors import InputError, MissingDataError
from engine.zoo.base import Sample
from engine.zoo.datasets.continuations import continuations
from engine.zoo.datasets.shape import alternating, check, words
from engine.zoo.knowledge import Triples

_HOME = "https://github.com/SmartDataAnalytics/KG-Copy_Network"
_PACKED = "kgdial_conversations_and_kg.tar.gz"
_FILES = {"train": "train", "dev": "val", "test": "test"}
_SHA256 = {
    "train": "8442722e58a576e78e207663883c3581fcc2b4cf8630a0c2ba3c834a41501a0c",
    "val": "013cd97d1120f854b87ecc7d6e236fee254e6d819c11fa08611567ab39e70082",
    "test": "638e0c9df7d75a3b1d52489cb7f501187001ae1b990605a55e0039180d0e3b06",
}
_Fact = tuple[str, str, str]
_CITATION = "Chaudhuri et al. 2019, Using a KG-Copy Network for Non-Goal Oriented Dialogues"


class Soccer:
    """A JSON file per dialogue, ``q1``, ``a1``, ``q2`` ..., and a file of triples per team; in folders or packed into one file."""

    card = CorpusCard(
        name="kgdial_soccer",
        title="KG-Copy soccer dialogues",
        source=_HOME,
        licence="none stated",
        redistributable=False,
        version="commit 9243f1563cbf",
        citation=_CITATION,
        folders=("kgdial_soccer", "kgdial"),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "The graph is that of the team named most often in the dialogue, or none; the authors' table of teams is not read. "
            "It is the authors' choice in 433 of the 447 dialogues of dev and test where they publish theirs.",
            "A triple without an object is left out; a last question without an answer is no sample.",
        ),
    )
    downloads = (Download(url=f"{_HOME}/archive/9243f1563cbf.tar.gz", filename="KG-Copy_Network.tar.gz"),)
    tasks = ("kgdial",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        part = f"soccer_conversations/{_FILES[split]}"
        files = _files(folder, ("data/KG/clubs", "data/KG/country", part))
        graphs = {path.name.removesuffix("_kg.txt"): _graph(path, data) for path, data in files if path.match("KG/*/*_kg.txt")}
        for path, data in files:
            if path.match(f"{part}/*.json"):
                turns = _conversation(path, data)
                yield from continuations(turns, task=task, dataset="kgdial_soccer", id=path.stem, split=split, knowledge=_about(turns, graphs),
                                         speaker="system")


class InCar:
    """Blocks of lines below ``#conv#``: triples behind 0, then numbered exchanges with the entities of the answer."""

    card = CorpusCard(
        name="kgdial_incar",
        title="KG-Copy in-car dialogues",
        source=_HOME,
        licence="none stated; derived from KVRET",
        redistributable=False,
        version="commit 807a8b37354b",
        citation=_CITATION,
        folders=("kgdial_incar", "kgdial"),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "Read from data/KVR, where each dialogue has its graph; incar_conversations holds one dialogue more in dev and in test.",
            "Relations are words; entities stay joined with _, as in the utterances.",
        ),
    )
    downloads = tuple(Download(url=f"{_HOME}/raw/807a8b37354ba3ef888ce6bea35dbf96182b825c/data/KVR/{part}_incar.txt", filename=f"KVR/{part}_incar.txt",
                               sha256=digest) for part, digest in _SHA256.items())
    tasks = ("kgdial",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, f"KVR/{_FILES[split]}_incar.txt", f"data/KVR/{_FILES[split]}_incar.txt")
        for number, (graph, turns) in enumerate(_blocks(path)):
            yield from continuations(turns, task=task, dataset="kgdial_incar", id=f"{_FILES[split]}-{number}", split=split, knowledge=Triples(tuple(graph)),
                                     speaker="system")


def _files(folder: Path, parts: tuple[str, ...]) -> list[tuple[Path, bytes]]:
    """Every file in the folders that end with one of ``parts``, by name."""
    packed = locate_optional(folder, _PACKED)
    found = sorted(_unpacked(packed, parts)) if packed else [
        (path, path.read_bytes()) for path in sorted(folder.rglob("*_kg.txt")) + sorted(folder.rglob("*.json")) if _lies_in(path, parts)]
    if not any(_lies_in(path, parts[-1:]) for path, _ in found):
        raise MissingDataError(f"neither a folder {parts[-1]} nor {_PACKED} is there", where=str(folder), remedy=REFETCH)
    return found


def _lies_in(path: Path, parts: tuple[str, ...]) -> bool:
    return path.parent.as_posix().endswith(parts)


def _unpacked(packed: Path, parts: tuple[str, ...]) -> Iterator[tuple[Path, bytes]]:
    try:
        with tarfile.open(packed) as archive:
            for member in archive:
                stream = archive.extractfile(member) if _lies_in(packed / member.name, parts) else None
                if stream:
                    yield packed / member.name, stream.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise InputError(f"the archive is damaged or cut short ({error})", where=str(packed), remedy=REFETCH) from None


def _graph(path: Path, data: bytes) -> tuple[_Fact, ...]:
    facts = []
    with record(path, "as a whole"):
        published = data.decode("utf-8").splitlines()
    for number, line in enumerate(published, start=1):
        with record(path, f"line {number}"):
            subject, relation, what = map(str.strip, line.split("\t"))
        if what:
            facts.append((subject, relation, what))
    return tuple(facts)


def _conversation(path: Path, data: bytes) -> tuple[Turn, ...]:
    """Questions and answers in turn, whatever their keys: some are misspelt or jump a number."""
    with record(path, "/"):
        return alternating(text_of(text).strip() for text in json.loads(data.decode("utf-8"), strict=False).values())


def _about(turns: tuple[Turn, ...], graphs: Mapping[str, tuple[_Fact, ...]]) -> Triples:
    text = _plain(" ".join(turn.text for turn in turns))
    named = {team: _named(team, text) for team in graphs}
    team = max(named, key=lambda name: named[name], default="")
    return Triples(graphs[team] if named.get(team) else ())


def _named(team: str, text: str) -> int:
    """How often the team is named: its whole name counts more than a word of it."""
    parts = _plain(team).split()
    return 10 * text.count(_plain(team)) + sum(text.count(f" {part} ") for part in parts if len(part) > 2)


def _plain(text: str) -> str:
    return " ".join(["", *re.findall(r"[^\W_]+", text.lower()), ""])


def _blocks(path: Path) -> Iterator[tuple[list[_Fact], list[Turn]]]:
    """A dialogue ends with an empty line."""
    graph: list[_Fact] = []
    turns: list[Turn] = []
    for number, line in lines(path):
        with record(path, f"line {number}"):
            if line.startswith("0 "):
                _, subject, relation, what = line.split(" ")
                graph.append((subject, words(relation), what))
            elif line and line != "#conv#":
                question, answer, _ = line.split("\t")
                turns += alternating([question.partition(" ")[2].strip(), answer.strip()])
        if not line and turns:
            yield graph, turns
            graph, turns = [], []
    if turns:
        yield graph, turns


SOCCER = Soccer()
INCAR = InCar()
