"""Sets of one JSON file per record, in a folder or still packed in a tar archive."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from engine.corpora.files import REFETCH, locate_all, locate_optional, opened
from engine.errors import InputError, MissingDataError


def json_files(folder: Path, pattern: str, archive: str) -> Iterator[tuple[Path, Any]]:
    """What every file of a pattern holds, at any depth below ``folder``, by name; else from ``archive``, in its order.

    Raises:
        InputError: The archive or a file is damaged; names it.
        MissingDataError: Neither is there.
    """
    for path, raw in _contents(folder, pattern, archive):
        try:
            yield path, json.loads(raw)
        except ValueError as error:  # UnicodeDecodeError among them
            raise InputError(f"not valid JSON ({error})", where=str(path), remedy=REFETCH) from None


def _contents(folder: Path, pattern: str, archive: str) -> Iterator[tuple[Path, bytes]]:
    try:
        paths = locate_all(folder, f"**/{pattern}")
    except MissingDataError:
        packed = locate_optional(folder, archive)
        if packed is None:
            raise
        yield from _members(packed, pattern)
        return
    for path in paths:
        with opened(path) as stream:
            raw = stream.read()
        yield path, raw


def _members(packed: Path, pattern: str) -> Iterator[tuple[Path, bytes]]:
    found = False
    try:
        with opened(packed) as stream, tarfile.open(fileobj=stream, mode="r|") as members:
            for member in members:
                file = members.extractfile(member) if PurePosixPath(member.name).match(pattern) else None
                if file is not None:
                    found = True
                    yield packed / member.name, file.read()
    except tarfile.TarError as error:
        raise InputError(f"the archive is damaged or cut short ({error})", where=str(packed), remedy=REFETCH) from None
    if not found:
        raise InputError(f"the archive holds no {pattern}", where=str(packed), remedy=REFETCH)
