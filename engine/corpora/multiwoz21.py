"""MultiWOZ 2.1 in three published forms: nested log (official, ConvLab-2), TRADE-style table, ConvLab utterance list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import check_split, json_members, lines, locate, locate_optional, record
from engine.dialogue.model import Act, Dialogue, Span, State, Turn

COMMIT = "fe0c8e65cfcd"
SLOTS = {
    "attraction": ("area", "name", "type"),
    "hotel": ("area", "book day", "book people", "book stay", "internet", "name", "parking", "pricerange", "stars", "type"),
    "restaurant": ("area", "book day", "book people", "book time", "food", "name", "pricerange"),
    "taxi": ("arriveby", "departure", "destination", "leaveat"),
    "train": ("arriveby", "book people", "day", "departure", "destination", "leaveat"),
}
KEYS = tuple(f"{domain}-{slot}" for domain, slots in SLOTS.items() for slot in slots)
"""The 30 slots of state tracking, as the table's header spells them."""
EMPTY = {"", "none", "not mentioned"}
INDIFFERENT = {"dontcare", "dont care", "don't care", "do n't care", "do not care", "doesn't care"}
OFFICIAL_PLACES = ("", "MultiWOZ_2.1/", "MULTIWOZ2.1/", "data/MultiWOZ_2.1/")
LIST_PLACES = (*OFFICIAL_PLACES, "split_lists/")
TABLE_START = ("# Dialogue ID", "Turn Index", "Last Turn", "System Response", "User Utterance")
Reader = Callable[[Path, Path, str, str], Iterator[Dialogue]]
"""Corpus folder, found file, train/dev/test, split name as asked for."""
ACT_TEXT = re.compile(r"(?P<type>[^()]+-[^()]+)\((?P<items>.*)\)")


