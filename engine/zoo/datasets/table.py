"""Rows of a CSV file with a header, streamed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.corpora.files import REFETCH, opened
from engine.errors import InputError


def rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """``(line, row)``: the line is the last one of the row, for a quoted field may hold line breaks.

    Raises:
        InputError: The file is empty, damaged, not UTF-8, or a row has not as many fields as the header.
    """
    with opened(path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        read = csv.reader(text, strict=True)
        try:
            header = next(read, [])
            for fields in filter(None, read):  # an empty line is no row
                if len(fields) != len(header):
                    raise InputError(f"{len(fields)} fields where the header has {len(header)}", where=f"{path}, line {read.line_num}", remedy=REFETCH)
                yield read.line_num, dict(zip(header, fields, strict=True))
        except csv.Error as error:
            raise InputError(f"not valid CSV ({error})", where=f"{path}, line {read.line_num}", remedy=REFETCH) from None
    if not header:
        raise InputError("the file is empty", where=str(path), remedy=REFETCH)
