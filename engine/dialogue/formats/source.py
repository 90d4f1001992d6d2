"""An uploaded file as text: its encoding is found out, and it is read piece by piece, as often as needed."""

from __future__ import annotations

import codecs
import io
import os
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import IO

from engine.errors import InputError

HEAD = 65_536
"""Characters that a recogniser looks at."""
CHUNK = 1 << 20
LONGEST_LINE = 20_000_000
"""Characters; a line beyond that is no utterance."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig", "UTF-8"), (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"), (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
          (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"), (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"))
"""Byte order mark, Python's codec, name; the longer mark before the shorter one that it begins with."""
_NO_LATIN = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\x81\x8d\x8f\x90\x9d]")
"""Bytes that no Windows-1252 text holds."""


class Source:
    """The text of one file; the stream must be able to go back to its start.

    Raises:
        InputError: The bytes are no text, or there is nothing in them.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.size = stream.seek(0, os.SEEK_END)
        self.on_read: Callable[[], None] | None = None
        """Called after each piece that a reader takes."""
        self.warning: str | None = None
        """One sentence about a doubtful encoding."""
        self.encoding = self._found()
        if self._blank():
            raise InputError("the file is empty", remedy="upload a file with at least one utterance")

    @classmethod
    def of(cls, text: str) -> Source:
        """Text that is at hand already."""
        return cls(io.BytesIO(text.encode("utf-8", "surrogatepass")))

    @cached_property
    def head(self) -> Head:
        """What recognisers look at."""
        return Head(self.opened().read(HEAD))

    @property
    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return min(1.0, self.stream.tell() / self.size) if self.size else 1.0

    def opened(self, newline: str | None = None) -> io.TextIOWrapper:
        """The text from its start; line ends become ``\\n`` unless ``newline`` is empty."""
        self.stream.seek(0)
        return io.TextIOWrapper(_Lent(self.stream, self.on_read), encoding=self.encoding, newline=newline)

    def lines(self, newline: str | None = None) -> Iterator[str]:
        """Every line with its end.

        Raises:
            InputError: One is longer than any utterance.
        """
        text, number = self.opened(newline), 0
        while line := text.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise InputError(f"the line has more than {LONGEST_LINE:,} characters", where=f"line {number}", remedy="cut it into shorter ones")
            yield line

    def _found(self) -> str:
        start = self._from_start(HEAD)
        for mark, codec, name in _MARKS:
            if start.startswith(mark):
                return self._sound(codec, name)
        unmarked = _unmarked_utf16(start)
        if unmarked:
            return self._sound(unmarked, "UTF-16")
        try:
            return self._sound("utf-8", "UTF-8")
        except InputError:
            if not self._is_latin():
                raise
        self.warning = "The file is not UTF-8; it was read as Latin-1 (Windows-1252), so look whether accented letters are right"
        return "cp1252"

    def _sound(self, codec: str, name: str) -> str:
        """The codec, once it has decoded the whole file (errors as the class)."""
        decoder, read = codecs.getincrementaldecoder(codec)(), 0
        self.stream.seek(0)
        while True:
            piece = self.stream.read(CHUNK)
            waiting = len(decoder.getstate()[0])
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                raise InputError(f"the file is not {name} text (byte {read - waiting + error.start})", remedy="save it as UTF-8") from None
            if "\0" in text:
                at = f"NUL at byte {read + piece.index(0)}" if codec.startswith("utf-8") else "it holds NUL characters"
                raise InputError(f"the file is not text ({at})", remedy="save it as UTF-8 text")
            if not piece:
                return codec
            read += len(piece)

    def _is_latin(self) -> bool:
        self.stream.seek(0)
        return not any(_NO_LATIN.search(piece) for piece in iter(lambda: self.stream.read(CHUNK), b""))

    def _blank(self) -> bool:
        text = self.opened()
        return all(not piece.strip() for piece in iter(lambda: text.read(CHUNK), ""))

    def _from_start(self, count: int) -> bytes:
        self.stream.seek(0)
        return self.stream.read(count)


class _Lent(io.BufferedIOBase):
    """A stream that stays open when its reader is closed or forgotten."""

    name = "upload"

    def __init__(self, stream: IO[bytes], on_read: Callable[[], None] | None) -> None:
        self.stream, self.on_read = stream, on_read

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self.stream.read(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        piece = self.stream.read(size)
        if self.on_read:
            self.on_read()
        return piece


class Head:
    """The first characters of a file."""

    def __init__(self, text: str) -> None:
        self.text = text[:HEAD]

    @cached_property
    def is_json(self) -> bool:
        """Whether the first character opens an object or a list of objects."""
        return re.match(r'\s*(\{|\[\s*[\[{"])', self.text) is not None

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys in it, at any depth, if it is JSON."""
        return frozenset(re.findall(r'"([\w -]{1,40})"\s*:', self.text)) if self.is_json else frozenset()

    @cached_property
    def lists(self) -> frozenset[str]:
        """The keys in it that hold a list: no name of a slot is one of them."""
        return frozenset(re.findall(r'"([\w -]{1,40})"\s*:\s*\[', self.text)) if self.is_json else frozenset()

    @cached_property
    def lines(self) -> list[str]:
        """Its lines, without the last one where that may be cut."""
        lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return lines[:-1] if len(self.text) == HEAD and len(lines) > 1 else lines


def _unmarked_utf16(start: bytes) -> str | None:
    """UTF-16 without a mark: for most texts every other byte is NUL, and the others are not."""
    even, odd = start[0:2000:2].count(0), start[1:2000:2].count(0)
    half = len(start[:2000]) // 2
    if half < 2 or max(even, odd) < half * 0.6 or min(even, odd) > half * 0.1:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"
