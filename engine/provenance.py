"""Where a number comes from: commit, versions, hardware and command line of this process (no torch import)."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
LIBRARIES = ("torch", "transformers", "peft", "accelerate", "numpy", "scikit-learn")
"""Libraries whose version may change a number."""


def versions() -> Mapping[str, str]:
    """Python's and the `LIBRARIES`' versions, those that are installed."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


@cache
def commit() -> str:
    """The checked-out commit as of the first call (commands ask at their start, since files may change while they train).

    With ``+changes`` where the working tree differs; ``unknown`` outside git.
    """
    head = _git("rev-parse", "--short=12", "HEAD")
    if not head:
        return "unknown"
    return f"{head}+changes" if _git("status", "--porcelain", "--untracked-files=no") else head


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(("git", "-C", str(REPOSITORY), *arguments), capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def hardware() -> str:
    """The GPU's name where torch is loaded and sees one, else the processor's name and its usable cores."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        return str(torch.cuda.get_device_name(0))
    return f"{_processor()}, {cores()} core{'s' if cores() > 1 else ''}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def command() -> str:
    """The command line of this process, with the interpreter's and the script's folders left out."""
    script, *arguments = sys.argv or ["python"]
    start = "python -m engine" if Path(script).name == "__main__.py" else f"python {Path(script).name}"
    return shlex.join([*start.split(), *arguments])
