"""Fetching from a server on this machine: resume, checksum, refusals, unpacking, marker; and finding the folder."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from engine.corpora.base import CorpusCard, Download
from engine.corpora.fetch import DONE_MARKER, fetch
from engine.corpora.locate import corpus_folder
from engine.corpora.toy import TOY
from engine.corpora.unpack import unpack
from engine.errors import InputError, MissingDataError

BODY = bytes(range(256)) * 4096
CARD = CorpusCard(
    name="made", title="Made", source="https://example.org/made", licence="none", redistributable=True, version="7", citation="none",
    folders=("made", "made_old"), splits=("train",), annotations=(),
)


@dataclass
class Made:
    """A corpus whose downloads the test chooses."""

    downloads: tuple[Download, ...] = ()
    card: CorpusCard = CARD

    def read(self, folder: Path, split: str) -> Iterator[object]:
        return iter(())


@dataclass
class Host:
    """What the server gives, how it fails, and what it was asked."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    cut_after: int | None = None
    asked: list[tuple[str, str | None]] = field(default_factory=list)


def _handler(host: Host) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            host.asked.append((self.path, wanted))
            body = host.files.get(self.path)
            if body is None:
                return self.send_error(404)
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and host.ranges else 0
            if start >= len(body) > 0:
                return self.send_error(416)
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            self.wfile.write(body[start:host.cut_after])

        def log_message(self, *_: object) -> None:
            """Keep the tests' output quiet."""

    return Handler


@pytest.fixture
def host() -> Iterator[Host]:
    state = Host()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    state.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()


def offer(host: Host, name: str, body: bytes = BODY, *, sha256: str | None = None) -> Made:
    host.files[f"/{name}"] = body
    return Made((Download(url=f"{host.address}/{name}", filename=name, sha256=sha256),))


