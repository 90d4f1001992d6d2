"""Versions of something that a visitor changes step by step: each knows its parent and the change in words; nothing is ever lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Generic[T]):
    """One version: the thing itself, and how it came from its parent."""

    value: T
    change: str
    """One sentence, e.g. ``utterance 3 dropped``; of the first version ``original``."""
    parent: int | None = None
    """Number of the version that was changed; None for the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage(Generic[T]):
    """A tree of versions, numbered from 0 in the order of their making, and the one that is current.

    >>> made = begin("a").then("ab", "b added").then("abc", "c added").undo().then("abd", "d added")
    >>> made.value, made.path, [version.change for version in made.versions]
    ('abd', (0, 1, 3), ['original', 'b added', 'c added', 'd added'])
    """

    versions: tuple[Version[T], ...]
    current: int = 0

    @property
    def value(self) -> T:
        """The current version's value."""
        return self.versions[self.current].value

    @property
    def path(self) -> tuple[int, ...]:
        """Numbers of the versions from the first to the current one."""
        numbers, at = [self.current], self.versions[self.current].parent
        while at is not None:
            numbers.append(at)
            at = self.versions[at].parent
        return tuple(reversed(numbers))

    def then(self, value: T, change: str) -> Lineage[T]:
        """A changed copy of the current version, which becomes the current one."""
        made = Version(value=value, change=change, parent=self.current)
        return replace(self, versions=(*self.versions, made), current=len(self.versions))

    def undo(self) -> Lineage[T]:
        """Back to the parent; the first version has none and stays."""
        parent = self.versions[self.current].parent
        return self if parent is None else replace(self, current=parent)

    def redo(self) -> Lineage[T]:
        """Forward to the latest version made from the current one, if there is any."""
        made = [number for number, version in enumerate(self.versions) if version.parent == self.current]
        return replace(self, current=made[-1]) if made else self

    def jump(self, number: int) -> Lineage[T]:
        """To any version.

        Raises:
            IndexError: There is no such version.
        """
        if not 0 <= number < len(self.versions):
            raise IndexError(f"there are {len(self.versions)} versions")
        return replace(self, current=number)


def begin(value: T) -> Lineage[T]:
    """A lineage of one version."""
    return Lineage(versions=(Version(value=value, change="original"),))
