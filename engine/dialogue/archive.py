"""Zip archives of dialogue files, read in memory: nothing is unpacked to disk, and bombs are refused before they are opened."""

from __future__ import annotations

import codecs
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO

from engine.dialogue.formats import FORMATS
from engine.dialogue.limits import Limits
from engine.errors import InputError

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_PACKED = (".zip", ".gz", ".tar", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst")
_DAMAGE = (zipfile.BadZipFile, EOFError, OSError, ValueError, KeyError, OverflowError, RuntimeError, NotImplementedError, struct.error)
"""What the library raises on a broken table of contents."""
_SMALL = 1_000_000
"""Bytes; smaller files may be packed as tightly as they like."""
_NO_TEXT = re.compile(r".*\.(?:png|jpe?g|gif|webp|opus|mp[34]|m4a|ogg|wav|mov|pdf|vcf|docx?|xlsx?|pyc?|html?)", re.IGNORECASE)


def is_archive(stream: IO[bytes]) -> bool:
    """Whether the stream begins as a zip file does; it is left at its start."""
    stream.seek(0)
    start = stream.read(4)
    stream.seek(0)
    return start in _MAGIC


def unpacked(stream: IO[bytes], limits: Limits) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and bytes of every file, by name; files that belong together (see `Format.companions`) come as one.

    Raises:
        InputError: The archive is damaged, encrypted, nested, too large, too deep, or names files outside of itself.
    """
    with _opened(stream) as archive:
        members = _safe(archive.infolist(), limits)
        wholes = _together(members)
        joined = {member.filename for parts in wholes.values() for member in parts}
        for name in sorted([*wholes, *({member.filename for member in members} - joined)]):
            if name in wholes:
                yield name, io.BytesIO(_as_object(archive, wholes[name]))
            else:
                with _member(archive, name) as file:
                    yield name, file


@contextmanager
def damage_told() -> Iterator[None]:
    """Damage that shows while a file of an archive is read becomes an `InputError`: put this around the loop over `unpacked`."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise _damaged(error) from None


def _opened(stream: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(stream)
    except _DAMAGE as error:
        raise _damaged(error) from None


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    try:
        return archive.open(name)
    except _DAMAGE as error:
        raise _damaged(error) from None


def _damaged(error: Exception) -> InputError:
    return InputError(f"the archive is damaged ({str(error).partition(chr(10))[0][:80]})", remedy="pack it again")


def _safe(listed: list[zipfile.ZipInfo], limits: Limits) -> list[zipfile.ZipInfo]:
    if len(listed) > limits.files:
        raise InputError(f"the archive holds {len(listed):,} files, more than {limits.files:,}", remedy="upload a part of it")
    for member in listed:
        _refuse(member, limits)
    total = sum(member.file_size for member in listed)
    if total > limits.bytes:
        raise InputError(f"the archive unpacks to {total:,} bytes, more than {limits.bytes:,}", remedy="upload a part of it")
    names = [member.filename for member in listed]
    if twice := next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None:
        raise InputError("the archive holds this file twice", where=twice[:80], remedy="pack it again")
    return [member for member in listed if not member.is_dir() and not _aside(member.filename)]


def _refuse(member: zipfile.ZipInfo, limits: Limits) -> None:
    path, where = PurePosixPath(member.filename), member.filename[:80]
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename or re.match(r"[A-Za-z]:", member.filename):
        raise InputError("the file's name leads out of the archive", where=where, remedy="pack it again with plain names")
    if len(path.parts) > limits.depth:
        raise InputError(f"the file lies more than {limits.depth} folders deep", where=where, remedy="pack fewer folders")
    if path.suffix.lower() in _PACKED:
        raise InputError("an archive inside the archive is not opened", where=where, remedy="unpack it first, then pack the files themselves")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError("the file is packed in an unusual way", where=where, remedy="pack it again as a plain zip file")
    if member.flag_bits & 1:
        raise InputError("the file is encrypted", where=where, remedy="pack it again without password")
    if member.file_size > max(_SMALL, member.compress_size * limits.ratio):
        raise InputError(f"the file unpacks to more than {limits.ratio} times its packed size", where=where, remedy="upload it without packing")


def _aside(name: str) -> bool:
    """What systems and apps put beside the dialogues."""
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.startswith(".") or _NO_TEXT.fullmatch(path.name) is not None


def _together(members: list[zipfile.ZipInfo]) -> dict[str, list[zipfile.ZipInfo]]:
    """Folder to the files in it that are one dialogue together."""
    by_name = {member.filename: member for member in members}
    wholes: dict[str, list[zipfile.ZipInfo]] = {}
    for companions in {FORMATS[name].companions for name in FORMATS} - {()}:
        for folder in {str(PurePosixPath(name).parent) for name in by_name if PurePosixPath(name).name in companions}:
            parts = [by_name[path] for part in companions if (path := str(PurePosixPath(folder) / part)) in by_name]
            if len(parts) > 1:
                wholes[folder] = parts
    return wholes


def _as_object(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> bytes:
    """JSON files as the members of one object, each under its name without ending."""
    read = {PurePosixPath(part.filename).stem: _member(archive, part.filename).read().removeprefix(codecs.BOM_UTF8) for part in parts}
    return b"{" + b", ".join(b'"%s": %s' % (name.encode(), data) for name, data in read.items()) + b"}"
