"""The contract of a verb, and what verbs share."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Protocol

from engine.errors import InputError
from engine.paths import data_root


class Command(Protocol):
    """One verb of ``python -m engine``."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Declare flags and arguments."""
        ...

    def run(self, arguments: argparse.Namespace) -> None:
        """Do it (errors are `DialAtlasError`)."""
        ...


def add_data(parser: argparse.ArgumentParser) -> None:
    """The flag that every verb with corpora takes."""
    parser.add_argument("--data", metavar="FOLDER", help="folder with one folder per corpus (default: DIALATLAS_DATA, else data/)")


def data_folder(arguments: argparse.Namespace) -> Path:
    """The data root, which must exist.

    Raises:
        InputError: It does not.
    """
    root = data_root(arguments.data)
    if not root.is_dir():
        raise InputError("there is no such folder", where=str(root), remedy="give --data FOLDER, set DIALATLAS_DATA, or fetch corpora with "
                         "`python -m engine data fetch NAME`")
    return root


def count(text: str) -> int:
    """A flag's whole number above zero.

    >>> count("12")
    12
    """
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


class Ticker:
    """Progress on standard error: one line that is rewritten on a terminal, a line now and then elsewhere."""

    def __init__(self, every: float = 10.0) -> None:
        self.every = 0.3 if sys.stderr.isatty() else every
        self._last = 0.0

    def __call__(self, text: str, *, last: bool = False) -> None:
        """Show ``text`` if enough time has passed, or if it is the last."""
        if last or time.monotonic() - self._last >= self.every:
            self._last = time.monotonic()
            rewritten = sys.stderr.isatty()
            print(f"\r\033[K{text}" if rewritten else text, end="" if rewritten and not last else "\n", file=sys.stderr, flush=True)


def is_main_process() -> bool:
    """Whether this process of a parallel run writes files (`accelerate launch` starts one per GPU)."""
    from accelerate import PartialState

    return bool(PartialState().is_main_process)


def clock(seconds: float) -> str:
    """Minutes and seconds.

    >>> clock(75.2)
    '1:15'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