class MultiWoz21:
    """MultiWOZ 2.1; a plain split name takes the most complete source that is there, a prefixed one a certain kind."""

    card = CorpusCard(
        name="multiwoz21", title="MultiWOZ 2.1", source="https://github.com/budzianowski/multiwoz", licence="MIT", redistributable=True,
        version="2.1", citation="Eric et al. 2020, MultiWOZ 2.1: A Consolidated Multi-Domain Dialogue Dataset, LREC",
        folders=("multiwoz21",),
        splits=("train", "dev", "test", "tsv:train", "tsv:dev", "tsv:test", "convlab2:dev", "convlab2:test", "acts:train"),
        annotations=("acts", "state", "spans"),
        changes=("Source of train, dev and test, first that is there: official data.json, ConvLab-2 (dev, test), TRADE-style tsv.",
                 "Prefixed splits name a kind of source; where it is not there the official data.json answers, which has all of it.",
                 "tsv: lower-cased and tokenised; the last system reply of each dialogue is absent; it has no acts, no spans.",
                 "tsv: internet and parking are true or false, not yes or no; hotel-type is true for hotel, false for guesthouse.",
                 "Of a state only the 30 slots of five domains stay; a state stands on the user turn that it follows.",
                 "Acts: name is the verb after the dash in lower case; a requested slot has no value.",
                 "Spans: token positions turned into characters; those outside their utterance are dropped.",
                 "acts:train: sessions outside the dev and test lists; most have gaps, as not every utterance was annotated.",
                 "Ids have no .json ending."),
        pretraining_splits=("train",))
    downloads = (Download(url=f"https://raw.githubusercontent.com/budzianowski/multiwoz/{COMMIT}/data/MultiWOZ_2.1.zip",
                          filename="MultiWOZ_2.1.zip"),)

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Stream one split or named view (errors as `Corpus.read`)."""
        check_split(split, self.card.splits, self.card.name)
        view, _, part = split.rpartition(":")
        sources: dict[str, tuple[list[str], Reader]] = {
            "official": ([place + "data.json" for place in OFFICIAL_PLACES], _read_official),
            "convlab2": ([f"convlab2/{'val' if part == 'dev' else part}.json"], _read_convlab2),
            "tsv": ([f"dst_star_mwz2.1/{part}.tsv"], _read_table),
            "acts": (["convlab1/annotated_user_utts_18k.txt"], _read_utterances),
        }
        wanted = [sources[name] for name in ((view, "official") if view else ("official", "convlab2", "tsv"))]
        path = locate(folder, *(name for names, _ in wanted for name in names))
        reader = next(reader for names, reader in wanted if locate_optional(folder, *names) == path)
        return reader(folder, path, part, split)


def _read_official(folder: Path, path: Path, part: str, split: str) -> Iterator[Dialogue]:
    dev, test = _listed(folder, "val"), _listed(folder, "test")
    acts_path = locate_optional(folder, *(place + name for place in OFFICIAL_PLACES for name in ("system_acts.json", "dialogue_acts.json")))
    acts = dict(json_members(acts_path)) if acts_path else {}
    for key, raw in json_members(path):
        name = key.removesuffix(".json")
        if part == ("dev" if name in dev else "test" if name in test else "train"):
            with record(path, f"/{key}"):
                yield _logged(name, raw["log"], split, acts.get(name, {}))


def _read_convlab2(folder: Path, path: Path, part: str, split: str) -> Iterator[Dialogue]:
    for key, raw in json_members(path):
        with record(path, f"/{key}"):
            yield _logged(key.removesuffix(".json"), raw["log"], split, {})


def _logged(name: str, log: list[Mapping[str, Any]], split: str, system_acts: Mapping[str, Any]) -> Dialogue:
    """A nested log: even turns are the user's; the state after one is the metadata of the system turn that follows."""
    turns = []
    for index, raw in enumerate(log):
        follower = log[index + 1]["metadata"] if index % 2 == 0 and index + 1 < len(log) else None
        acts = raw.get("dialog_act", system_acts.get(str(index // 2 + 1)) if index % 2 else None)
        turns.append(Turn(speaker="system" if index % 2 else "user", text=raw["text"], acts=_acts(acts),
                          state=_nested_state(follower) if follower else None, spans=_spans(raw)))
    return _dialogue(name, split, turns)


def _nested_state(metadata: Mapping[str, Any]) -> State:
    flat = {f"{domain}-{prefix}{slot}".lower(): "|".join(value) if isinstance(value, list) else value
            for domain, parts in metadata.items() for part, prefix in (("semi", ""), ("book", "book "))
            for slot, value in parts[part].items() if slot != "booked"}
    return _state({key.replace("price range", "pricerange"): value for key, value in flat.items()})


def _state(cells: Mapping[str, str]) -> State:
    values = {key: cells[key].strip().lower() for key in KEYS if key in cells}
    return {key: "dontcare" if value in INDIFFERENT else value for key, value in values.items() if value not in EMPTY}


def _acts(raw: Any) -> tuple[Act, ...] | None:
    """``{"Hotel-Inform": [["Area", "east"]]}``; older files write a sentence where there is no annotation."""
    if not isinstance(raw, Mapping):
        return None
    return tuple(_act(kind, slot, value) for kind, items in raw.items() for slot, value in items or [("none", "none")])


def _act(kind: str, slot: str | None, value: str | None) -> Act:
    domain, _, verb = kind.partition("-")
    return Act(name=verb.lower(), domain=domain.lower(), slot=None if slot in (None, "", "none") else slot,
               value=None if value in (None, "", "none", "?") else value)


def _spans(raw: Mapping[str, Any]) -> tuple[Span, ...] | None:
    """``span_info`` counts blank-separated tokens, both ends included."""
    if "span_info" not in raw:
        return None
    tokens = [found.span() for found in re.finditer(r"\S+", raw["text"])]
    return tuple(Span(start=tokens[first][0], end=tokens[last][1], label=slot)
                 for _, slot, _, first, last in raw["span_info"] if 0 <= first <= last < len(tokens))


def _read_table(folder: Path, path: Path, part: str, split: str) -> Iterator[Dialogue]:
    for name, rows in groupby(_rows(path), key=lambda row: row[TABLE_START[0]]):
        turns = []
        for row in rows:
            if row["System Response"]:
                turns.append(Turn(speaker="system", text=row["System Response"]))
            turns.append(Turn(speaker="user", text=row["User Utterance"], state=_state(row)))
        yield _dialogue(name.removesuffix(".json"), split, turns)


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    header: list[str] = []
    for number, line in lines(path):
        cells = [cell.strip() for cell in line.split("\t")]
        with record(path, f"line {number}"):
            if not header:
                header = _header(cells)
                continue
            if len(cells) != len(header):
                raise ValueError(f"{len(cells)} columns instead of {len(header)}")
        yield dict(zip(header, cells, strict=True))


def _header(cells: list[str]) -> list[str]:
    """The column names; the published header ends in a tab, its rows do not."""
    names = [cell for cell in cells if cell]
    missing = [name for name in (*TABLE_START, *KEYS) if name not in names]
    if missing:
        raise KeyError(missing[0])
    return names


def _read_utterances(folder: Path, path: Path, part: str, split: str) -> Iterator[Dialogue]:
    held_out = _listed(folder, "val") | _listed(folder, "test")
    for name, session in groupby(_utterances(path), key=lambda found: found[0]):
        if name not in held_out:
            ordered = sorted(session, key=lambda found: found[1])
            yield _dialogue(name, split, [turn for _, _, turn in ordered])


def _utterances(path: Path) -> Iterator[tuple[str, int, Turn]]:
    """Session, message number (odd: system) and turn of each row below the header."""
    for number, line in lines(path):
        if number > 1:
            with record(path, f"line {number}"):
                name, message, text, act = line.split("\t")
                turn = Turn(speaker="system" if int(message) % 2 else "user", text=text.strip(), acts=_written_acts(act.strip()))
                found = name.removesuffix(".json"), int(message), turn
            yield found


def _written_acts(text: str) -> tuple[Act, ...]:
    """``Hotel-Inform(Area=north;Parking)``."""
    found = ACT_TEXT.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not Domain-Act(Slot=value;...)")
    items = (item.partition("=") for item in found["items"].split(";"))
    return tuple(_act(found["type"], slot.strip(), value.strip()) for slot, _, value in items)


def _listed(folder: Path, part: str) -> frozenset[str]:
    """The ids of the official dev (``val``) or test list, one a line."""
    names = [f"{place}{part}ListFile.{ending}" for ending in ("json", "txt") for place in LIST_PLACES]
    return frozenset(line.strip().removesuffix(".json") for _, line in lines(locate(folder, *names)))


def _dialogue(name: str, split: str, turns: list[Turn]) -> Dialogue:
    named = {key.partition("-")[0] for turn in turns for key in turn.state or ()}
    named |= {act.domain for turn in turns for act in turn.acts or () if act.domain}
    return Dialogue(corpus="multiwoz21", id=name, split=split, turns=tuple(turns), domains=frozenset(named - {"general", "booking"}))


MULTIWOZ21 = MultiWoz21()
