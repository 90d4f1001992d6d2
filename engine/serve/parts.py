"""Parts of a predictor that are loaded when first asked for, and what became of each; no torch here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from engine.errors import DialAtlasError
from engine.paths import without_home
from engine.serve.state import State


class Parts:
    """Name to loaded part: each is loaded once, by one thread at a time; one that failed is tried again when asked for again."""

    def __init__(self) -> None:
        self._ready: dict[str, Any] = {}
        self._failed: dict[str, str] = {}
        self._loading: str | None = None
        self._lock = threading.RLock()

    def get(self, name: str, load: Callable[[], Any]) -> Any:
        """The part, loaded with ``load`` where it is not there yet (errors as ``load``)."""
        with self._lock:
            if name not in self._ready:
                self._ready[name] = self._load(name, load)
            return self._ready[name]

    def _load(self, name: str, load: Callable[[], Any]) -> Any:
        self._loading = name
        try:
            part = load()
        except Exception as error:
            self._failed[name] = _sentence(error)
            raise
        finally:
            self._loading = None
        self._failed.pop(name, None)
        return part

    def state(self, name: str) -> tuple[State, str]:
        """How the part is, and where it failed cause and remedy; waits for nobody."""
        if name in self._ready:
            return "ready", ""
        if self._loading == name:
            return "loading", ""
        trouble = self._failed.get(name, "")
        return ("failed" if trouble else "not loaded"), trouble


def _sentence(error: Exception) -> str:
    if isinstance(error, DialAtlasError):
        return without_home(error.sentence)
    return f"it could not be loaded ({type(error).__name__}); look into the server's log, then restart the server."
