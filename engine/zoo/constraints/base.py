"""What a rule is, what it must know of a codec, and the parts that rules are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Follow:
    """What may come next."""

    ids: Sequence[int]
    only: bool = True
    """Whether these alone may follow, or all but these."""


Rule = Callable[[Sequence[int]], Follow]
"""From the ids of an answer so far (behind the first one) to what may follow."""


class Alphabet(Protocol):
    """What rules must know of a codec (`engine.models.seq2seq.codec.Codec`)."""

    @property
    def last_id(self) -> int:
        """Ends an answer."""
        ...

    @property
    def silent_ids(self) -> Sequence[int]:
        """Ids that say nothing: padding and the first one."""
        ...

    @property
    def mark_ids(self) -> Mapping[str, int]:
        """Ids of the marks."""
        ...

    @property
    def words(self) -> int:
        """Ids below this are words."""
        ...

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of texts."""
        ...

    def __hash__(self) -> int:
        """It may be a key."""
        ...

    def normal(self, text: str) -> str:
        """A text through ids and back."""
        ...


class Spelling(Protocol):
    """A set of word sequences, finite or not, by what may come next."""

    def after(self, written: Sequence[int]) -> tuple[set[int], bool]:
        """The ids that may follow these, and whether these alone are whole already; ``(set(), False)`` where nothing begins so."""
        ...


class Listed:
    """Some sequences, as a tree.

    >>> Listed([[1, 2], [1, 2, 3]]).after([1, 2])
    ({3}, True)
    """

    def __init__(self, sequences: Iterable[Sequence[int]]) -> None:
        self._root: dict[int | None, Any] = {}
        for sequence in sequences:
            node = self._root
            for number in sequence:
                node = node.setdefault(number, {})
            node[None] = {}

    def after(self, written: Sequence[int]) -> tuple[set[int], bool]:
        """See `Spelling`."""
        node: Any = self._root
        for number in written:
            node = node.get(number, {})
        return {number for number in node if number is not None}, None in node and bool(written)


class Spans:
    """Every run of consecutive ids of some texts that has none of ``but``.

    >>> Spans([[5, 6, 5, 7]]).after([5])
    ({6, 7}, True)
    """

    def __init__(self, texts: Iterable[Sequence[int]], but: Iterable[int] = ()) -> None:
        out = set(but)
        self._texts = [[None if number in out else number for number in text] for text in texts]
        self._first = {number for text in self._texts for number in text if number is not None}

    def after(self, written: Sequence[int]) -> tuple[set[int], bool]:
        """See `Spelling`."""
        if not written:
            return set(self._first), False
        size, run = len(written), list(written)
        ends = [(text, place + size) for text in self._texts for place in range(len(text) - size + 1) if text[place:place + size] == run]
        return {number for text, end in ends for number in text[end:end + 1] if number is not None}, bool(ends)
