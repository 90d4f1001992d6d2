"""MetaLWOZ as chit-chat: who replies knows the domain and what to play."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.corpora.files import REFETCH, json_line, lines, locate, record, text_of
from engine.corpora.metalwoz import METALWOZ as CORPUS
from engine.dialogue.model import Speaker
from engine.errors import InputError
from engine.zoo.base import Sample
from engine.zoo.datasets.continuations import continuations
from engine.zoo.datasets.shape import check, words
from engine.zoo.knowledge import Document

_TASKS = {"train": "tasks.txt", "heldout": "heldout/tasks.txt"}
_PLAYERS: dict[Speaker, str] = {"user": "user", "system": "bot"}


class MetaLWOZ:
    """The corpus, with role and prompt of the one who replies (``tasks.txt``)."""

    card = replace(CORPUS.card, pretraining_splits=(), changes=(
        "The bot is the system; its fixed greeting is kept.",
        "Knowledge is the domain, the role and the prompt of the one who replies.",
    ))
    downloads = CORPUS.downloads
    tasks = ("chat",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        prompts = _prompts(locate(folder, _TASKS[split]))
        for dialogue, task_id in CORPUS.read_with_tasks(folder, split):
            known = prompts.get(task_id)
            if known is None:
                raise InputError(f"the task {task_id!r} of the dialogue {dialogue.id!r} is not in {_TASKS[split]}", where=str(folder), remedy=REFETCH)
            for sample in continuations(dialogue.turns, task=task, dataset="metalwoz", id=dialogue.id, split=split):
                yield replace(sample, knowledge=known[dialogue.turns[len(sample.turns)].speaker])


def _prompts(path: Path) -> dict[str, Mapping[Speaker, Document]]:
    found: dict[str, Mapping[Speaker, Document]] = {}
    for number, line in lines(path):
        with record(path, f"line {number}"):
            raw = json_line(line, path, number)
            found[text_of(raw["task_id"])] = {speaker: _prompt(raw, player) for speaker, player in _PLAYERS.items()}
    return found


def _prompt(raw: Mapping[str, Any], player: str) -> Document:
    return Document(f"{words(raw['domain'])}: {raw[f'{player}_role'].strip()} {raw[f'{player}_prompt'].strip()}")


METALWOZ = MetaLWOZ()
