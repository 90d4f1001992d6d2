"""The contract of an upload format, the names that speakers go by, and what a reader says of its work."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Dialogue, Role, Speaker, Turn
from engine.errors import UnknownSpeakersError

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
MOST_UNKNOWN = 50
"""Unknown speakers that are gathered before a file is given up."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, kw_only=True)
class Remark:
    """One thing that is said of a file."""

    what: str
    """A sentence without its full stop."""
    where: str
    """The first line or JSON pointer; may be empty."""
    times: int
    remedy: str
    """What to do about it, without a full stop; empty where nothing needs to be done."""

    @property
    def sentence(self) -> str:
        """The whole remark but the remedy.

        >>> Remark(what="An empty utterance was left out", where="line 7", times=3, remedy="").sentence
        'An empty utterance was left out (3 times, first at line 7).'
        """
        often = f"{self.times:,} times" if self.times > 1 else ""
        place = (f"first at {self.where}" if self.times > 1 else f"at {self.where}") if self.where else ""
        aside = ", ".join(filter(None, (often, place)))
        return f"{self.what} ({aside})." if aside else f"{self.what}."


class Reading:
    """Who is who in a file, and what was mapped, merged or left out while it was read.

    Args:
        roles: Labels, in any case, to what they stand for; they go before the usual words.
    """

    def __init__(self, roles: Mapping[str, Role] | None = None) -> None:
        self._given = {_plain(label): role for label, role in (roles or {}).items()}
        self.roles: dict[str, Role] = {}
        """Every label met so far, as it is written, and how it was read."""
        self.unknown: dict[str, str] = {}
        """Labels that say nothing, each with the place where it was met first: the file cannot be read before somebody says who they are."""
        self.possible: dict[str, int] = {}
        """Words that may be speakers' labels but were read as text, and how often."""
        self.file = ""
        """The file of an archive that is being read."""
        self._here: set[Speaker] = set()
        self._remarks: dict[str, Remark] = {}

    def begin(self) -> None:
        """Another dialogue, perhaps of other people, begins (see `person`)."""
        self._here.clear()

    def note(self, sentence: str, where: str = "", remedy: str = "") -> None:
        """Say something and what to do about it, without full stops, and where; what is said often is counted."""
        plain, place = tidy(sentence), tidy(self.place(where))
        if plain not in self._remarks and len(self._remarks) >= MOST_NOTES:
            plain, remedy = _MORE, ""
        before = self._remarks.get(plain) or Remark(what=plain, where=place, times=0, remedy=remedy)
        self._remarks[plain] = replace(before, times=before.times + 1)

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What was said."""
        return tuple(self._remarks.values())

    @property
    def notes(self) -> tuple[str, ...]:
        """What was said, a sentence each."""
        return tuple(remark.sentence for remark in self.remarks)

    def place(self, where: str) -> str:
        """A line or JSON pointer, behind the file of an archive."""
        return ", ".join(filter(None, (self.file, where)))

    def known(self, label: str) -> Role | None:
        """The role behind a label, None where nobody goes by that name."""
        return self.given(label) or SPEAKERS.get(_plain(label))

    def given(self, label: str) -> Role | None:
        """The role that the caller gave to a label."""
        return self._given.get(_plain(label))

    def role(self, label: str, *, where: str) -> Speaker:
        """The role behind a label; of one that nobody goes by, any: it is remembered in ``unknown``.

        Raises:
            UnknownSpeakersError: There are too many of these.
        """
        role = self.roles.get(label) or self.known(label)
        if role is not None:
            return self.heard(label, role)
        self.unknown.setdefault(label, self.place(where))
        if len(self.unknown) > MOST_UNKNOWN:
            raise UnknownSpeakersError(self.unknown)
        return "user"

    def person(self, label: str, *, where: str) -> Speaker:
        """As `role`, but of a dialogue's names that are not known, the first is the user and the others are the system, with a note."""
        role = self.known(label) or self.roles.get(label)
        if role is None:
            role = "system" if "user" in self._here else "user"
            self.note(f"{label!r} is read as the {role}", where, "give the name another role where that is wrong")
        if role != "skip":
            self._here.add(role)
        return self.heard(label, role)

    def heard(self, label: str, role: Role) -> Speaker:
        """Remember a label's role; of a skipped one, the speaker is any, as its turns are dropped in the end."""
        role = self.roles.setdefault(label, role)
        return "user" if role == "skip" else role


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
