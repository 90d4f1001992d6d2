"""SMD, also called KVRET: an in-car assistant with a small knowledge base per dialogue (Eric et al., SIGDIAL 2017)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import check_split, json_items, locate, one_of, record, text_of
from engine.dialogue.model import Dialogue, Span, Speaker, State, Turn

SPEAKERS: Mapping[str, Speaker] = {"driver": "user", "assistant": "system"}


class Smd:
    """One JSON list per split; slots are written on the assistant's answer."""

    card = CorpusCard(
        name="smd",
        title="SMD (KVRET)",
        source="https://nlp.stanford.edu/blog/a-new-multi-turn-multi-domain-task-oriented-dialogue-dataset/",
        licence="none stated",
        redistributable=False,
        version="2017 release",
        citation="Eric et al. 2017, Key-Value Retrieval Networks for Task-Oriented Dialogue",
        folders=("smd", "smd_kvret"),
        splits=("train", "dev", "test"),
        annotations=("state", "spans"),
        changes=(
            "The driver is the user; the knowledge base is left out.",
            "One train dialogue has no turn and is kept, so that the counts are the published ones.",
            "Slots stand on the assistant's turn; they are added to the state of the user turn before it.",
            "Slots are named intent-slot; blanks around a value are dropped.",
            "Spans are our own: where a value of the state so far occurs as whole words, whatever its case; the longest wins.",
        ),
        pretraining_splits=("train", "dev", "test"),
    )
    downloads = (
        Download(url="https://nlp.stanford.edu/projects/kvret/kvret_dataset_public.zip", filename="kvret_dataset_public.zip"),
    )

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Stream the dialogues (errors as `Corpus.read`)."""
        check_split(split, self.card.splits, self.card.name)
        path = locate(folder, f"kvret_{split}_public.json")
        for index, raw in json_items(path):
            with record(path, f"/{index}"):
                dialogue = _dialogue(raw, split)
            yield dialogue


def _dialogue(raw: Mapping[str, Any], split: str) -> Dialogue:
    intent, name = text_of(raw["scenario"]["task"]["intent"]), text_of(raw["scenario"]["uuid"])
    turns = tuple(_turns(raw["dialogue"], intent))
    return Dialogue(corpus="smd", id=name, split=split, turns=turns, domains=frozenset({intent}))


def _turns(entries: Sequence[Mapping[str, Any]], intent: str) -> Iterator[Turn]:
    state: dict[str, str] = {}
    for index, entry in enumerate(entries):
        speaker, text = one_of(SPEAKERS, entry["turn"]), text_of(entry["data"]["utterance"])
        if speaker == "user":
            state = {**state, **_answered(entries[index + 1 :], intent)}
        yield Turn(speaker=speaker, text=text, state=state if speaker == "user" else None, spans=find_spans(text, state))


def _answered(rest: Sequence[Mapping[str, Any]], intent: str) -> dict[str, str]:
    """The slots of the assistant turns up to the next driver turn."""
    slots: dict[str, str] = {}
    for entry in rest:
        if entry["turn"] == "driver":
            break
        slots |= {f"{intent}-{slot}": value.strip() for slot, value in entry["data"]["slots"].items()}
    return slots


def find_spans(text: str, state: State) -> tuple[Span, ...]:
    """Where the state's values occur as whole words, in order and without overlap.

    >>> find_spans("Book dinner at 7 pm, not 7.", {"a": "7 PM", "b": "7"})
    (Span(start=15, end=19, label='a'), Span(start=25, end=26, label='b'))
    """
    taken: list[Span] = []
    for slot, value in sorted(state.items(), key=lambda pair: -len(pair[1])):
        for match in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE) if value else ():
            if all(match.end() <= span.start or match.start() >= span.end for span in taken):
                taken.append(Span(start=match.start(), end=match.end(), label=slot))
    return tuple(sorted(taken, key=lambda span: span.start))


SMD = Smd()
