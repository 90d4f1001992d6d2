"""Tables with a header, as CSV: rows by column name, streamed, with one sentence for damage."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.corpora.files import REFETCH, opened
from engine.errors import InputError


def table(path: Path, delimiters: str = ",") -> Iterator[tuple[int, Mapping[str, str]]]:
    """``(line, row)``; a quoted cell may run over several lines, ``line`` is the row's last. Empty lines are no rows.

    Args:
        path: The file.
        delimiters: Of several, the first that stands in the header is the one.

    Raises:
        InputError: The file is empty, damaged, not UTF-8, has a header alone, or a row has not as many fields as the header.
    """
    with opened(path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        first = text.readline()
        delimiter = next((sign for sign in delimiters if sign in first), delimiters[0])
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        line = 1
        try:
            header = next(csv.reader([first], delimiter=delimiter, strict=True), [])
            if not header:
                raise InputError("the file is empty", where=str(path), remedy=REFETCH)
            for fields in filter(None, reader):
                line = reader.line_num + 1
                if len(fields) != len(header):
                    raise InputError(f"{len(fields)} fields where the header has {len(header)}", where=f"{path}, line {line}", remedy=REFETCH)
                yield line, dict(zip(header, fields, strict=True))
        except csv.Error as error:
            raise InputError(f"not a valid table ({error})", where=f"{path}, line {reader.line_num + 1}", remedy=REFETCH) from None
    if line == 1:
        raise InputError("no row in the file", where=str(path), remedy=REFETCH)
