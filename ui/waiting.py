"""A progress bar for work that may be short: it comes only where somebody waits, and moves a few times a second.

Each movement is a message that the browser draws, and what appears above a chart draws the chart anew: on a busy machine this can take longer
than the work itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import add_script_run_ctx

from engine.serve.base import Progress
from ui.blocks import plain

PATIENCE_S = 0.5
"""Work that is done sooner shows no bar."""
EVERY_S = 0.25
"""A bar moves at most so often."""


class Bar:
    """What was told last, drawn from `show` on; `show` may come from another thread than the rest."""

    def __init__(self, words: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._now: tuple[float, str] = (0.0, words)
        self._clock, self._drawn_at = clock, 0.0
        self._bar: DeltaGenerator | None = None
        self._closed, self._lock = False, threading.Lock()

    def show(self) -> None:
        """Draw the bar where the page is now; nothing happens once it is closed."""
        with self._lock:
            if self._bar is None and not self._closed:
                self._bar, self._drawn_at = st.progress(*self._now), self._clock()

    def tell(self, share: float, words: str) -> None:
        """Note how far the work is (0..1) with foreign words, and draw it unless that was done just now."""
        with self._lock:
            self._now = min(1.0, max(0.0, share)), plain(words)
            if self._bar is not None and self._clock() - self._drawn_at >= EVERY_S:
                self._bar.progress(*self._now)
                self._drawn_at = self._clock()

    def close(self) -> None:
        """Take it away."""
        with self._lock:
            self._closed = True
            if self._bar is not None:
                self._bar.empty()


@contextmanager
def waiting(words: str) -> Iterator[Progress]:
    """A bar around work, from `PATIENCE_S` on; gives what the work calls to tell how far it is."""
    bar = Bar(words)
    timer = threading.Timer(PATIENCE_S, copy_context().run, args=(bar.show,))  # the context knows in which container the page draws
    timer.daemon = True
    add_script_run_ctx(timer)
    timer.start()
    try:
        yield bar.tell
    finally:
        timer.cancel()
        bar.close()
