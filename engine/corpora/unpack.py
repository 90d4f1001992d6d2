"""Unpacking a downloaded archive beside itself, and never outside its folder."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
import zlib
from pathlib import Path

from engine.errors import InputError

ENDINGS = (".zip", ".tar.gz", ".tgz")
LIMIT_BYTES = 8 << 30
"""The largest corpus unpacks to less than 1 GiB; more than this is a decompression bomb."""


def is_archive(name: str) -> bool:
    """Whether `unpack` takes a file of this name."""
    return name.endswith(ENDINGS)


def unpack(archive: Path, *, limit_bytes: int = LIMIT_BYTES, inner: bool = True) -> None:
    """Unpack into the archive's own folder, and archives inside it (``inner``) likewise, one level deep.

    Raises:
        InputError: The archive is damaged, too big when unpacked, or holds a link or member that leads outside.
    """
    try:
        members = _unzip(archive, limit_bytes) if archive.suffix == ".zip" else _untar(archive, limit_bytes)
    except (zipfile.BadZipFile, tarfile.ReadError, EOFError, zlib.error) as error:
        archive.unlink()
        what = f"the archive is damaged ({error}); it was removed"
        raise InputError(what, where=str(archive), remedy="fetch it again") from None
    except tarfile.TarError as error:
        raise _unsafe(archive, str(error)) from None
    for name in filter(is_archive, members if inner else ()):
        unpack(archive.parent / name, limit_bytes=limit_bytes, inner=False)


def _unzip(archive: Path, limit_bytes: int) -> list[str]:
    with zipfile.ZipFile(archive) as packed:
        members = [member for member in packed.infolist() if not member.is_dir()]
        _check_size(archive, sum(member.file_size for member in members), limit_bytes)
        for member in members:
            target = _inside(archive, member.filename)
            target.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(member) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
    return [member.filename for member in members]


def _untar(archive: Path, limit_bytes: int) -> list[str]:
    size = 0
    with tarfile.open(archive) as packed:
        for member in packed:
            size += member.size
            _check_size(archive, size, limit_bytes)
            packed.extract(member, archive.parent, filter="data")
        return [member.name for member in packed.getmembers() if member.isfile()]


def _inside(archive: Path, name: str) -> Path:
    folder = archive.parent.resolve()
    target = (folder / name).resolve()
    if not target.is_relative_to(folder):
        raise _unsafe(archive, f"{name!r} leads outside its folder")
    return target


def _check_size(archive: Path, size: int, limit_bytes: int) -> None:
    if size > limit_bytes:
        raise _unsafe(archive, f"it unpacks to more than {limit_bytes} bytes")


def _unsafe(archive: Path, why: str) -> InputError:
    return InputError(f"the archive is refused: {why}", where=str(archive), remedy="do not use it; report the download address")
