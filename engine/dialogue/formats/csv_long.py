"""CSV or TSV, one utterance a row: ``speaker`` and ``text``, optionally ``dialogue_id``, ``turn``, ``intent``, ``acts``, ``state``.

``acts`` is a JSON list (``[{"name": "inform", "slot": "food"}]``) or names with ``;`` between them; ``state`` is a JSON object or
``slot=value`` with ``;`` between them. An empty cell means not annotated.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from engine.dialogue.formats.base import Format, Note, dialogue, role, silent
from engine.dialogue.formats.node import HEAD, Node, load
from engine.dialogue.model import Act, Dialogue, State, Turn
from engine.errors import InputError

COLUMNS = ("dialogue_id", "turn", "speaker", "text", "intent", "acts", "state")
_ALIASES = {"role": "speaker", "utterance": "text", "message": "text", "content": "text", "dialog_id": "dialogue_id",
            "conversation_id": "dialogue_id", "turn_id": "turn", "utt_idx": "turn"}
_DELIMITERS = ",\t;|"
_LONGEST_CELL = 20_000_000
_Row = tuple[int, dict[str, str]]


def recognise(text: str) -> float:
    """By the column names of the first line."""
    names = set(_header(text[:HEAD], _delimiter(text)))
    if {"speaker", "text"} <= names:
        return 0.95
    return 0.25 * len(names & {"dialogue_id", "speaker", "text"}) if len(names) > 1 else 0.0


def parse(text: str, note: Note = silent) -> list[Dialogue]:
    """Read a table (see the module); rows of one ``dialogue_id`` are one dialogue, in the order of ``turn`` if there is one."""
    dialogues: dict[str, list[_Row]] = {}
    for row in _rows(text, note):
        dialogues.setdefault(row[1].get("dialogue_id") or "1", []).append(row)
    return [dialogue(name, map(_turn, _ordered(rows, note))) for name, rows in dialogues.items()]


def _rows(text: str, note: Note) -> Iterator[_Row]:
    csv.field_size_limit(_LONGEST_CELL)  # the library's own limit, 131,072, is shorter than some utterances
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    names: list[str] = []
    line = 1
    try:
        for cells in reader:
            if cells and names:
                yield line, _row(names, cells, line)
            elif cells:
                names = _checked_header(_columns(cells), line, note)
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
    return max(_DELIMITERS, key=lambda mark: len(set(_header(text[:HEAD], mark)) & set(COLUMNS)))


def _header(text: str, delimiter: str) -> list[str]:
    cells = next(filter(None, csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)), [])
    return _columns(cells)


def _columns(cells: list[str]) -> list[str]:
    plain = [cell.strip().lower().replace(" ", "_") for cell in cells]
    taken = set(plain)
    return [_ALIASES.get(cell, cell) if _ALIASES.get(cell) not in taken else cell for cell in plain]


def _checked_header(names: list[str], line: int, note: Note) -> list[str]:
    for name in ("speaker", "text"):
        if name not in names:
            raise InputError(f"the column {name!r} is missing", where=f"line {line}", remedy=f"known columns are {', '.join(COLUMNS)}")
    if twice := next((name for name in names if name in COLUMNS and names.count(name) > 1), None):
        raise InputError(f"the column {twice!r} is there twice", where=f"line {line}", remedy="rename or remove one of them")
    for name in names:
        if name not in COLUMNS:
            note(f"The column {name!r} is not known and was left out")
    return names


def _ordered(rows: list[_Row], note: Note) -> list[_Row]:
    if not any(row.get("turn") for _, row in rows):
        return rows
    ordered = sorted(rows, key=_position)
    if ordered != rows:
        note("Rows were put in the order of the column 'turn'")
    return ordered


def _position(row: _Row) -> int:
    try:
        return int(row[1]["turn"])
    except ValueError:
        raise InputError(f"the turn {row[1]['turn']!r} is not a whole number", where=f"line {row[0]}",
                         remedy="number the turns, or remove the column") from None


def _turn(numbered: _Row) -> Turn:
    line, row = numbered
    return Turn(speaker=role(row["speaker"], where=f"line {line}, column speaker"), text=row["text"],
                intent=row.get("intent") or None, acts=_acts(row, line), state=_state(row, line))


def _acts(row: Mapping[str, str], line: int) -> tuple[Act, ...] | None:
    cell = row.get("acts", "").strip()
    if cell.startswith("["):
        return tuple(_act(node) for node in load(cell, line=line).items())
    return tuple(Act(name=name.strip()) for name in cell.split(";") if name.strip()) or None


def _act(node: Node) -> Act:
    domain, slot, value = (found.value if (found := node.get(key, str)) else None for key in ("domain", "slot", "value"))
    return Act(name=node.need("name", str).value, domain=domain, slot=slot, value=value)


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
