"""One schema for every dialogue; ``None`` means not annotated, empty means annotated as empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Speaker = Literal["user", "system"]
Role = Literal["user", "system", "skip"]
"""What a speaker's label in a file stands for; turns of a skipped one are dropped."""
State = Mapping[str, str]
"""``domain-slot`` to value; alternatives joined with ``|``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One dialogue act, e.g. ``inform(restaurant, food, thai)``; names as the corpus spells them."""

    name: str
    domain: str | None = None
    slot: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A slot value's place in an utterance: characters, ``end`` exclusive."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One utterance with what its corpus says of it."""

    speaker: Speaker
    text: str
    intent: str | None = None
    acts: tuple[Act, ...] | None = None
    state: State | None = None
    """The cumulative dialogue state after this turn (user turns)."""
    spans: tuple[Span, ...] | None = None
    tokens: tuple[int, ...] | None = field(default=None, compare=False, repr=False)
    """Wordpiece ids of ``text`` (no markers), where the turn comes from a tokenised cache."""
    label: str | None = field(default=None, compare=False, repr=False)
    """What an uploaded file calls the speaker, where it names one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """A conversation between a user and a system, in order."""

    corpus: str
    id: str
    split: str
    turns: tuple[Turn, ...]
    domains: frozenset[str] = frozenset()

    def until(self, index: int) -> Dialogue:
        """The dialogue cut just before turn ``index``."""
        return self.with_turns(self.turns[:index])

    def with_turns(self, turns: Iterable[Turn]) -> Dialogue:
        """The same dialogue with other turns."""
        return replace(self, turns=tuple(turns))
