"""The machine under the app: memory, disk, threads, uptime, versions and commit (no torch here)."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import psutil

from engine import provenance
from engine.paths import REPOSITORY

_CGROUP = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_LIBRARIES = ("streamlit", "plotly", "pandas")
"""Libraries that draw, beside those of `provenance.LIBRARIES` that compute."""
LOW_DISK = 1_000_000_000
LOW_MEMORY = 500_000_000
"""Free bytes below which something should be done."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What was seen at one moment; sizes in bytes, times in seconds."""

    memory: int
    """Of this process."""
    memory_limit: int
    """Of the machine, or of the container where that is less."""
    memory_free: int
    disk_free: int
    """Where the repository lies."""
    disk_size: int
    threads: int
    """Of this process."""
    cores: int
    """Usable by this process."""
    hardware: str
    uptime: float
    """Of this process."""
    commit: str
    versions: Mapping[str, str]

    @property
    def troubles(self) -> tuple[str, ...]:
        """Cause and remedy of what runs short, a sentence each."""
        low = []
        if self.memory_free < LOW_MEMORY:
            low.append(f"Only {size(self.memory_free)} of memory are free; end other programs, or give the server more memory.")
        if self.disk_free < LOW_DISK:
            low.append(f"Only {size(self.disk_free)} of disk are free, so that results may not be written; make room.")
        return tuple(low)


def machine() -> Machine:
    """Look now."""
    process, disk, memory = psutil.Process(), shutil.disk_usage(REPOSITORY), psutil.virtual_memory()
    rss = process.memory_info().rss
    limit = min([memory.total, *_container_limits()])
    return Machine(memory=rss, memory_limit=limit, memory_free=min(memory.available, limit - rss), disk_free=disk.free, disk_size=disk.total,
                   threads=process.num_threads(), cores=provenance.cores(), hardware=provenance.hardware(),
                   uptime=max(0.0, time.time() - process.create_time()), commit=provenance.commit(), versions=_versions())


def _container_limits() -> list[int]:
    found = []
    for path in _CGROUP:
        try:
            found.append(int(path.read_text()))
        except (OSError, ValueError):  # no cgroup, or no limit ("max")
            continue
    return found


@cache  # what is installed does not change under a running process
def _versions() -> Mapping[str, str]:
    return {**provenance.versions(), **{name: metadata.version(name) for name in _LIBRARIES}}


def size(count: float) -> str:
    """Bytes for people.

    >>> size(512), size(2_400_000), size(31_000_000_000)
    ('512 bytes', '2.4 MB', '31.0 GB')
    """
    for name, unit in {"GB": 1e9, "MB": 1e6, "kB": 1e3}.items():
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count:.0f} bytes"


def span(seconds: float) -> str:
    """A length of time for people, the two largest units.

    >>> span(42), span(3_725), span(200_000)
    ('42 s', '1 h 2 min', '2 d 7 h')
    """
    rest = int(seconds)
    parts: list[str] = []
    for unit, length in {"d": 86_400, "h": 3_600, "min": 60, "s": 1}.items():
        if rest >= length or (unit == "s" and not parts):
            parts.append(f"{rest // length} {unit}")
        rest %= length
    return " ".join(parts[:2])
