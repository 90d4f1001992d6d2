"""Taskmaster-1: spoken (woz) and self-written task dialogues (Byrne et al., EMNLP 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import REFETCH, check_split, json_items, lines, locate, locate_optional, one_of, record, text_of
from engine.dialogue.model import Dialogue, Span, Speaker, Turn
from engine.errors import InputError, MissingDataError

SPEAKERS: Mapping[str, Speaker] = {"USER": "user", "ASSISTANT": "system"}
STORY_MARKS: Mapping[str, Speaker] = {"* ": "user", "   - ": "system"}
GITHUB = "https://github.com/google-research-datasets/Taskmaster/raw/d92cb6af3005/TM-1-2019"
DIGESTS = {
    "train": "88e48f53524ed123dfc57733ccc23f80e176d1e057d7ea46a62a01ddce02626e",
    "dev": "d83a6f413f45e01b376d611aadf07fd0fc49f6cedffb4ffff7e7b1f8393c13bf",
    "test": "1938698dc98b71c5256c05da092dff0d4f9eff224ec413b3c3eed57bc0bca928",
}


class Taskmaster1:
    """The official JSON, or a stand-in of 2,000 dialogues as Rasa stories where only that is there."""

    card = CorpusCard(
        name="taskmaster1",
        title="Taskmaster-1",
        source="https://github.com/google-research-datasets/Taskmaster",
        licence="CC BY 4.0",
        redistributable=True,
        version="TM-1-2019",
        citation="Byrne et al. 2019, Taskmaster-1: Toward a Realistic and Diverse Dialog Dataset",
        folders=("taskmaster1", "taskmaster1_partial"),
        splits=("train", "dev", "test", "all"),
        annotations=("spans",),
        changes=(
            "The assistant is the system; a dialogue's domain is its instruction without the number.",
            "Official split lists name self dialogues only: train, dev and test hold those; woz dialogues are in all.",
            "Spans keep every published label of both annotators; they overlap; exact repeats are dropped.",
            "Stories (RasaHQ/multiwoz-paper) are 2,000 dialogues, delexicalised; their text is kept so, without spans or domain.",
            "Stories have their own train and test, self and woz together, and no dev.",
        ),
        pretraining_splits=("all",),
    )
    downloads = (
        Download(url=f"{GITHUB}/self-dialogs.json", filename="self-dialogs.json"),
        Download(url=f"{GITHUB}/woz-dialogs.json", filename="woz-dialogs.json"),
        *(
            Download(url=f"{GITHUB}/train-dev-test/{split}.csv", filename=f"train-dev-test/{split}.csv", sha256=digest)
            for split, digest in DIGESTS.items()
        ),
    )

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Stream the dialogues of the official files, or else of the stories (errors as `Corpus.read`)."""
        check_split(split, self.card.splits, self.card.name)
        if locate_optional(folder, "self-dialogs-train.md", "self-dialogs-test.md") and not locate_optional(folder, "self-dialogs.json"):
            return _stories(folder, split)
        return _official(folder, split)


def _official(folder: Path, split: str) -> Iterator[Dialogue]:
    wanted = None if split == "all" else _ids(locate(folder, f"train-dev-test/{split}.csv"))
    for name in ("self-dialogs.json", "woz-dialogs.json") if wanted is None else ("self-dialogs.json",):
        path = locate(folder, name)
        for index, raw in json_items(path):
            with record(path, f"/{index}"):
                dialogue = _dialogue(raw, split)
            if wanted is None or dialogue.id in wanted:
                yield dialogue


def _ids(path: Path) -> frozenset[str]:
    return frozenset(line.rstrip(", ") for _, line in lines(path) if line.strip())


def _dialogue(raw: Mapping[str, Any], split: str) -> Dialogue:
    turns = tuple(turn_of(utterance) for utterance in raw["utterances"])
    domain = raw["instruction_id"].rstrip("- 0123456789")
    return Dialogue(corpus="taskmaster1", id=text_of(raw["conversation_id"]), split=split, turns=turns, domains=frozenset({domain}))


def turn_of(raw: Mapping[str, Any]) -> Turn:
    """One published utterance, in the form that Taskmaster-1 and -2 share."""
    spans = dict.fromkeys(
        Span(start=segment["start_index"], end=segment["end_index"], label=annotation["name"])
        for segment in raw.get("segments", ())
        for annotation in segment["annotations"]
    )
    return Turn(speaker=one_of(SPEAKERS, raw["speaker"]), text=text_of(raw["text"]), spans=tuple(spans))


def _stories(folder: Path, split: str) -> Iterator[Dialogue]:
    if split == "dev":
        raise MissingDataError("the stories have no dev split", where=str(folder), remedy="take train, test or all, or fetch taskmaster1")
    for part in ("train", "test") if split == "all" else (split,):
        for kind in ("self", "woz"):
            yield from _story_file(locate(folder, f"{kind}-dialogs-{part}.md"), part)


def _story_file(path: Path, split: str) -> Iterator[Dialogue]:
    """Blocks of ``## id`` and one line per utterance."""
    name, turns = "", list[Turn]()
    for number, line in lines(path):
        if line.startswith("## "):
            if name:
                yield Dialogue(corpus="taskmaster1", id=name, split=split, turns=tuple(turns))
            name, turns = line[3:].strip(), []
        elif line.strip():
            turns.append(_story_turn(line, f"{path} line {number}", inside=bool(name)))
    if not name:
        raise InputError("no dialogue in the file", where=str(path), remedy=REFETCH)
    yield Dialogue(corpus="taskmaster1", id=name, split=split, turns=tuple(turns))


def _story_turn(line: str, where: str, *, inside: bool) -> Turn:
    for mark, speaker in STORY_MARKS.items():
        if inside and line.startswith(mark):
            return Turn(speaker=speaker, text=line.removeprefix(mark))
    raise InputError("the line is neither '## id' nor an utterance of a story", where=where, remedy=REFETCH)


TASKMASTER1 = Taskmaster1()
