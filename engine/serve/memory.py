"""How much memory loaded parts may take, and which of them go when it is too much; no torch here."""

from __future__ import annotations

import ctypes
import os
import re
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from engine.errors import InputError

VARIABLE = "DIALATLAS_MEMORY"
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*", re.IGNORECASE)


def size(text: str) -> int:
    """Bytes out of a number with or without a unit.

    >>> size("1.2GB"), size("300 MiB"), size("70")
    (1200000000, 314572800, 70)

    Raises:
        InputError: It is none, or nothing.
    """
    found = _SIZE.fullmatch(text)
    number = float(found[1]) * (1024 if found[3] else 1000) ** ("kmgt".index(found[2].lower()) + 1 if found[2] else 0) if found else 0.0
    if number < 1:
        raise InputError(f"{text!r} is not a size", where=VARIABLE, remedy="write bytes or, for example, 1.2GB")
    return round(number)


def limit() -> int | None:
    """What ``DIALATLAS_MEMORY`` allows to the weights of parts; None where it is not set (errors as `size`)."""
    text = os.environ.get(VARIABLE, "")
    return size(text) if text else None


class Owner(Protocol):
    """Holds parts by name."""

    def evict(self, name: str) -> bool:
        """Drop a part; False where others of the same owner stand on it."""
        ...


class Budget:
    """Bytes of parts of several owners; above ``limit`` the one that was used longest ago is evicted.

    A part that is being computed with stays alive until that is done, but counts no more. The part loaded last stays, however large it is.
    """

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit
        self._held: OrderedDict[tuple[int, str], tuple[Owner, int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """Of all parts that are held."""
        return sum(size for _, size in list(self._held.values()))

    def used(self, owner: Owner, name: str) -> None:
        """A part has been asked for."""
        with self._lock:
            if (id(owner), name) in self._held:
                self._held.move_to_end((id(owner), name))

    def loaded(self, owner: Owner, name: str, size: int) -> None:
        """A part of that many bytes has been loaded; others may have to go."""
        with self._lock:
            self._held[id(owner), name] = owner, size
            gone = self._make_room()
        if gone:
            give_back()

    def dropped(self, owner: Owner, names: Sequence[str]) -> None:
        """The owner lets these go by itself."""
        with self._lock:
            for name in names:
                self._held.pop((id(owner), name), None)

    def _make_room(self) -> bool:
        gone = False
        for key in list(self._held)[:-1]:
            if self.limit is None or self.bytes <= self.limit:
                break
            if self._held[key][0].evict(key[1]):
                del self._held[key]
                gone = True
        return gone


def give_back() -> None:
    """Have the C library return what was freed to the system, which it otherwise keeps for later."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc alone has it
        if trim is not None:
            trim(0)
