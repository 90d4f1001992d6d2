"""Streamlit with every file that it opens for writing told, one path a line, to the file named by ``WATCHED``."""

from __future__ import annotations

import os
import sys
from tempfile import TemporaryFile
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | getattr(os, "O_TMPFILE", 0) & ~os.O_DIRECTORY


def watch(log: int) -> None:
    """Add an audit hook, which all of Python's ways to open a file pass, also those of nameless temporary files."""
    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and not isinstance(arguments[0], int):
            path, mode, flags = arguments
            if any(letter in (mode or "") for letter in "wax+") or (flags or 0) & _WRITING:
                os.write(log, os.fsencode(path) + b"\n")

    sys.addaudithook(hook)


if __name__ == "__main__":
    watch(os.open(os.environ["WATCHED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT))
    with TemporaryFile():  # so that the reader knows that the watch works
        pass
    from streamlit.web.cli import main
    sys.argv[0] = "streamlit"
    main()
