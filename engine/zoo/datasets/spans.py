"""Slots with their words, from tags or places in the text, and the samples of FILL and INTENT made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from engine.zoo.base import Sample
from engine.zoo.datasets.shape import asked, label_set, words
from engine.zoo.escape import tidy
from engine.zoo.knowledge import Description

OUTSIDE = "O"
_words = lru_cache(maxsize=4096)(words)


def tagged(tokens: Sequence[str], tags: Sequence[str]) -> Iterator[tuple[str, str]]:
    """``(slot, words)`` of each span in BIO tags; a span also begins where ``I-`` follows another slot, as in CoNLL's scorer.

    >>> list(tagged("fly to new york now".split(), "O O B-city I-city B-time".split()))
    [('city', 'new york'), ('time', 'now')]

    Raises:
        ValueError: Not one tag for each token, or a tag that is neither ``O`` nor ``B-`` or ``I-`` and a slot.
    """
    marks = [parted(tag) for tag in tags]
    starts = [mark == "B" or slot != before for (_, before), (mark, slot) in pairwise([("", ""), *marks])]
    return joined(tokens, [slot for _, slot in marks], starts)


@lru_cache(maxsize=4096)
def parted(tag: str) -> tuple[str, str]:
    """A BIO tag's mark and slot, e.g. ``B`` and ``city``; nothing and no slot for ``O``.

    Raises:
        ValueError: It is no BIO tag.
    """
    mark, dash, slot = tag.partition("-")
    if tag == OUTSIDE:
        return "", ""
    if mark not in ("B", "I") or not dash or not slot:
        raise ValueError(f"{tag!r} is no BIO tag")
    return mark, slot


def joined(tokens: Sequence[str], slots: Sequence[str], starts: Sequence[bool]) -> Iterator[tuple[str, str]]:
    """``(slot, words)`` of each span; ``slots`` are empty outside, ``starts`` say where a span begins.

    Raises:
        ValueError: Not one slot for each token.
    """
    spans: list[tuple[str, list[str]]] = []
    for token, slot, start in zip(tokens, slots, starts, strict=True):
        if start:
            spans.append((slot, []))
        if slot:
            spans[-1][1].append(token)
    return ((slot, " ".join(found)) for slot, found in spans if slot)


def slot_set(slots: Iterable[str], title: str) -> Description:
    """Slots as knowledge, as words; ``title`` is the dataset's."""
    known = label_set(set(slots), "")
    return Description(known.items_, f"the {len(known.items_)} slots of {title}")


def intent_set(intents: Iterable[str], title: str) -> Description:
    """Intents as knowledge, as words; ``title`` is the dataset's."""
    known = label_set(set(intents), "")
    return Description(known.items_, f"the {len(known.items_)} intents of {title}")


def fill(dataset: str, split: str, name: str, text: str, spans: Iterable[tuple[str, str]], slots: Description) -> Sample:
    """A sample of FILL; slots become words, spaces at the ends of their values go."""
    found = tuple((_words(slot), tidy(value)) for slot, value in spans)
    return Sample(task="fill", dataset=dataset, id=name, split=split, turns=asked(text), knowledge=slots, answer=found)


def intent(dataset: str, split: str, name: str, text: str, label: str, intents: Description) -> Sample:
    """A sample of INTENT; the label becomes words. For use inside `record`.

    Raises:
        ValueError: The label is none of the dataset's.
    """
    choices, answer = intents.names, _words(label)
    if answer not in choices:
        raise ValueError(f"{label!r} is none of {intents.title}")
    return Sample(task="intent", dataset=dataset, id=name, split=split, turns=asked(text), knowledge=intents, answer=answer, choices=choices)
