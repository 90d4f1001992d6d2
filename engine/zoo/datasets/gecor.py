"""GECOR's CamRest676: restaurant search with what ellipsis and coreference stand for written out (Quan et al., EMNLP 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, locate, record, text_of
from engine.dialogue.model import Turn
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import alternating, asked, check

_AT = "https://raw.githubusercontent.com/terryqj0107/GECOR/f20fe379028d76c40d43b5038aa78a311876fe28/"
_FILE = "CamRest676_annotated.json"
_WORDINGS = {"original": "transcript", "ellipsis": "transcript_with_ellipsis", "coreference": "transcript_with_coreference"}


class Gecor:
    """One JSON list; a turn of the user has its words, its complete version and, where they fit, one with ellipsis and one with coreference."""

    card = CorpusCard(
        name="gecor",
        title="GECOR's CamRest676",
        source="https://github.com/terryqj0107/GECOR",
        licence="CC BY 4.0 (annotated data), MIT (repository)",
        redistributable=True,
        version="2019 release",
        citation="Quan et al. 2019, GECOR: An End-to-End Generative Ellipsis and Co-reference Resolution Model for Task-Oriented Dialogue",
        folders=("gecor", "gecor_task_rewrite"),
        splits=("train", "test"),
        annotations=(),
        changes=(
            "The file has no split: as in the authors' program, the first four fifths of the dialogues are train; the last fifth, which they call "
            "validation, is test and holds the same dialogues as our test split of CamRest676.",
            "Every different wording of an utterance, be it the original, with ellipsis or with coreference, is a sample to be rewritten as the complete one.",
            "The turns in front of the utterance are those of the original dialogue.",
        ),
    )
    downloads = (
        Download(
            url=f"{_AT}CamRest676_for_coreference_and_ellipsis_resolution/{_FILE}",
            filename=_FILE,
            sha256="0222d7e91fd67416935b67d58ec899898c020b73bdc262b0a7214f3b9f61e797",
        ),
    )
    tasks = ("rew",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`; the file, 2 MB, is read whole because its split needs its length."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, _FILE)
        entries = list(json_items(path))
        end_of_train = len(entries) * 4 // 5
        for index, raw in entries:
            if split == ("train" if index < end_of_train else "test"):
                with record(path, f"/{index}"):
                    yield from _samples(raw, split)


def _samples(raw: Mapping[str, Any], split: str) -> Iterator[Sample]:
    before: tuple[Turn, ...] = ()
    for number, entry in enumerate(raw["dial"]):
        user = entry["usr"]
        for kind, wording in _wordings(user):
            yield Sample(task="rew", dataset="gecor", id=f"{raw['dialogue_id']}/{number}-{kind}", split=split, turns=before + asked(wording),
                         answer=text_of(user["transcript_complete"]))
        before += alternating([text_of(user["transcript"]), text_of(entry["sys"]["sent"])])


def _wordings(user: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each different wording once, under the name of the first."""
    found = {kind: text_of(user[key]) for kind, key in _WORDINGS.items()}
    first = {wording: kind for kind, wording in reversed(found.items()) if wording.strip()}
    return ((kind, wording) for kind, wording in found.items() if first.get(wording) == kind)


GECOR = Gecor()
