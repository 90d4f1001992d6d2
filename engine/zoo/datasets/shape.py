"""Shapes that many datasets share: turns of two speakers or of many, labels as words, choices, and every reply with what came before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from engine.corpora.base import CorpusCard
from engine.corpora.files import check_split
from engine.dialogue.model import Speaker, Turn
from engine.errors import InputError
from engine.zoo.escape import tidy
from engine.zoo.knowledge import Description, Document

_OTHER: dict[Speaker, Speaker] = {"user": "system", "system": "user"}


def check(card: CorpusCard, tasks: tuple[str, ...], split: str, task: str) -> None:
    """Refuse a split or task that a dataset does not have.

    Raises:
        InputError: Names those that it has.
    """
    check_split(split, card.splits, card.name)
    if task not in tasks:
        raise InputError(f"{card.name} has no samples of {task!r}", where="--tasks", remedy=f"it has {', '.join(tasks)}")


def alternating(texts: Iterable[str], first: Speaker = "user") -> tuple[Turn, ...]:
    """Utterances of two people who take turns."""
    return tuple(Turn(speaker=first if index % 2 == 0 else _OTHER[first], text=text) for index, text in enumerate(texts))


def named(said: Iterable[tuple[str, str]]) -> tuple[Turn, ...]:
    """Utterances of any number of named people: the first one who speaks is the user, everybody else is the system; names stay in the text.

    >>> [(turn.speaker, turn.text) for turn in named([("Ann", "hi"), ("Bob", "hello"), ("Ann", "bye")])]
    [('user', 'Ann: hi'), ('system', 'Bob: hello'), ('user', 'Ann: bye')]
    """
    turns = list(said)
    return tuple(Turn(speaker="user" if who == turns[0][0] else "system", text=f"{who}: {text}") for who, text in turns)


def script(text: str) -> tuple[Turn, ...]:
    r"""Utterances of a text with one in each line, ``Name: words``; a line without a name goes on with the utterance before it (see `named`).

    Raises:
        ValueError: The first line names nobody.

    >>> [turn.text for turn in script("Ann : hi\nBob:\n\nsee you")]
    ['Ann: hi', 'Bob: see you']
    """
    said: list[tuple[str, str]] = []
    for line in filter(str.strip, text.splitlines()):
        who, colon, utterance = map(str.strip, line.partition(":"))
        if who and colon:
            said.append((who, utterance))
        elif said:
            said[-1] = (said[-1][0], tidy(f"{said[-1][1]} {line}"))
        else:
            raise ValueError("the first line names no speaker")
    return named(said)


def asked(question: str) -> tuple[Turn, ...]:
    """One utterance of the user."""
    return (Turn(speaker="user", text=question),)


def words(label: str) -> str:
    """A label as words.

    >>> words("card_arrival"), words("B-PlayMusic.artist")
    ('card arrival', 'b play music artist')
    """
    parts = "".join(f" {sign}" if sign.isupper() and before.islower() else sign for before, sign in zip(" " + label, label, strict=False))
    return tidy("".join(sign if sign.isalnum() or sign in "'+" else " " for sign in parts)).lower()


def label_set(labels: Iterable[str], title: str) -> Description:
    """Labels as knowledge, as words and sorted; ``title`` stands for them where they are too many to list."""
    return Description(tuple((label, "") for label in sorted(set(map(words, labels)))), title)


def with_choices(text: str, choices: Sequence[str]) -> Document:
    """A text with the answers to choose from behind it.

    >>> with_choices("Is it?", ["yes", "no"]).text
    'Is it? choices: (a) yes (b) no'
    """
    listed = " ".join(f"({chr(ord('a') + place)}) {choice}" for place, choice in enumerate(choices))
    return Document(tidy(f"{text} choices: {listed}"))


def replies(turns: Sequence[Turn], speaker: Speaker | None = None) -> Iterator[tuple[int, tuple[Turn, ...], Turn]]:
    """Every utterance with words (of one speaker, or of anybody), its place, and all turns before it."""
    for index, turn in enumerate(turns):
        if speaker in (None, turn.speaker) and turn.text.strip():
            yield index, tuple(turns[:index]), turn
