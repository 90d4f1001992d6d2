"""BIO tags on words as DialoGLUE's code makes them, and the spans that its script reads from them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from engine.zoo.datasets.span_extraction import Row
from engine.zoo.datasets.spans import OUTSIDE, parted
from engine.zoo.glue.base import GlueRow

Span = tuple[str, str]
"""Slot and place, e.g. ``("time", "3-5")``; the end is exclusive."""


def row_of(raw: Row) -> GlueRow:
    """A row of span extraction by DialoGLUE's rule: a word is of a slot wherever it stands if it stands in any span of the slot.

    >>> row_of(Row(name="", text="at 5 or at 6", requested=("time",), spans=((3, 4, "time"),))).tags
    ('O', 'O', 'B-time', 'O', 'O', 'O')
    """
    slot_of = {word: slot for start, end, slot in raw.spans for word in raw.text[start:end].split()}
    words = (*" ".join(reversed(raw.requested)).split(), *raw.text.split())
    slots = [slot_of.get(word, "") for word in words]
    tags = [f"{'I' if slot == before else 'B'}-{slot}" if slot else OUTSIDE for before, slot in zip(["", *slots], slots, strict=False)]
    return GlueRow(words=words, tags=tuple(tags))


def vocabulary(rows: Sequence[GlueRow]) -> tuple[str, ...]:
    """``O``, then ``B-`` and ``I-`` of each slot of the training rows, sorted."""
    slots = sorted({parted(tag)[1] for row in rows for tag in row.tags} - {""})
    return (OUTSIDE, *(f"{mark}-{slot}" for slot in slots for mark in "BI"))


def on_pieces(tags: Sequence[str], pieces: Sequence[int], known: Sequence[str]) -> list[str]:
    """A tag for each wordpiece: the word's for its first one, then ``I-`` of the same slot where that is a ``known`` tag.

    >>> on_pieces(["B-a", "O"], [3, 1], ["O", "B-a", "I-a"])
    ['B-a', 'I-a', 'I-a', 'O']
    """
    later = [f"I-{tag[2:]}" if tag.startswith("B-") and f"I-{tag[2:]}" in known else tag for tag in tags]
    return [part for tag, inner, count in zip(tags, later, pieces, strict=True) for part in [tag, *[inner] * (count - 1)][:count]]


def spans(tags: Sequence[str], pieces: Sequence[int] | None = None) -> list[Span]:
    """The spans that DialoGLUE's script finds: ``I-`` of another slot than the word before ends a span and begins none.

    Args:
        tags: One for each word.
        pieces: Wordpieces of each word, in which places are counted; None for words.

    >>> spans(["O", "B-a", "I-a", "I-b", "B-b"], [1, 2, 1, 1, 3])
    [('a', '1-4'), ('b', '5-8')]
    """
    found: list[tuple[str, int, int]] = []
    going = ""
    starts = [0, *accumulate(pieces if pieces is not None else [1] * len(tags))]
    for place, tag in enumerate(tags):
        mark, slot = parted(tag)
        if starts[place] == starts[place + 1]:
            continue
        if mark == "B":
            found.append((slot, starts[place], starts[place + 1]))
            going = slot
        elif slot and slot == going:
            found[-1] = (slot, found[-1][1], starts[place + 1])
        else:
            going = ""
    return [(slot, f"{start}-{end}") for slot, start, end in found]
