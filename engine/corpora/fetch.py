"""Fetching a corpus: resumable downloads, checksums, safe unpacking, and a done-marker that is written last."""

from __future__ import annotations

import http.client
import json
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from engine.corpora.base import Download, Published
from engine.corpora.locate import corpus_folder
from engine.corpora.unpack import is_archive, unpack
from engine.errors import InputError, MissingDataError
from engine.fingerprint import file_sha256

Progress = Callable[[int, int | None], None]
"""Called with the bytes of the current file that are there, and its total (None where the server does not say)."""
Opener = Callable[..., Any]
"""`urllib.request.urlopen` or something that is called alike."""

DONE_MARKER = ".done.json"
CHUNK_BYTES = 1 << 20
TIMEOUT_SECONDS = 60
AGENT = {"User-Agent": "DialAtlas"}
"""Some hosts refuse Python's own name."""


def fetch(corpus: Published, root: Path, *, progress: Progress | None = None, opener: Opener = urlopen) -> Path:
    """Download, check and unpack what the corpus names, below ``root``; returns its folder.

    A stopped download is taken up where it stopped; with a done-marker of the card's version there is nothing to do.

    Raises:
        InputError: No public download, a host or file that cannot be reached, or bytes that do not fit the checksum.
    """
    card, folder = corpus.card, root / corpus.card.folders[0]
    if _is_done(corpus, folder):
        return folder
    if not corpus.downloads:
        return _brought_by_hand(corpus, root)
    digests = {item.filename: _download(item, folder, progress, opener) for item in corpus.downloads}
    for item in corpus.downloads:
        if is_archive(item.filename):
            unpack(folder / item.filename)
    marker = {"version": card.version, "files": list(digests), "sha256": digests}
    _write_last(folder / DONE_MARKER, json.dumps(marker, indent=1) + "\n")
    return folder


def _brought_by_hand(corpus: Published, root: Path) -> Path:
    try:
        return corpus_folder(corpus, root)
    except MissingDataError:
        remedy = f"get it there by hand and put it into {root / corpus.card.folders[0]}"
        raise InputError(f"{corpus.card.name} has no public download", where=corpus.card.source, remedy=remedy) from None


def _is_done(corpus: Published, folder: Path) -> bool:
    try:
        marker = json.loads((folder / DONE_MARKER).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    files = [item.filename for item in corpus.downloads]
    return bool(marker.get("version") == corpus.card.version and marker.get("files") == files)


def _write_last(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def _download(item: Download, folder: Path, progress: Progress | None, opener: Opener) -> str:
    """Fetch one file unless it is there and right; returns its SHA-256."""
    target = folder / item.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_file() and item.sha256 in (None, present := file_sha256(target)):
        return present
    part = target.with_name(target.name + ".part")
    with _explained(item, target.parent):
        _transfer(item, part, progress, opener)
    digest = file_sha256(part)
    if item.sha256 not in (None, digest):
        part.unlink()
        what = f"the file's SHA-256 is {digest}, expected {item.sha256}; it was removed"
        raise InputError(what, where=item.url, remedy="run the same command again, or report that the published file has changed")
    os.replace(part, target)
    return digest


@contextmanager
def _explained(item: Download, folder: Path) -> Iterator[None]:
    """Turn each way in which a transfer fails into a sentence with the way round it."""
    by_hand = f"download {item.url} by hand into {folder}"
    try:
        yield
    except HTTPError as error:
        raise InputError(f"the server answers {error.code} ({error.reason})", where=item.url, remedy=by_hand) from None
    except (URLError, http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or error
        raise InputError(f"cannot reach {urlsplit(item.url).netloc} ({reason})", where=item.filename, remedy=by_hand) from None
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", where=str(folder), remedy="check the disk and permissions") from None


def _transfer(item: Download, part: Path, progress: Progress | None, opener: Opener) -> None:
    """Bring ``part`` to full length, from where it stops if the server can."""
    have = part.stat().st_size if part.is_file() else 0
    request = Request(item.url, headers=AGENT | ({"Range": f"bytes={have}-"} if have else {}))
    try:
        response = opener(request, timeout=TIMEOUT_SECONDS)
    except HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE or not have:
            raise
        part.unlink()  # longer than the published file: begin again
        return _transfer(item, part, progress, opener)
    with response:
        start = have if response.status == http.client.PARTIAL_CONTENT else 0
        length = response.headers.get("Content-Length")
        total = start + int(length) if length is not None else None
        done = _save(response, part, start, total, progress)
    if total is not None and done < total:
        what = f"the connection broke after {done} of {total} bytes"
        raise InputError(what, where=item.url, remedy="run the same command again to go on from there")


def _save(response: Any, part: Path, start: int, total: int | None, progress: Progress | None) -> int:
    done = start
    with part.open("ab" if start else "wb") as file:
        while chunk := response.read(CHUNK_BYTES):
            file.write(chunk)
            done += len(chunk)
            if progress is not None:
                progress(done, total)
    return done
