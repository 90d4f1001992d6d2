"""CSV or TSV, one utterance a row: ``speaker`` and ``text``, optionally `COLUMNS`.

``acts`` is a JSON list (``[{"name": "inform", "slot": "food"}]``) or names with ``;`` between them; ``state`` is a JSON object or
``slot=value`` with ``;`` between them; ``spans`` is a JSON list of ``[start, end, slot]``. An empty cell means not annotated.
``split`` and ``domains`` (``;`` between them) belong to the dialogue: the first row that has them counts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from sys import intern

from engine.dialogue.formats.annotation import act, span
from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.node import load
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Act, Dialogue, Span, State, Turn
from engine.errors import InputError

COLUMNS = ("dialogue_id", "turn", "speaker", "text", "intent", "acts", "state", "spans", "domains", "split")
_ALIASES = {"role": "speaker", "utterance": "text", "message": "text", "content": "text", "dialog_id": "dialogue_id",
            "conversation_id": "dialogue_id", "turn_id": "turn", "utt_idx": "turn"}
_DELIMITERS = ",\t;|"
_LONGEST_CELL = 20_000_000
_Row = tuple[int, dict[str, str]]


def recognise(head: Head) -> float:
    """By the column names of the first line."""
    names = set(_header(head.text, _delimiter(head.text)))
    if {"speaker", "text"} <= names:
        return 0.95
    return 0.25 * len(names & {"dialogue_id", "speaker", "text"}) if len(names) > 1 else 0.0


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read a table (see the module); rows of one ``dialogue_id`` are one dialogue, in the order of ``turn`` if there is one."""
    found: dict[str, _Part] = {}
    for line, row in _rows(source, reading):
        part = found.setdefault(row.get("dialogue_id") or "1", _Part(line))
        part.turns.append(_turn(row, line, reading))
        part.places.append(_place(row, line))
        part.domains, part.split = part.domains or row.get("domains", ""), part.split or row.get("split", "")
    for name in list(found):
        part = found.pop(name)
        yield dialogue(name, _ordered(part, reading), _words(part.domains), part.split or "all")


@dataclass(slots=True)
class _Part:
    """The rows of one dialogue so far."""

    line: int
    turns: list[Turn] = field(default_factory=list)
    places: list[int | None] = field(default_factory=list)
    domains: str = ""
    split: str = ""


def _rows(source: Source, reading: Reading) -> Iterator[_Row]:
    csv.field_size_limit(_LONGEST_CELL)  # the library's own limit, 131,072, is shorter than some utterances
    reader = csv.reader(source.lines(newline=""), delimiter=_delimiter(source.head.text), strict=True)
    names: list[str] = []
    line = 1
    try:
        for cells in reader:
            if cells and names:
                yield line, _row(names, cells, line)
            elif cells:
                names = _checked_header(_columns(cells), line, reading)
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"the row cannot be read ({error})", where=f"line {line}",
                         remedy='put quotes around the cell and write a quote inside it as ""') from None


def _row(names: list[str], cells: list[str], line: int) -> dict[str, str]:
    if len(cells) != len(names):
        raise InputError(f"the row has {len(cells)} cells but the header has {len(names)}", where=f"line {line}",
                         remedy="put quotes around a text that holds the delimiter")
    return dict(zip(names, cells, strict=True))


def _delimiter(text: str) -> str:
    return max(_DELIMITERS, key=lambda mark: len(set(_header(text, mark)) & set(COLUMNS)))


def _header(text: str, delimiter: str) -> list[str]:
    cells = next(filter(None, csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)), [])
    return _columns(cells)


def _columns(cells: list[str]) -> list[str]:
    plain = [cell.strip().lower().replace(" ", "_") for cell in cells]
    taken = set(plain)
    return [_ALIASES.get(cell, cell) if _ALIASES.get(cell) not in taken else cell for cell in plain]


def _checked_header(names: list[str], line: int, reading: Reading) -> list[str]:
    for name in ("speaker", "text"):
        if name not in names:
            raise InputError(f"the column {name!r} is missing", where=f"line {line}", remedy=f"known columns are {', '.join(COLUMNS)}")
    if twice := next((name for name in names if name in COLUMNS and names.count(name) > 1), None):
        raise InputError(f"the column {twice!r} is there twice", where=f"line {line}", remedy="rename or remove one of them")
    for name in names:
        if name not in COLUMNS:
            reading.note(f"The column {name!r} is not known and was left out", f"line {line}",
                         f"rename it to one of {', '.join(COLUMNS)} if it is one")
    return names


def _place(row: Mapping[str, str], line: int) -> int | None:
    cell = row.get("turn", "").strip()
    try:
        return int(cell) if cell else None
    except ValueError:
        raise InputError(f"the turn {cell[:40]!r} is not a whole number", where=f"line {line}",
                         remedy="number the turns, or remove the column") from None


def _ordered(part: _Part, reading: Reading) -> list[Turn]:
    places = [place for place in part.places if place is not None]
    if len(places) not in (0, len(part.turns)):
        raise InputError("some rows of this dialogue have no turn number", where=f"line {part.line}", remedy="number all turns, or remove the column")
    if places == sorted(places):
        return part.turns
    reading.note("Rows were put in the order of the column 'turn'", f"line {part.line}", "remove that column if the rows are in order")
    return [part.turns[index] for index in sorted(range(len(places)), key=places.__getitem__)]


def _turn(row: Mapping[str, str], line: int, reading: Reading) -> Turn:
    return Turn(speaker=reading.role(row["speaker"], where=f"line {line}, column speaker"), text=row["text"], label=intern(row["speaker"]),
                intent=row.get("intent") or None, acts=_acts(row, line), state=_state(row, line), spans=_spans(row, line))


def _acts(row: Mapping[str, str], line: int) -> tuple[Act, ...] | None:
    cell = row.get("acts", "").strip()
    if cell.startswith("["):
        return tuple(map(act, load(cell, line=line).items()))
    return tuple(Act(name=name) for name in _words(cell)) or None


def _spans(row: Mapping[str, str], line: int) -> tuple[Span, ...] | None:
    cell = row.get("spans", "").strip()
    found = [span(node) for node in load(cell, line=line).items(list)] if cell else None
    return None if found is None else tuple(one for one in found if 0 <= one.start <= one.end <= len(row["text"]))


def _words(cell: str) -> list[str]:
    return [word.strip() for word in cell.split(";") if word.strip()]


def _state(row: Mapping[str, str], line: int) -> State | None:
    cell = row.get("state", "").strip()
    if cell.startswith("{"):
        return {slot: node.value for slot, node in load(cell, line=line).members(str)}
    pairs = [part.partition("=") for part in cell.split(";") if part.strip()]
    if any(not mark for _, mark, _ in pairs):
        raise InputError(f"the state {cell[:40]!r} is not readable", where=f"line {line}, column state",
                         remedy="write a JSON object, or slot=value with ; between them")
    return {slot.strip(): value.strip() for slot, _, value in pairs} or None


CSV_LONG = Format(name="csv_long", title="CSV or TSV, one utterance a row", endings=(".csv", ".tsv"), recognise=recognise, parse=parse)
