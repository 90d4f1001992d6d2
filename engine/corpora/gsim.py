"""GSIM (machines talking to machines): sim-M movies and sim-R restaurants, in the official or the ToDDAPT form.

Formats: google-research-datasets/simulated-dialogue; ToDDAPT ``data_ptm/m2m`` (unified format).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import REFETCH, check_split, json_items, locate_optional, record, text_of
from engine.dialogue.model import Act, Dialogue, Span, Speaker, State, Turn
from engine.errors import MissingDataError

HOME = "https://raw.githubusercontent.com/google-research-datasets/simulated-dialogue/9c5752ffa60d00c58efe52ce2ec6a29f2c2bb47b"
DOMAINS = {"sim-M": "movie", "sim-R": "restaurant"}
SPLITS = ("train", "dev", "test")
DERIVED_SPLITS = {"train": "train", "dev": "val", "test": "test"}
HASHES = {
    "sim-M/train": "241086da5a732de470a7b7f899cd27a84648fd31d9d33159ef00ef3c3c831ea9",
    "sim-M/dev": "5afd669f6049c658f5abcc2e1c192d54565dfb2f639a16196e0176e0af28b2c8",
    "sim-M/test": "ec663a1f94b005d4f0a83fd7b83b242785b976bf9613a3eea2b6e10ac1a6b894",
    "sim-R/dev": "4677890f70056a05349161f4bcf2621259553dd65d9985df059cf74ad1b765b5",
}


class Gsim:
    """Simulated dialogue outlines rewritten by people: 1,500 train, 469 dev and 1,039 test dialogues."""

    card = CorpusCard(
        name="gsim",
        title="Simulated Dialogue (sim-M and sim-R)",
        source="https://github.com/google-research-datasets/simulated-dialogue",
        licence="none stated (provided as is); ToDDAPT form Apache-2.0",
        redistributable=False,
        version="9c5752ffa60d",
        citation="Shah et al. 2018, Building a Conversational Agent Overnight with Dialogue Self-Play",
        folders=("gsim",),
        splits=(*SPLITS, *(f"{part}:{split}" for part in DOMAINS for split in SPLITS)),
        annotations=("intent", "acts", "state", "spans"),
        changes=(
            "Act names are lower-cased.",
            "Spans are rebuilt as characters from the published token positions.",
            "A part whose official file is missing is read from the ToDDAPT form, whose user acts carry inferred slots and values, "
            "whose spans were searched, and which has no user intents.",
        ),
    )
    downloads = tuple(
        Download(url=f"{HOME}/{part}/{split}.json", filename=f"official/{part}/{split}.json", sha256=HASHES.get(f"{part}/{split}"))
        for part in DOMAINS for split in SPLITS
    )

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Stream one split: sim-M then sim-R, or one of them (``sim-M:train``)."""
        check_split(split, self.card.splits, self.card.name)
        part, _, piece = split.rpartition(":")
        for name in (part,) if part else DOMAINS:
            yield from _read_part(folder, name, piece, split)


GSIM = Gsim()


def _read_part(folder: Path, part: str, piece: str, split: str) -> Iterator[Dialogue]:
    official = locate_optional(folder, f"official/{part}/{piece}.json", f"{part}/{piece}.json")
    derived = locate_optional(folder, "toddapt_m2m/data.json", "data.json")
    if official is not None:
        yield from _read_official(official, DOMAINS[part], split)
    elif derived is not None:
        yield from _read_derived(derived, DOMAINS[part], DERIVED_SPLITS[piece], split)
    else:
        what = f"neither official/{part}/{piece}.json nor toddapt_m2m/data.json is there"
        raise MissingDataError(what, where=str(folder), remedy=REFETCH)


def _read_official(path: Path, domain: str, split: str) -> Iterator[Dialogue]:
    for index, item in json_items(path):
        with record(path, f"/{index}"):
            turns = tuple(turn for pair in item["turns"] for turn in _official_turns(pair, domain))
            dialogue = _dialogue(item["dialogue_id"], split, turns, domain)
        yield dialogue


def _official_turns(pair: Mapping[str, Any], domain: str) -> Iterator[Turn]:
    if "system_utterance" in pair:  # the first pair has no system side
        yield _official_turn(pair, "system", domain)
    user = _official_turn(pair, "user", domain)
    state = {f"{domain}-{item['slot']}": item["value"] for item in pair["dialogue_state"]}
    yield replace(user, intent=next(iter(pair.get("user_intents", ())), None), state=state)


def _official_turn(pair: Mapping[str, Any], speaker: Speaker, domain: str) -> Turn:
    utterance = pair[f"{speaker}_utterance"]
    acts = tuple(_act(act["type"], domain, act.get("slot"), act.get("value")) for act in pair[f"{speaker}_acts"])
    return Turn(speaker=speaker, text=text_of(utterance["text"]), acts=acts, spans=_token_spans(utterance))


def _token_spans(utterance: Mapping[str, Any]) -> tuple[Span, ...]:
    """Character spans from token positions; the text is the tokens joined with a space."""
    tokens = utterance["tokens"]
    if " ".join(tokens) != utterance["text"]:
        raise ValueError("the tokens do not join to the text")
    starts = [sum(len(token) + 1 for token in tokens[:index]) for index in range(len(tokens) + 1)]
    return tuple(
        Span(start=starts[slot["start"]], end=starts[slot["exclusive_end"]] - 1, label=slot["slot"]) for slot in utterance["slots"]
    )


def _read_derived(path: Path, domain: str, piece: str, split: str) -> Iterator[Dialogue]:
    for index, item in json_items(path):
        with record(path, f"/{index}"):
            if item["data_split"] != piece or domain not in item["domains"]:
                continue
            dialogue = _dialogue(item["original_id"], split, tuple(_derived_turn(turn) for turn in item["turns"]), domain)
        yield dialogue


def _derived_turn(turn: Mapping[str, Any]) -> Turn:
    published = [act for group in turn["dialogue_act"].values() for act in group]
    acts = tuple(_act(act["intent"], act["domain"], act["slot"], act["value"]) for act in published)
    spans = {(act["start"], act["end"], act["slot"]) for act in published if "start" in act}
    state = _derived_state(turn["state"]) if "state" in turn else None
    return Turn(
        speaker=turn["speaker"], text=text_of(turn["utterance"]), acts=acts, state=state,
        spans=tuple(Span(start=start, end=end, label=label) for start, end, label in sorted(spans)),
    )


def _derived_state(published: Mapping[str, Mapping[str, str]]) -> State:
    return {f"{domain}-{slot}": value for domain, slots in published.items() for slot, value in slots.items() if value}


def _act(name: str, domain: str, slot: str | None, value: str | None) -> Act:
    """An act in both forms' common shape: a domain only beside a slot, None for what is published empty."""
    return Act(name=name.lower(), domain=domain if slot else None, slot=slot or None, value=value or None)


def _dialogue(identity: str, split: str, turns: tuple[Turn, ...], domain: str) -> Dialogue:
    return Dialogue(corpus="gsim", id=identity, split=split, turns=turns, domains=frozenset({domain}))
