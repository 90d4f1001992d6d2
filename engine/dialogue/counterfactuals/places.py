"""Replacements inside a text, and what becomes of its spans."""

from __future__ import annotations

from collections.abc import Sequence

from engine.dialogue.model import Span

Edit = tuple[int, int, str]
"""Start, end (exclusive) and the new characters; edits of one text are in order and do not overlap."""


def rewritten(text: str, edits: Sequence[Edit]) -> str:
    """The text after all edits.

    >>> rewritten("some Thai food", [(0, 5, ""), (5, 9, "Greek")])
    'Greek food'
    """
    parts, at = [], 0
    for start, end, new in edits:
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])


def moved(spans: Sequence[Span], edits: Sequence[Edit], *, inside: bool) -> tuple[Span, ...] | None:
    """The spans in the text after all edits; None where an edit cuts one, so that its place is not known.

    Args:
        spans: In the text before.
        edits: What is changed.
        inside: Whether a span may grow or shrink with an edit that lies wholly within it; one that vanishes is cut.

    >>> moved([Span(start=5, end=9, label="food")], [(0, 5, ""), (5, 9, "Greek")], inside=True)
    (Span(start=0, end=5, label='food'),)
    """
    found = [_moved(span, edits, inside) for span in spans]
    known = tuple(span for span in found if span is not None)
    return known if len(known) == len(found) else None


def _moved(span: Span, edits: Sequence[Edit], inside: bool) -> Span | None:
    start, end = span.start, span.end
    for first, last, new in edits:
        longer = len(new) - (last - first)
        if last <= span.start:
            start, end = start + longer, end + longer
        elif first < span.end:
            if not inside or first < span.start or last > span.end:
                return None
            end += longer
    return None if start == end and span.start < span.end else Span(start=start, end=end, label=span.label)
