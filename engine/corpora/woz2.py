"""WOZ 2.0, English: typed restaurant search with belief states (Wen et al. 2017; Mrksic et al., ACL 2017)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import check_split, json_items, locate, record, text_of
from engine.dialogue.model import Act, Dialogue, Turn

GITHUB = "https://raw.githubusercontent.com/nmrksic/neural-belief-tracker/4427514c0ece49cd0c87a52854b17bf613386610/data/woz"
FILES = {"train": "woz_train_en.json", "dev": "woz_validate_en.json", "test": "woz_test_en.json"}
DIGESTS = {
    "train": "7cd9e971553e5f3e80bb0c93164bf4c619c7f49f45d636a0512474cdeb074485",
    "dev": "ae1ea9067fd05c0179d349f140b38de1b2db587d5bfcb4f99ef0d77474ab00ad",
    "test": "3673e433b21a6b0d74e9144bd059e64b29bc3e1c5dc0e18654a98ec597c0d72c",
}


class Woz2:
    """One JSON list per split; a record is a system utterance (none at first) and the user's answer."""

    card = CorpusCard(
        name="woz2",
        title="WOZ 2.0",
        source="https://github.com/nmrksic/neural-belief-tracker",
        licence="Apache-2.0",
        redistributable=True,
        version="2.0, English",
        citation="Mrksic et al. 2017, Neural Belief Tracker: Data-Driven Dialogue State Tracking",
        folders=("woz2",),
        splits=("train", "dev", "test"),
        annotations=("acts", "state"),
        changes=(
            "The published validate file is the split dev.",
            "The empty system utterance before the first user turn is left out.",
            "System acts are named request (a slot) and confirm (a slot and value), as the paper calls them.",
            "The state holds what the user has informed; requests are left out.",
        ),
        pretraining_splits=("train", "dev", "test"),
    )
    downloads = tuple(Download(url=f"{GITHUB}/{FILES[split]}", filename=FILES[split], sha256=DIGESTS[split]) for split in FILES)

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Stream the dialogues (errors as `Corpus.read`)."""
        check_split(split, self.card.splits, self.card.name)
        path = locate(folder, FILES[split])
        for index, raw in json_items(path):
            with record(path, f"/{index}"):
                dialogue = _dialogue(raw, split)
            yield dialogue


def _dialogue(raw: Mapping[str, Any], split: str) -> Dialogue:
    turns = tuple(turn for entry in raw["dialogue"] for turn in _turns(entry))
    return Dialogue(corpus="woz2", id=f"{split}-{raw['dialogue_idx']}", split=split, turns=turns, domains=frozenset({"restaurant"}))


def _turns(entry: Mapping[str, Any]) -> Iterator[Turn]:
    if text_of(entry["system_transcript"]).strip():
        yield Turn(speaker="system", text=entry["system_transcript"], acts=tuple(_act(act) for act in entry["system_acts"]))
    yield Turn(speaker="user", text=text_of(entry["transcript"]), state=_state(entry["belief_state"]))


def _act(act: str | list[str]) -> Act:
    if isinstance(act, str):
        return Act(name="request", domain="restaurant", slot=act)
    slot, value = act
    return Act(name="confirm", domain="restaurant", slot=slot, value=value)


def _state(beliefs: list[Mapping[str, Any]]) -> dict[str, str]:
    informed = (pair for belief in beliefs if belief["act"] == "inform" for pair in belief["slots"])
    return {f"restaurant-{slot}": value for slot, value in informed}


WOZ2 = Woz2()
