"""Dialogues back to text: transcript, CSV, OpenAI chat, ConvLab-3, SGD; reading the result gives the same dialogues."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from engine.dialogue.export_json import convlab3_record, openai_record, sgd_record
from engine.dialogue.formats.annotation import act_json
from engine.dialogue.formats.csv_long import COLUMNS
from engine.dialogue.model import Dialogue, Speaker, Turn

_LABELS: dict[Speaker, str] = {"user": "User", "system": "System"}


@dataclass(frozen=True, kw_only=True)
class Export:
    """One way out."""

    title: str
    ending: str
    mime: str
    pieces: Callable[[Iterable[Dialogue]], Iterator[str]]
    """The text, piece by piece."""

    def write(self, dialogues: Iterable[Dialogue]) -> str:
        """The whole text."""
        return "".join(self.pieces(dialogues))


def to_transcript(dialogues: Iterable[Dialogue]) -> Iterator[str]:
    """``User:`` and ``System:`` lines below ``=== id ===``; spaces around an utterance and all annotation are lost."""
    return (f"=== {' '.join(name.split())} ===\n{''.join(map(_lines, dialogue.turns))}\n" for name, dialogue in _named(dialogues))


def to_csv(dialogues: Iterable[Dialogue]) -> Iterator[str]:
    """One utterance a row with its annotation."""
    yield _csv([COLUMNS])
    for name, dialogue in _named(dialogues):
        yield _csv(_row(name, number, turn, dialogue) for number, turn in enumerate(dialogue.turns))


def to_openai_chat(dialogues: Iterable[Dialogue]) -> Iterator[str]:
    """``{"id": ..., "messages": [...]}`` a line, with annotation under a key of ours where there is some."""
    return (json.dumps(openai_record(dialogue), ensure_ascii=False) + "\n" for dialogue in dialogues)


def to_convlab3(dialogues: Iterable[Dialogue]) -> Iterator[str]:
    """ConvLab-3's ``dialogues.json``."""
    return _list(map(convlab3_record, dialogues))


def to_sgd(dialogues: Iterable[Dialogue]) -> Iterator[str]:
    """A ``dialogues_001.json`` of the Schema-Guided Dialogue data."""
    return _list(map(sgd_record, dialogues))


EXPORTS: dict[str, Export] = {
    "transcript": Export(title="Plain transcript", ending=".txt", mime="text/plain", pieces=to_transcript),
    "csv_long": Export(title="CSV, one utterance a row", ending=".csv", mime="text/csv", pieces=to_csv),
    "openai_chat": Export(title="OpenAI chat, JSON lines", ending=".jsonl", mime="application/jsonl", pieces=to_openai_chat),
    "convlab3": Export(title="ConvLab-3 unified", ending=".json", mime="application/json", pieces=to_convlab3),
    "sgd": Export(title="Schema-Guided Dialogue", ending=".json", mime="application/json", pieces=to_sgd),
}
"""Format name to its writer; of two with one ending, the first is meant by the ending."""


def _list(records: Iterable[object]) -> Iterator[str]:
    before = "[\n"
    for record in records:
        yield before + json.dumps(record, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _named(dialogues: Iterable[Dialogue]) -> Iterator[tuple[str, Dialogue]]:
    """Each dialogue under a name that no other one has: rows of one name would be read as one dialogue."""
    used: set[str] = set()
    for number, dialogue in enumerate(dialogues, start=1):
        name = dialogue.id.strip() or str(number)
        while name in used:
            name += "'"
        used.add(name)
        yield name, dialogue


def _lines(turn: Turn) -> str:
    # A tab keeps a line of the utterance from being read as a speaker's label or a heading.
    first, *others = re.split(r"\r\n|\r|\n", turn.text)
    return "".join([f"{_LABELS[turn.speaker]}: {first}\n", *(f"\t{line}\n" for line in others)])


def _csv(rows: Iterable[Iterable[str]]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    return stream.getvalue()


def _row(name: str, number: int, turn: Turn, dialogue: Dialogue) -> list[str]:
    first = number == 0
    return [name, str(number), turn.speaker, turn.text, turn.intent or "", _json(None if turn.acts is None else list(map(act_json, turn.acts))),
            _json(None if turn.state is None else dict(turn.state)),
            _json(None if turn.spans is None else [[span.start, span.end, span.label] for span in turn.spans]),
            ";".join(sorted(dialogue.domains)) * first, dialogue.split * first]


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