def test_fetch_checks_reports_and_marks(host: Host, tmp_path: Path) -> None:
    digest = hashlib.sha256(BODY).hexdigest()
    corpus = offer(host, "sub/a.bin", sha256=digest)
    seen: list[tuple[int, int | None]] = []
    folder = fetch(corpus, tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert (folder / "sub/a.bin").read_bytes() == BODY
    assert seen[-1] == (len(BODY), len(BODY)) and seen == sorted(seen)
    assert json.loads((folder / DONE_MARKER).read_text()) == {"version": "7", "files": ["sub/a.bin"], "sha256": {"sub/a.bin": digest}}
    assert list(folder.rglob("*.part")) == []


def test_second_call_asks_nothing_and_a_new_version_fetches_what_changed(host: Host, tmp_path: Path) -> None:
    corpus = offer(host, "a.bin", sha256=hashlib.sha256(BODY).hexdigest())
    fetch(corpus, tmp_path)
    fetch(corpus, tmp_path)
    assert len(host.asked) == 1
    newer = offer(host, "a.bin", b"new", sha256=hashlib.sha256(b"new").hexdigest())
    newer.card = replace(CARD, version="8")
    assert (fetch(newer, tmp_path) / "a.bin").read_bytes() == b"new"


@pytest.mark.parametrize("ranges", [True, False])
def test_broken_connection_resumes(host: Host, tmp_path: Path, ranges: bool) -> None:
    corpus = offer(host, "a.bin", sha256=hashlib.sha256(BODY).hexdigest())
    host.cut_after, host.ranges = 5000, ranges
    with pytest.raises(InputError, match=f"broke after 5000 of {len(BODY)} bytes; run the same command again"):
        fetch(corpus, tmp_path)
    assert not (tmp_path / "made" / DONE_MARKER).exists() and not (tmp_path / "made/a.bin").exists()
    host.cut_after = None
    assert (fetch(corpus, tmp_path) / "a.bin").read_bytes() == BODY
    assert host.asked == [("/a.bin", None), ("/a.bin", "bytes=5000-")]


def test_part_that_is_too_long_begins_again(host: Host, tmp_path: Path) -> None:
    corpus = offer(host, "a.bin", b"short", sha256=hashlib.sha256(b"short").hexdigest())
    (tmp_path / "made").mkdir()
    (tmp_path / "made/a.bin.part").write_bytes(b"longer than published")
    assert (fetch(corpus, tmp_path) / "a.bin").read_bytes() == b"short"


def test_wrong_checksum_removes_the_file(host: Host, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="SHA-256"):
        fetch(offer(host, "a.bin", sha256="0" * 64), tmp_path)
    assert list((tmp_path / "made").iterdir()) == []


def test_404_and_no_network_are_sentences(host: Host, tmp_path: Path) -> None:
    url = f"{host.address}/none.bin"
    with pytest.raises(InputError, match=r"the server answers 404 \(Not Found\); download .*none\.bin by hand into .*made"):
        fetch(Made((Download(url=url, filename="none.bin"),)), tmp_path)
    closed = Download(url="http://127.0.0.1:9/a.bin", filename="a.bin")
    with pytest.raises(InputError, match=r"cannot reach 127\.0\.0\.1:9 .*; download http://127\.0\.0\.1:9/a\.bin by hand into .*made"):
        fetch(Made((closed,)), tmp_path)


def test_file_placed_by_hand_is_taken(host: Host, tmp_path: Path) -> None:
    corpus = offer(host, "a.bin")
    (tmp_path / "made").mkdir()
    (tmp_path / "made/a.bin").write_bytes(b"by hand")
    assert (fetch(corpus, tmp_path) / DONE_MARKER).is_file() and host.asked == []


def zipped(*names: str, content: bytes = b"text") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name in names:
            packed.writestr(name, content)
    return buffer.getvalue()


def tarred(*names: str, link: bool = False) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 0 if link else 4
            member.type, member.linkname = (tarfile.SYMTYPE, "/etc") if link else (tarfile.REGTYPE, "")
            packed.addfile(member, io.BytesIO(b"text"))
    return buffer.getvalue()


@pytest.mark.parametrize(("name", "body"), [("a.zip", zipped("deep/b.txt")), ("a.tar.gz", tarred("deep/b.txt"))])
def test_archives_are_unpacked_beside_themselves(host: Host, tmp_path: Path, name: str, body: bytes) -> None:
    folder = fetch(offer(host, f"sub/{name}", body), tmp_path)
    assert (folder / "sub/deep/b.txt").read_text() == "text"


def test_an_archive_inside_an_archive_is_unpacked_one_level_deep(tmp_path: Path) -> None:
    third = zipped("c.txt")
    (tmp_path / "a.zip").write_bytes(zipped("b.zip", content=zipped("deep/c.zip", content=third)))
    unpack(tmp_path / "a.zip")
    assert (tmp_path / "deep/c.zip").read_bytes() == third and not (tmp_path / "deep/c.txt").exists()


@pytest.mark.parametrize(("name", "body"), [
    ("a.zip", zipped("../out.txt")), ("a.tar.gz", tarred("../out.txt")), ("b.tar.gz", tarred("link", link=True)),
])
def test_archives_that_lead_outside_are_refused(host: Host, tmp_path: Path, name: str, body: bytes) -> None:
    with pytest.raises(InputError, match="refused"):
        fetch(offer(host, name, body), tmp_path)
    assert not (tmp_path / "out.txt").exists() and not (tmp_path / "made" / DONE_MARKER).exists()


@pytest.mark.parametrize(("name", "body"), [("a.zip", zipped("b", "c")), ("a.tar.gz", tarred("b", "c"))])
def test_unpacking_is_limited(tmp_path: Path, name: str, body: bytes) -> None:
    (tmp_path / name).write_bytes(body)
    with pytest.raises(InputError, match="more than 7 bytes"):
        unpack(tmp_path / name, limit_bytes=7)
    unpack(tmp_path / name, limit_bytes=8)
    assert (tmp_path / "c").read_bytes() == b"text"


@pytest.mark.parametrize(("name", "body"), [("a.zip", zipped("b")), ("a.tar.gz", tarred("b"))])
def test_damaged_archive_is_removed(tmp_path: Path, name: str, body: bytes) -> None:
    (tmp_path / name).write_bytes(body[:-30])
    with pytest.raises(InputError, match="damaged"):
        unpack(tmp_path / name)
    assert not (tmp_path / name).exists()


def test_corpus_without_downloads(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"https://example\.org/made: made has no public download; get it there by hand"):
        fetch(Made(), tmp_path)
    (tmp_path / "made_old").mkdir()
    assert fetch(Made(), tmp_path) == tmp_path / "made_old"


def test_folder_is_the_first_that_exists(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"python -m engine data fetch made.*DIALATLAS_DATA"):
        corpus_folder(Made(), tmp_path)
    (tmp_path / "made_old").mkdir()
    assert corpus_folder(Made(), tmp_path).name == "made_old"
    (tmp_path / "made").mkdir()
    assert corpus_folder(Made(), tmp_path).name == "made"


def test_toy_is_always_there(tmp_path: Path) -> None:
    folder = corpus_folder(TOY, tmp_path)
    assert len(list(TOY.read(folder, "dev"))) == 5
    assert fetch(TOY, tmp_path) == folder
