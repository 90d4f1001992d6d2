"""Opening published files: plain or gzip, streamed, and one clear sentence for each way they can be broken."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import ijson

from engine.errors import DialAtlasError, InputError, MissingDataError

T = TypeVar("T")

REFETCH = "fetch it again with `python -m engine data fetch NAME`"


def locate(folder: Path, *names: str) -> Path:
    """The first of ``names`` below ``folder`` that exists, plain or with ``.gz``.

    Raises:
        MissingDataError: None of them is there.
    """
    found = locate_optional(folder, *names)
    if found is None:
        raise MissingDataError(f"none of {', '.join(names)} (plain or .gz) is there", where=str(folder), remedy=REFETCH)
    return found


def locate_optional(folder: Path, *names: str) -> Path | None:
    """Like `locate`, but None where nothing is there."""
    paths = (folder / (name + ending) for name in names for ending in ("", ".gz"))
    return next((path for path in paths if path.is_file()), None)


def locate_all(folder: Path, *patterns: str) -> list[Path]:
    """Every file below ``folder`` that matches the first pattern that any file matches, plain or with ``.gz``, by name.

    Raises:
        MissingDataError: No pattern finds anything.
    """
    for pattern in patterns:
        found = {str(path).removesuffix(".gz"): path for ending in (".gz", "") for path in folder.glob(pattern + ending)}
        if found:
            return [found[name] for name in sorted(found)]
    raise MissingDataError(f"none of {', '.join(patterns)} (plain or .gz) is there", where=str(folder), remedy=REFETCH)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked while they are read; damage becomes an `InputError` that names the file."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            yield stream  # type: ignore[misc]
    except DialAtlasError:
        raise
    except FileNotFoundError:
        raise MissingDataError("the file is not there", where=str(path), remedy=REFETCH) from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"the compressed file is damaged or cut short ({error})", where=str(path), remedy=REFETCH) from None
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text (byte {error.start})", where=str(path), remedy="save it as UTF-8") from None
    except ijson.JSONError as error:
        # Below its first line, the message shows the place with an arrow.
        raise InputError(f"not valid JSON ({str(error).partition(chr(10))[0]})", where=str(path), remedy=REFETCH) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path), remedy="check the disk and permissions") from None


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """``(number, line)`` from 1, without line ends; a byte order mark is dropped.

    Raises:
        InputError: The file is empty, damaged, or not UTF-8.
    """
    number = 0
    with opened(path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="\n") as text:
        for number, line in enumerate(text, start=1):
            yield number, line.rstrip("\r\n")
    if number == 0:
        raise InputError("the file is empty", where=str(path), remedy=REFETCH)


def json_items(path: Path, prefix: str = "item") -> Iterator[tuple[int, Any]]:
    """Stream ``(index, value)`` over a JSON array (``item``) or below another ijson prefix.

    Raises:
        InputError: The file is empty, damaged, not JSON, or holds nothing below ``prefix``.
    """
    index = -1
    with opened(path) as stream:
        for index, value in enumerate(ijson.items(stream, prefix, use_float=True)):
            yield index, value
    if index < 0:
        raise InputError("no dialogue in the file", where=str(path), remedy=REFETCH)


def json_members(path: Path, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Stream ``(key, value)`` over the top-level JSON object, or the one at an ijson prefix (errors as `json_items`)."""
    empty = True
    with opened(path) as stream:
        for key, value in ijson.kvitems(stream, prefix, use_float=True):
            empty = False
            yield key, value
    if empty:
        raise InputError("no dialogue in the file", where=str(path), remedy=REFETCH)


def json_line(text: str, path: Path, number: int) -> Any:
    """One line of a JSON-lines file.

    Raises:
        InputError: The line is not JSON.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"not valid JSON ({error.msg})", where=f"{path}, line {number}", remedy=REFETCH) from None


def json_below_comments(path: Path) -> list[Any]:
    """A JSON list, read whole, in a file with comment lines, which become empty lines so that a message names the right line.

    Raises:
        InputError: The file is empty, damaged, not JSON, or holds no list with anything in it.
    """
    text = "\n".join("" if line.startswith("#") else line for _, line in lines(path))
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"not valid JSON ({error.msg})", where=f"{path}, line {error.lineno}", remedy=REFETCH) from None
    if not isinstance(entries, list) or not entries:
        raise InputError("no dialogue in the file", where=str(path), remedy=REFETCH)
    return entries


@contextmanager
def record(path: Path, place: str) -> Iterator[None]:
    """Turn a missing key or wrong type inside one record into a sentence that names ``path`` and ``place``.

    ``place`` is a line (``line 7``) or a JSON pointer (``/3/turns``).
    """
    try:
        yield
    except KeyError as error:
        raise InputError(f"the key {error.args[0]!r} is missing", where=f"{path} {place}", remedy=REFETCH) from None
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        raise InputError(f"the record has another shape than published ({error})", where=f"{path} {place}", remedy=REFETCH) from None


def one_of(table: Mapping[str, T], value: Any) -> T:
    """What ``table`` says of ``value``; for use inside `record`.

    Raises:
        ValueError: The table does not know the value.
    """
    if value not in table:
        raise ValueError(f"{value!r} is none of {', '.join(table)}")
    return table[value]


def text_of(value: Any) -> str:
    """``value`` if it is text; for use inside `record`.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {type(value).__name__}")
    return value


def check_split(split: str, known: tuple[str, ...], corpus: str) -> None:
    """Refuse a split that the corpus does not have.

    Raises:
        InputError: Names the splits that exist.
    """
    if split not in known:
        raise InputError(f"{corpus} has no split {split!r}", where="--split", remedy=f"its splits are {', '.join(known)}")
