"""The contract of an upload format, the names that speakers go by, and what a reader says of its work."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Dialogue, Speaker, Turn
from engine.errors import InputError

UPLOAD = "upload"
"""The corpus name of every uploaded dialogue."""

_USERS = ("user", "usr", "customer", "client", "caller", "human", "guest", "visitor", "patient", "student", "tourist", "buyer", "passenger",
          "seeker", "requester", "traveller", "traveler", "apprentice", "patron", "shopper", "speaker 1", "speaker1", "person 1", "person1", "a")
_SYSTEMS = ("system", "sys", "agent", "assistant", "bot", "chatbot", "ai", "wizard", "operator", "representative", "rep", "advisor", "adviser",
            "support", "helpdesk", "receptionist", "doctor", "teacher", "tutor", "guide", "expert", "seller", "salesperson", "provider",
            "model", "gpt", "chatgpt", "recommender", "librarian", "host", "speaker 2", "speaker2", "person 2", "person2", "b")
SPEAKERS: dict[str, Speaker] = {**dict.fromkeys(_USERS, "user"), **dict.fromkeys(_SYSTEMS, "system")}
"""Lower-case label to role."""


MOST_NOTES = 50
"""Different things that are said of one file at most."""
_MORE = "There is more to say that is not shown"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Reading:
    """Who is who in a file, and what was mapped, merged or left out while it was read.

    Args:
        roles: Labels, in any case, to what they stand for; they go before the usual words.
    """

    def __init__(self, roles: Mapping[str, Speaker] | None = None) -> None:
        self._given = {_plain(label): speaker for label, speaker in (roles or {}).items()}
        self.roles: dict[str, Speaker] = {}
        """Every label met so far, as it is written, and how it was read."""
        self.file = ""
        """The file of an archive that is being read."""
        self._here: set[Speaker] = set()
        self._notes: dict[str, tuple[int, str]] = {}

    def begin(self) -> None:
        """Another dialogue, perhaps of other people, begins (see `person`)."""
        self._here.clear()

    def note(self, sentence: str, where: str = "") -> None:
        """Say something, without a full stop, and where; what is said often is counted."""
        plain, place = tidy(sentence), tidy(", ".join(filter(None, (self.file, where))))
        times, first = self._notes.get(plain, (0, place))
        if times == 0 and len(self._notes) >= MOST_NOTES:
            plain, (times, first) = _MORE, self._notes.get(_MORE, (0, place))
        self._notes[plain] = (times + 1, first)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was said, a sentence each."""
        return tuple(map(_counted, self._notes, self._notes.values()))

    def known(self, label: str) -> Speaker | None:
        """The role behind a label, None where nobody goes by that name."""
        return self.given(label) or SPEAKERS.get(_plain(label))

    def given(self, label: str) -> Speaker | None:
        """The role that the caller gave to a label."""
        return self._given.get(_plain(label))

    def role(self, label: str, *, where: str) -> Speaker:
        """The role behind a label.

        Raises:
            InputError: Nobody goes by that name.
        """
        speaker = self.known(label)
        if speaker is None:
            raise InputError(f"the speaker {label!r} is not known", where=where,
                             remedy="write user or system, another usual word (customer, agent, human, assistant, ...), or say who that is")
        return self.heard(label, speaker)

    def person(self, label: str, *, where: str) -> Speaker:
        """As `role`, but of a dialogue's names that are not known, the first is the user and the others are the system, with a note."""
        speaker = self.known(label) or self.roles.get(label)
        if speaker is None:
            speaker = "system" if "user" in self._here else "user"
            self.note(f"{label!r} is read as the {speaker}", where)
        self._here.add(speaker)
        return self.heard(label, speaker)

    def heard(self, label: str, speaker: Speaker) -> Speaker:
        """Remember a label's role."""
        return self.roles.setdefault(label, speaker)


class Parse(Protocol):
    """The text of a file to its dialogues."""

    def __call__(self, source: Source, reading: Reading) -> Iterator[Dialogue]:
        """Read dialogue by dialogue; utterances are kept character by character.

        Raises:
            InputError: Names a line (``line 7``) or a JSON pointer (``/3/turns/2/speaker``) and the fix.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Format:
    """One way in which people keep dialogues in a file."""

    name: str
    title: str
    endings: tuple[str, ...]
    """Usual file name endings, lower case with the dot."""
    recognise: Callable[[Head], float]
    """How sure we are that a file is in this format, 0 to 1."""
    parse: Parse
    companions: tuple[str, ...] = ()
    """Names of JSON files that, lying in one folder of an archive, are one dialogue: read as one object, keyed by name without ending."""


def tidy(text: str, most: int = 300) -> str:
    """A text of the file's own as part of a sentence: on one line, and not too long.

    >>> tidy("one" + chr(10) + "two"), tidy("x" * 12, most=8)
    ('one\\\\ntwo', 'xxxxxxxx…')
    """
    short = text if len(text) <= most else text[:most] + "…"
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), short)


def dialogue(name: str, turns: Iterable[Turn], domains: Iterable[str] = (), split: str = "all") -> Dialogue:
    """An uploaded dialogue."""
    return Dialogue(corpus=UPLOAD, id=name, split=split, turns=tuple(turns), domains=frozenset(domains))


def _plain(label: str) -> str:
    return " ".join(label.lower().split())


def _counted(sentence: str, said: tuple[int, str]) -> str:
    times, first = said
    often = f"{times:,} times" if times > 1 else ""
    place = (f"first at {first}" if times > 1 else f"at {first}") if first else ""
    aside = ", ".join(filter(None, (often, place)))
    return f"{sentence} ({aside})." if aside else f"{sentence}."
