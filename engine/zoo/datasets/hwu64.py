"""HWU64: requests to a home assistant with one of 64 intents (Liu et al., IWSDS 2019), in the split that PolyAI and DialoGLUE use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import locate_all, record
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check
from engine.zoo.datasets.spans import intent, intent_set
from engine.zoo.datasets.tables import table

COMMIT = "4356cd6db2c7d8cb21789d6203e57c580a91de44"
_AT = (f"https://raw.githubusercontent.com/xliuhw/NLU-Evaluation-Data/{COMMIT}/CrossValidation/autoGeneFromRealAnno/"
       "autoGene_2018_03_22-13_01_25_169/CrossValidation/KFold_1/")
_FOLDERS = {"train": "trainset", "test": "testset/csv"}
_SCENARIOS = {
    "alarm": "query remove set", "audio": "volume_down volume_mute volume_up", "calendar": "query remove set", "cooking": "recipe",
    "datetime": "convert query", "email": "addcontact query querycontact sendemail",
    "general": "affirm commandstop confirm dontcare explain joke negate praise quirky repeat",
    "iot": "cleaning coffee hue_lightchange hue_lightdim hue_lightoff hue_lighton hue_lightup wemo_off wemo_on", "lists": "createoradd query remove",
    "music": "likeness query settings", "news": "query", "play": "audiobook game music podcasts radio",
    "qa": "currency definition factoid maths stock", "recommendation": "events locations movies", "social": "post query", "takeaway": "order query",
    "transport": "query taxi ticket traffic", "weather": "query",
}
INTENTS = tuple(f"{scenario}_{name}" for scenario, names in _SCENARIOS.items() for name in names.split())
"""Each is a file in both folders."""


class Hwu64:
    """``trainset/INTENT.csv`` and ``testset/csv/INTENT.csv``, cells apart by semicolons."""

    card = CorpusCard(
        name="hwu64", title="HWU64", source="https://github.com/xliuhw/NLU-Evaluation-Data", licence="CC BY 4.0", redistributable=True,
        version=f"first of ten folds, commit {COMMIT[:12]}", folders=("hwu64",), splits=("train", "test"), annotations=(),
        citation="Liu et al. 2019, Benchmarking Natural Language Understanding Services for Building Conversational Agents, IWSDS",
        changes=("The first of the ten published folds is read, as in DialoGLUE, which draws its dev split from train; none is published.",
                 "The text is the annotated answer without its marks; an intent is scenario and intent together.",
                 "The files of the intents follow each other by name."))
    downloads = tuple(Download(url=f"{_AT}{place}/{name}.csv", filename=f"{place}/{name}.csv") for place in _FOLDERS.values() for name in INTENTS)
    tasks = ("intent",)

    def rows(self, folder: Path, split: str) -> Iterator[tuple[Path, int, str, str]]:
        """Stream file, line, text and label as published (errors as `samples`)."""
        check(self.card, self.tasks, split, "intent")
        for path in locate_all(folder, f"{_FOLDERS[split]}/*.csv"):
            for line, row in table(path, ";"):
                with record(path, f"line {line}"):
                    yield path, line, row["answer_from_anno"], f"{row['scenario']}_{row['intent']}"

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        intents = intent_set(INTENTS, self.card.title)
        for path, line, text, label in self.rows(folder, split):
            with record(path, f"line {line}"):
                yield intent("hwu64", split, f"{label}-{line}", text, label, intents)


HWU64 = Hwu64()
