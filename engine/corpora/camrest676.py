"""CamRest676: typed restaurant search in Cambridge (Wen et al., EACL 2017)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import check_split, json_below_comments, locate, record, text_of
from engine.dialogue.model import Act, Dialogue, Turn

SHARES = {"train": 3, "dev": 1, "test": 1}


class CamRest676:
    """One JSON list below a few comment lines; a record is a user utterance and the system's answer."""

    card = CorpusCard(
        name="camrest676",
        title="CamRest676",
        source="https://github.com/shawnwun/NNDIAL",
        licence="Apache-2.0",
        redistributable=True,
        version="2017 release",
        citation="Wen et al. 2017, A Network-based End-to-End Trainable Task-oriented Dialogue System",
        folders=("camrest676",),
        splits=("train", "dev", "test", "all"),
        annotations=("acts", "state"),
        changes=(
            "The file has no split: train, dev and test are 3:1:1 in its order, 405, 135 and 136 dialogues.",
            "A system act has a name only: the slot that the system asks or gives, as the file spells it.",
            "The state holds what the user has informed; requests, and two informs of the slot called slot, are left out.",
        ),
        pretraining_splits=("all",),
    )
    downloads = (
        Download(
            url="https://raw.githubusercontent.com/shawnwun/NNDIAL/baacc57e04991b3078dcbeee602324bdbeb70b78/data/CamRest676.json",
            filename="CamRest676.json",
            sha256="ee197af04792060be4cda3079d79c177664d4329080717b8c1600f328fb9d5b1",
        ),
    )

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Yield the dialogues; the file, 4 MB, is read whole because of its comments (errors as `Corpus.read`)."""
        check_split(split, self.card.splits, self.card.name)
        path = locate(folder, "CamRest676.json")
        entries = json_below_comments(path)
        for index, raw in enumerate(entries):
            own = _split_at(index, len(entries))
            if split in ("all", own):
                with record(path, f"/{index}"):
                    dialogue = _dialogue(raw, own)
                yield dialogue


def _split_at(index: int, total: int) -> str:
    """The split of the dialogue at ``index``, 3:1:1 in order.

    >>> [_split_at(index, 676) for index in (404, 405, 539, 540)]
    ['train', 'dev', 'dev', 'test']
    """
    end, shares = 0, sum(SHARES.values())
    for split, share in SHARES.items():
        end += share
        if index < end * total // shares:
            return split
    return "test"


def _dialogue(raw: Mapping[str, Any], split: str) -> Dialogue:
    turns = tuple(turn for entry in raw["dial"] for turn in _turns(entry))
    return Dialogue(corpus="camrest676", id=str(raw["dialogue_id"]), split=split, turns=turns, domains=frozenset({"restaurant"}))


def _turns(entry: Mapping[str, Any]) -> tuple[Turn, Turn]:
    user, system = entry["usr"], entry["sys"]
    acts = tuple(Act(name=_name(act), domain="restaurant") for act in system["DA"])
    return (
        Turn(speaker="user", text=text_of(user["transcript"]), state=_state(user["slu"])),
        Turn(speaker="system", text=text_of(system["sent"]), acts=acts),
    )


def _name(act: str | list[str]) -> str:
    # One act in the file is a list of one string, "area, centre".
    return text_of(act if isinstance(act, str) else act[0])


def _state(frames: list[Mapping[str, Any]]) -> dict[str, str]:
    informed = (pair for frame in frames if frame["act"] == "inform" for pair in frame["slots"])
    return {f"restaurant-{slot}": value for slot, value in informed if slot != "slot"}


CAMREST676 = CamRest676()
