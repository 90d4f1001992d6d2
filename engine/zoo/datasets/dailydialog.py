"""DailyDialog: everyday conversations, an emotion for each utterance (Li et al., IJCNLP 2017)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, lines, locate, locate_optional, one_of, record, text_of
from engine.dialogue.model import Turn
from engine.zoo.base import Sample
from engine.zoo.datasets.continuations import continuations
from engine.zoo.datasets.shape import alternating, asked, check, label_set

EMOTIONS = ("no emotion", "anger", "disgust", "fear", "happiness", "sadness", "surprise")
"""In the order of their published numbers."""
_FOLDERS = {"train": "train", "dev": "validation", "test": "test"}
_ROOTS = ("EMNLP_dataset/", "ijcnlp_dailydialog/", "")
_LABELS = label_set(EMOTIONS, f"the {len(EMOTIONS)} emotions of DailyDialog")
_Told = tuple[str, tuple[Turn, ...], list[str]]
"""Name of a dialogue, its turns and their emotions."""


class DailyDialog:
    """The published text files with ``__eou__`` behind each utterance, or ConvLab-3's JSON of them."""

    card = CorpusCard(
        name="dailydialog",
        title="DailyDialog",
        source="https://aclanthology.org/I17-1099/",
        licence="CC BY-NC-SA 4.0",
        redistributable=False,
        version="2017 release",
        citation="Li et al. 2017, DailyDialog: A Manually Labelled Multi-turn Dialogue Dataset",
        folders=("dailydialog",),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(
            "The first speaker is the user.",
            "CHAT has no knowledge: the topic of a dialogue is left out.",
            "Where only ConvLab-3's JSON is there, its words stand: without spaces before punctuation.",
        ),
    )
    downloads = (Download(url="https://aclanthology.org/attachments/I17-1099.Datasets.zip", filename="I17-1099.Datasets.zip"),)
    tasks = ("chat", "emo")

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        for id, turns, emotions in _dialogues(folder, _FOLDERS[split]):
            if task == "chat":
                yield from continuations(turns, task=task, dataset="dailydialog", id=id, split=split)
            else:
                for number, (turn, emotion) in enumerate(zip(turns, emotions, strict=True)):
                    yield Sample(task=task, dataset="dailydialog", id=f"{id}/{number}", split=split, turns=asked(turn.text), knowledge=_LABELS,
                                 answer=emotion, choices=_LABELS.names)


def _dialogues(folder: Path, part: str) -> Iterator[_Told]:
    published = locate_optional(folder, *(f"{root}{part}/dialogues_{part}.txt" for root in _ROOTS))
    return _published(published, part) if published else _convlab3(locate(folder, "dialogues.json", "data/dialogues.json"), part)


def _published(path: Path, part: str) -> Iterator[_Told]:
    emotions = lines(locate(path.parent, f"dialogues_emotion_{part}.txt"))
    for number, line in lines(path):
        with record(path, f"line {number}"):
            *said, end = line.split("__eou__")
            felt = [EMOTIONS[int(label)] for label in next(emotions, (0, ""))[1].split()]
            if end.strip() or len(said) != len(felt):
                raise ValueError(f"{len(said)} utterances with __eou__ and {len(felt)} emotions")
        if said:
            yield f"dailydialog-{part}-{number - 1}", alternating(text.strip() for text in said), felt


def _convlab3(path: Path, part: str) -> Iterator[_Told]:
    for index, raw in json_items(path):
        with record(path, f"/{index}"):
            if raw["data_split"] == part:
                said = [text_of(turn["utterance"]) for turn in raw["turns"]]
                felt = [one_of({label: label for label in EMOTIONS}, turn["emotion"]) for turn in raw["turns"]]
                yield text_of(raw["dialogue_id"]), alternating(said), felt


DAILYDIALOG = DailyDialog()
