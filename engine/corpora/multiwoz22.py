"""MultiWOZ 2.2: the official ``SPLIT/dialogues_NNN.json``, or its texts alone in ``english/``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import check_split, json_items, json_members, lines, locate_all, locate_optional, record
from engine.dialogue.model import Act, Dialogue, Span, Speaker, Turn

ROOT = "https://raw.githubusercontent.com/budzianowski/multiwoz/fe0c8e65cfcd/data/MultiWOZ_2.2"
FILES_PER_SPLIT = {"train": 17, "dev": 2, "test": 2}
SPEAKERS: Final[Mapping[str, Speaker]] = {"USER": "user", "SYSTEM": "system"}
IDLE = "NONE"


class MultiWoz22:
    """MultiWOZ 2.2; the official files where they are there, else the texts."""

    card = CorpusCard(
        name="multiwoz22", title="MultiWOZ 2.2", source="https://github.com/budzianowski/multiwoz", licence="MIT", redistributable=True,
        version="2.2", citation="Zang et al. 2020, MultiWOZ 2.2: A Dialogue Dataset with Additional Annotation Corrections, NLP4ConvAI",
        folders=("multiwoz22", "multiwoz22_text"), splits=("train", "dev", "test"), annotations=("intent", "acts", "state", "spans"),
        changes=("Text form: no ids (ours count within the split), no labels; the square brackets around names are taken away.",
                 "Official form: alternatives of a value are joined with |; the intent is the last active one; acts as multiwoz21."),
        pretraining_splits=("train",))
    downloads = (
        *(Download(url=f"{ROOT}/{name}", filename=name) for split, count in FILES_PER_SPLIT.items()
          for name in [f"{split}/dialogues_{n:03d}.json" for n in range(1, count + 1)]),
        Download(url=f"{ROOT}/dialog_acts.json", filename="dialog_acts.json"),
        Download(url=f"{ROOT}/schema.json", filename="schema.json",
                 sha256="ae9e2390f38fb967af64623c2f4f7e0c636fb377ad523b582a03161d3ddbdf68"))

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Stream one split (errors as `Corpus.read`)."""
        check_split(split, self.card.splits, self.card.name)
        paths = locate_all(folder, f"{split}/dialogues_*.json", f"english/{split}_dialogues_*.txt")
        return _read_texts(paths, split) if paths[0].parent.name == "english" else _read_official(folder, paths, split)


def _read_texts(paths: list[Path], split: str) -> Iterator[Dialogue]:
    blocks = (block for path in paths for full, block in groupby(_utterances(path), key=bool) if full)
    for number, block in enumerate(blocks, start=1):
        turns = tuple(Turn(speaker="system" if index % 2 else "user", text=text) for index, text in enumerate(block))
        yield Dialogue(corpus="multiwoz22", id=f"{split}-{number:05d}", split=split, turns=turns)


def _utterances(path: Path) -> Iterator[str]:
    """Each line without brackets; empty ones part the dialogues, and one ends the file."""
    for _, line in lines(path):
        yield line.replace("[", "").replace("]", "").strip()
    yield ""


def _read_official(folder: Path, paths: list[Path], split: str) -> Iterator[Dialogue]:
    acts_path = locate_optional(folder, "dialog_acts.json")
    acts = dict(json_members(acts_path)) if acts_path else {}
    for path in paths:
        for index, raw in json_items(path):
            with record(path, f"/{index}"):
                yield _dialogue(raw, split, acts.get(raw["dialogue_id"], {}))


def _dialogue(raw: Mapping[str, Any], split: str, acts: Mapping[str, Any]) -> Dialogue:
    turns = tuple(_turn(turn, acts.get(str(turn["turn_id"]))) for turn in raw["turns"])
    return Dialogue(corpus="multiwoz22", id=raw["dialogue_id"].removesuffix(".json"), split=split, turns=turns,
                    domains=frozenset(raw["services"]))


def _turn(raw: Mapping[str, Any], acts: Mapping[str, Any] | None) -> Turn:
    frames, speaker = raw["frames"], SPEAKERS[raw["speaker"]]
    states = [frame["state"] for frame in frames if "state" in frame] if speaker == "user" else []
    active = [state["active_intent"] for state in states if state["active_intent"] != IDLE]
    values = {slot: "|".join(options) for state in states for slot, options in state["slot_values"].items()}
    return Turn(speaker=speaker, text=raw["utterance"], acts=_acts(acts), spans=_spans(frames),
                intent=(active or [IDLE])[-1] if states else None, state=values if states else None)


def _acts(raw: Mapping[str, Any] | None) -> tuple[Act, ...] | None:
    """``{"dialog_act": {"Hotel-Inform": [["area", "east"]]}, "span_info": ...}``."""
    if raw is None:
        return None
    return tuple(_act(kind, slot, value) for kind, items in raw["dialog_act"].items() for slot, value in items or [("none", "none")])


def _act(kind: str, slot: str, value: str) -> Act:
    domain, _, verb = kind.partition("-")
    return Act(name=verb.lower(), domain=domain.lower(), slot=None if slot == "none" else slot,
               value=None if value in ("", "none", "?") else value)


def _spans(frames: list[Mapping[str, Any]]) -> tuple[Span, ...]:
    """Places of non-categorical values; slots whose value is copied from elsewhere have none."""
    return tuple(Span(start=slot["start"], end=slot["exclusive_end"], label=slot["slot"])
                 for frame in frames for slot in frame.get("slots", ()) if "start" in slot)


MULTIWOZ22 = MultiWoz22()
