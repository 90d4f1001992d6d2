"""Parts of a predictor that are loaded when first asked for, and what became of each; no torch here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from engine.errors import DialAtlasError, NoMemoryError
from engine.paths import without_home
from engine.serve.memory import Budget
from engine.serve.state import State


class Parts:
    """Name to loaded part: each is loaded once, by one thread at a time; one that failed or was evicted is loaded when asked for again.

    Args:
        budget: Shared with other owners of parts.
        below: The part on which all others stand; it is evicted after them.
    """

    def __init__(self, budget: Budget | None = None, below: str = "") -> None:
        self._budget, self._below = budget or Budget(), below
        self._ready: dict[str, Any] = {}
        self._failed: dict[str, str] = {}
        self._evicted: set[str] = set()
        self._loading: list[str] = []
        self._lock = threading.RLock()

    def get(self, name: str, load: Callable[[], Any], size: Callable[[Any], int] = lambda _: 0) -> Any:
        """The part, loaded with ``load`` where it is not there, ``size`` bytes large.

        Raises:
            NoMemoryError: There is too little memory; other errors as ``load``.
        """
        with self._lock:
            if name in self._ready:
                self._budget.used(self, name)
            else:
                self._ready[name] = self._load(name, load)
                self._budget.loaded(self, name, size(self._ready[name]))
            return self._ready[name]

    def _load(self, name: str, load: Callable[[], Any]) -> Any:
        self._loading.append(name)
        try:
            part = load()
        except Exception as error:
            said = told(error, "there is too little memory to load a model", where=name)
            self._failed[name] = _sentence(said)
            raise said from (None if said is error else error)
        finally:
            self._loading.remove(name)
        self._failed.pop(name, None)
        self._evicted.discard(name)
        return part

    def evict(self, name: str) -> bool:
        """See `engine.serve.memory.Owner`; one that another thread loads from just now keeps all its parts."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            if name == self._below and (self._loading or len(self._ready) > 1):
                return False
            self._ready.pop(name)
            self._evicted.add(name)
            return True
        finally:
            self._lock.release()

    def clear(self) -> None:
        """Evict everything; what is being computed with stays alive until that is done."""
        with self._lock:
            self._budget.dropped(self, list(self._ready))
            self._evicted.update(self._ready)
            self._ready.clear()

    def state(self, name: str) -> tuple[State, str]:
        """How the part is, and where it failed cause and remedy; waits for nobody."""
        if name in self._ready:
            return "ready", ""
        if name in self._loading:
            return "loading", ""
        trouble = self._failed.get(name, "")
        return ("failed" if trouble else "evicted" if name in self._evicted else "not loaded"), trouble


def told(error: Exception, what: str, where: str | None = None) -> Exception:
    """The error, or where it says that memory ran out (Python's own, or torch's in its place) one that says ``what``."""
    scarce = isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and any(
        words in str(error) for words in ("can't allocate memory", "not enough memory", "out of memory")))
    return NoMemoryError(what, where=where) if scarce else error


def _sentence(error: Exception) -> str:
    if isinstance(error, DialAtlasError):
        return without_home(error.sentence)
    return f"it could not be loaded ({type(error).__name__}); look into the server's log, then restart the server."
