"""Tables whose cells may stand in quotes and hold line ends."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.corpora.files import REFETCH, opened
from engine.errors import InputError

Row = Mapping[str, str | None]
"""Column to cell; None where a row is too short."""


def rows(path: Path, delimiters: str) -> Iterator[tuple[str, Row]]:
    """``(place, row)`` below the header; of several possible delimiters, the first that stands in the header is the one.

    Raises:
        InputError: The file is empty, damaged or not UTF-8, or a quote is never closed.
    """
    place = "line 1"
    with opened(path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        header = text.readline()
        if not header.strip():
            raise InputError("the file is empty", where=str(path), remedy=REFETCH)
        delimiter = next((sign for sign in delimiters if sign in header), delimiters[0])
        reader = csv.DictReader(text, next(csv.reader([header], delimiter=delimiter)), delimiter=delimiter, strict=True)
        try:
            for row in reader:
                place = f"line {reader.line_num + 1}"
                yield place, row
        except csv.Error as error:
            raise InputError(f"the table is damaged below {place} ({error})", where=str(path), remedy=REFETCH) from None
