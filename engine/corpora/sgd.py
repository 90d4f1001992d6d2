"""Schema-Guided Dialogue (DSTC8): ``SPLIT/dialogues_NNN.json`` as published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import check_split, json_items, locate_all, record
from engine.dialogue.model import Act, Dialogue, Span, Speaker, Turn

COMMIT = "760ac5492965"
ROOT = f"https://raw.githubusercontent.com/google-research-datasets/dstc8-schema-guided-dialogue/{COMMIT}"
CHECKSUMS = Path(__file__).with_suffix(".sha256")
"""One line a published file: SHA-256, two blanks, name."""
WITHHELD = ""
"""The intent of the test split's user turns at this commit, where the states are left out; a user without intent has ``NONE``."""
SPEAKERS: Final[Mapping[str, Speaker]] = {"USER": "user", "SYSTEM": "system"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a dialogue does with its services, beyond what `Turn` holds."""

    names: tuple[str, ...]
    """Of its services, in the published order."""
    requested: tuple[tuple[str, ...], ...]
    """For each turn, the slots (service-slot) whose values the user asks for in it."""


class SchemaGuided:
    """The schema-guided dialogues; see `CorpusCard.changes` for what we alter."""

    card = CorpusCard(
        name="sgd", title="Schema-Guided Dialogue", source="https://github.com/google-research-datasets/dstc8-schema-guided-dialogue",
        licence="CC BY-SA 4.0", redistributable=True, version=f"commit {COMMIT} (2020-05-07)",
        citation="Rastogi et al. 2020, Towards Scalable Multi-domain Conversational Agents: The Schema-Guided Dialogue Dataset, AAAI",
        folders=("sgd",), splits=("train", "dev", "test"), annotations=("intent", "acts", "state", "spans"),
        changes=("State keys are service-slot; a service that a turn does not mention keeps its last state.",
                 "The intent is that of the service whose intent changed last; alternatives of a value are joined with |.",
                 "The test split was published without the user's states at this commit, for the challenge: its states are None.",
                 "User acts are read where a version has them; this one has none. Service calls and results are left out."),
        pretraining_splits=("train", "dev", "test"))
    downloads = tuple(Download(url=f"{ROOT}/{name}", filename=name, sha256=digest)
                      for digest, name in map(str.split, CHECKSUMS.read_text(encoding="ascii").splitlines()))

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Stream one split (errors as `Corpus.read`)."""
        return (dialogue for dialogue, _ in self.read_with_services(folder, split))

    def read_with_services(self, folder: Path, split: str) -> Iterator[tuple[Dialogue, Services]]:
        """Each dialogue with what it does with its services (errors as `Corpus.read`)."""
        check_split(split, self.card.splits, self.card.name)
        return _read(locate_all(folder, f"{split}/dialogues_*.json"), split)


def _read(paths: list[Path], split: str) -> Iterator[tuple[Dialogue, Services]]:
    for path in paths:
        for index, raw in json_items(path):
            with record(path, f"/{index}"):
                found = _dialogue(raw, split), Services(names=tuple(raw["services"]), requested=tuple(map(_requested, raw["turns"])))
            yield found


def _requested(turn: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{frame['service']}-{slot}" for frame in turn["frames"] if "state" in frame for slot in frame["state"]["requested_slots"])


def _dialogue(raw: Mapping[str, Any], split: str) -> Dialogue:
    memory = _Memory()
    turns = tuple(_turn(turn, memory) for turn in raw["turns"])
    return Dialogue(corpus="sgd", id=raw["dialogue_id"], split=split, turns=turns, domains=frozenset(map(_domain, raw["services"])))


def _turn(raw: Mapping[str, Any], memory: _Memory) -> Turn:
    frames, speaker = raw["frames"], SPEAKERS[raw["speaker"]]
    told = speaker == "user" and any(frame["state"]["active_intent"] != WITHHELD for frame in frames)
    intent = memory.update(frames) if told else None
    return Turn(speaker=speaker, text=raw["utterance"], acts=_acts(frames), spans=_spans(frames),
                intent=intent, state=memory.state() if told else None)


class _Memory:
    """What is known of each service so far: a turn's frames tell only of the services that it mentions."""

    def __init__(self) -> None:
        self.intents: dict[str, str] = {}
        self.values: dict[str, Mapping[str, list[str]]] = {}

    def update(self, frames: list[Mapping[str, Any]]) -> str:
        """Take in a user turn's frames and give its intent: a newly changed one before others, a later frame before earlier ones."""
        told = {frame["service"]: frame["state"] for frame in frames}
        active = [(state["active_intent"] != self.intents.get(service), state["active_intent"]) for service, state in told.items()]
        self.intents |= {service: state["active_intent"] for service, state in told.items()}
        self.values |= {service: state["slot_values"] for service, state in told.items()}
        ranked = [(changed, place, intent) for place, (changed, intent) in enumerate(active) if intent != "NONE"]
        return max(ranked)[2] if ranked else "NONE"

    def state(self) -> dict[str, str]:
        """The cumulative state."""
        return {f"{service}-{slot}": "|".join(values) for service, slots in self.values.items() for slot, values in slots.items()}


def _acts(frames: list[Mapping[str, Any]]) -> tuple[Act, ...] | None:
    annotated = [frame for frame in frames if "actions" in frame]
    if not annotated:
        return None
    return tuple(Act(name=action["act"], domain=_domain(frame["service"]), slot=action["slot"] or None,
                     value="|".join(action["values"]) or None) for frame in annotated for action in frame["actions"])


def _spans(frames: list[Mapping[str, Any]]) -> tuple[Span, ...]:
    return tuple(Span(start=slot["start"], end=slot["exclusive_end"], label=slot["slot"]) for frame in frames for slot in frame["slots"])


def _domain(service: str) -> str:
    return service.rpartition("_")[0].lower() or service.lower()


SGD = SchemaGuided()
