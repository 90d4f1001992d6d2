"""External knowledge in one line, of four kinds (paper 2, section 4.1), and back; each is cut by whole items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from engine.zoo.escape import shield, shield_value, split_at, tidy, unshield, unshield_value
from engine.zoo.outputs import EMPTY


class Knowledge(Protocol):
    """Items in an order; ``linear`` of the whole can be read again by ``parse``."""

    @property
    def kind(self) -> str:
        """As in the paper's Table 1."""
        ...

    @property
    def items(self) -> Sequence[str]:
        """The smallest parts that cutting keeps whole, each as it stands in the line."""
        ...

    @property
    def joint(self) -> str:
        """What stands between two items."""
        ...

    def first(self, count: int) -> Knowledge:
        """Only the first ``count`` items."""
        ...


def linear(knowledge: Knowledge) -> str:
    """The knowledge as one line; ``none`` where there is none.

    >>> linear(NOTHING), linear(Description(items_=(("area", "part of town"), ("food", ""))))
    ('none', 'area = part of town ; food')
    """
    return knowledge.joint.join(knowledge.items) or EMPTY


@dataclass(frozen=True, slots=True)
class Document:
    """Unstructured text: a passage, a persona, a situation; cut by words."""

    text: str
    kind = "unstructured text"
    joint = " "

    @property
    def items(self) -> Sequence[str]:
        """The words."""
        return shield(self.text).split()

    def first(self, count: int) -> Document:
        """The first words."""
        return Document(unshield(" ".join(self.items[:count])))

    @classmethod
    def parse(cls, line: str) -> Document:
        """Of `linear`."""
        return cls("" if tidy(line) == EMPTY else unshield(tidy(line)))


@dataclass(frozen=True, slots=True)
class Description:
    """A semi-structured description: names with words about them, e.g. intents, slots, a belief state, a dialogue act."""

    items_: tuple[tuple[str, str], ...]
    """Name and what is said of it; an empty string where nothing is."""
    title: str = ""
    """What the whole is called, e.g. ``the 150 intents of clinc150``: stands for the names where they are too many to list."""
    kind = "semi-structured description"
    joint = " ; "

    @property
    def items(self) -> Sequence[str]:
        """``name = words`` or the name alone."""
        return [f"{shield_value(name)} = {shield_value(words)}" if words.strip() else shield_value(name) for name, words in self.items_]

    @property
    def names(self) -> tuple[str, ...]:
        """The names alone: the possible answers, where these are labels."""
        return tuple(name for name, _ in self.items_)

    def first(self, count: int) -> Description:
        """The first names."""
        return Description(self.items_[:count], self.title)

    @classmethod
    def parse(cls, line: str) -> Description | None:
        """Of `linear`; None where an item has several ``=`` or no name."""
        if tidy(line) == EMPTY:
            return cls(())
        parts = [split_at(part, "=") for part in split_at(tidy(line), ";")]
        if not all(1 <= len(part) <= 2 and part[0] for part in parts):
            return None
        return cls(tuple((unshield_value(part[0]), unshield_value(part[1]) if len(part) > 1 else "") for part in parts))


@dataclass(frozen=True, slots=True)
class Triples:
    """A knowledge graph: subject, relation, object."""

    facts: tuple[tuple[str, str, str], ...]
    kind = "structured knowledge"
    joint = " ; "

    @property
    def items(self) -> Sequence[str]:
        """``subject | relation | object``."""
        return [" | ".join(map(shield_value, fact)) for fact in self.facts]

    def first(self, count: int) -> Triples:
        """The first facts."""
        return Triples(self.facts[:count])

    @classmethod
    def parse(cls, line: str) -> Triples | None:
        """Of `linear`; None where a fact has not three parts."""
        if tidy(line) == EMPTY:
            return cls(())
        parts = [split_at(part, "|") for part in split_at(tidy(line), ";")]
        if not all(len(part) == 3 and all(part) for part in parts):
            return None
        return cls(tuple((unshield_value(one), unshield_value(two), unshield_value(three)) for one, two, three in parts))


@dataclass(frozen=True, slots=True)
class Database:
    """A database schema: tables with their columns."""

    tables: tuple[tuple[str, tuple[str, ...]], ...]
    kind = "structured knowledge"
    joint = " ; "

    @property
    def items(self) -> Sequence[str]:
        """``table = column | column``."""
        return [f"{shield_value(table)} = {' | '.join(map(shield_value, columns))}" for table, columns in self.tables]

    def first(self, count: int) -> Database:
        """The first tables."""
        return Database(self.tables[:count])

    @classmethod
    def parse(cls, line: str) -> Database | None:
        """Of `linear`; None where a table has no name or no column."""
        if tidy(line) == EMPTY:
            return cls(())
        parts = [split_at(part, "=") for part in split_at(tidy(line), ";")]
        if not all(len(part) == 2 and all(part) for part in parts):
            return None
        tables = [(unshield_value(table), tuple(map(unshield_value, split_at(columns, "|")))) for table, columns in parts]
        return cls(tuple(tables)) if all(columns and all(columns) for _, columns in tables) else None


NOTHING = Document("")
KINDS: dict[str, Any] = {"document": Document, "description": Description, "triples": Triples, "database": Database}
"""Short name to class, e.g. for files that hold knowledge."""
