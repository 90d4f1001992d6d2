"""Tables with a header, as CSV: rows by column name, with one sentence for damage."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.corpora.files import REFETCH, opened, record
from engine.errors import InputError


def table(path: Path, delimiter: str = ",") -> Iterator[tuple[int, Mapping[str, str]]]:
    """``(line, row)``; a row may run over several lines, ``line`` is its last.

    Raises:
        InputError: The file is empty or damaged, or a row has not as many cells as the header.
    """
    with opened(path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, delimiter=delimiter)
        try:
            header = next(reader, None)
            if not header:
                raise InputError("the file is empty", where=str(path), remedy=REFETCH)
            for row in reader:
                with record(path, f"line {reader.line_num}"):
                    yield reader.line_num, dict(zip(header, row, strict=True))
        except csv.Error as error:
            raise InputError(f"not a valid table ({error})", where=f"{path}, line {reader.line_num}", remedy=REFETCH) from None
