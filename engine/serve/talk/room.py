"""The state of one talk: which step, what of it is revealed, who votes what; thread-safe, bounded, in memory only (no torch, no gradio)."""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.errors import InputError
from engine.serve.talk.answers import Question, Said
from engine.serve.talk.live import Clock, Live, Shown, Ticket
from engine.serve.talk.story import Part, Step, Story


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much a room takes."""

    phones: int = 500
    utterance: int = 200
    """Characters."""
    utterances_each: int = 3
    """Of one phone in one step."""
    utterances: int = 300
    """In the whole talk."""


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """What a phone has sent."""

    number: int
    phone: int
    step: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """A vote as it stands."""

    blind: Said | None
    """The answer whose giver is guessed; None until there is one."""
    choices: Mapping[str, str]
    """Who may have given it, to the name on the screen."""
    counts: Mapping[str, int]
    right: frozenset[str]
    """Who gave it: all whose answers are the same words. Empty while the vote is open."""
    open: bool


@dataclass(frozen=True, kw_only=True)
class View:
    """One step at one moment."""

    index: int
    step: Step
    shown: frozenset[Part]
    rest: int
    """Presses that still reveal something."""
    question: Question | None
    answers: Shown | None
    """None where nothing is asked."""
    ballot: Ballot | None
    added: str
    """The utterance from the room that the question is about; empty for the step's own."""


@dataclass(kw_only=True)
class _Scene:
    """What has happened in one step."""

    stage: int = 0
    ticket: Ticket | None = None
    added: str = ""


class Room:
    """One talk from its start to its end; a new one begins at the first step with no phones."""

    def __init__(self, story: Story, live: Live, titles: Mapping[str, str], *, limits: Limits | None = None, clock: Clock = time.monotonic) -> None:
        self.story, self.limits = story, limits or Limits()
        self.key = secrets.token_urlsafe(16)
        """Whoever has it is the presenter."""
        self.titles = titles
        self._live, self._clock, self._lock = live, clock, threading.RLock()
        self._at, self._furthest = 0, 0
        self._scenes = [_Scene() for _ in story.steps]
        self._phones: dict[str, int] = {}
        self._votes: list[dict[str, str]] = [{} for _ in story.steps]
        self._utterances: list[Utterance] = []
        self._began: float | None = None
        self._entered = clock()

    # The presenter's.

    def is_presenter(self, key: str) -> bool:
        """Whether the key is this room's."""
        return secrets.compare_digest(key.encode(), self.key.encode())

    def go(self, index: int) -> None:
        """To a step; before the first or behind the last there is none, so the talk stays where it is."""
        with self._lock:
            if not 0 <= index < len(self._scenes):
                return
            if self._began is None and index:
                self._began = self._clock()
            if index != self._at:
                self._entered = self._clock()
            self._at, self._furthest = index, max(index, self._furthest)
            self._ask(again=False)

    def move(self, by: int) -> None:
        """So many steps on, or back."""
        with self._lock:
            self.go(self._at + by)

    def reveal(self) -> bool:
        """The next of what the step hides; false where it hides nothing any more."""
        with self._lock:
            scene = self._scenes[self._at]
            if scene.stage >= len(self.story.steps[self._at].reveal):
                return False
            scene.stage += 1
            return True

    def advance(self) -> None:
        """Reveal, or go on where there is nothing to reveal: what a clicker's one button does."""
        with self._lock:
            if not self.reveal():
                self.move(1)

    def again(self) -> None:
        """Ask the step's question live once more."""
        with self._lock:
            self._ask(again=True)

    def use(self, number: int) -> None:
        """Put an utterance from the room into the step's dialogue, and ask about it; 0 takes it out again.

        Raises:
            InputError: There is no such utterance, or the step takes none.
        """
        with self._lock:
            step, chosen = self.story.steps[self._at], next((one.text for one in self._utterances if one.number == number), "")
            if not step.utterances or bool(chosen) != bool(number):
                raise InputError("this utterance cannot be used here", remedy="choose one that was sent, in a step that takes utterances")
            self._scenes[self._at].added = chosen
            self._votes[self._at].clear()  # they were about another answer
            self._ask(again=True)

    @property
    def at(self) -> int:
        """Index of the talk's step."""
        return self._at

    def clock(self) -> tuple[float, float]:
        """Seconds since the talk left its first step, and since it entered this one."""
        with self._lock:
            now = self._clock()
            return 0.0 if self._began is None else now - self._began, now - self._entered

    @property
    def phones(self) -> int:
        """How many have joined."""
        return len(self._phones)

    def utterances(self) -> Sequence[Utterance]:
        """Those sent in this step, newest first."""
        with self._lock:
            return [one for one in reversed(self._utterances) if one.step == self._at]

    # The phones'.

    def join(self, token: str = "") -> str:
        """The phone's token: the one it has from this room, or a new one.

        Raises:
            InputError: The room is full.
        """
        with self._lock:
            if token in self._phones:
                return token
            if len(self._phones) >= self.limits.phones:
                raise InputError(f"{self.limits.phones} phones have joined, and the room takes no more", remedy="look at a neighbour's")
            made = secrets.token_urlsafe(12)
            self._phones[made] = len(self._phones) + 1
            return made

    def say(self, token: str, text: str) -> None:
        """Send an utterance to the presenter.

        Raises:
            InputError: The phone has not joined, the step takes no utterances, it is empty or too long, or there are too many.
        """
        with self._lock:
            phone, said = self._phone(token), " ".join(text[:10 * self.limits.utterance].split())
            if not self.story.steps[self._at].utterances:
                raise InputError("this step takes no utterances", remedy="wait for one that does")
            if not said or len(said) > self.limits.utterance:
                raise InputError("there are no words" if not said else f"the utterance has more than {self.limits.utterance} characters",
                                 remedy="send one short sentence")
            mine = sum(one.phone == phone and one.step == self._at for one in self._utterances)
            if mine >= self.limits.utterances_each or len(self._utterances) >= self.limits.utterances:
                raise InputError(f"{mine} utterances came from this phone in this step" if mine >= self.limits.utterances_each else
                                 f"the room has sent {len(self._utterances)} utterances", remedy="no more are taken")
            self._utterances.append(Utterance(number=len(self._utterances) + 1, phone=phone, step=self._at, text=said))

    def vote(self, token: str, index: int, choice: str) -> None:
        """Guess who gave the blind answer; a phone's later guess takes the place of its earlier one.

        Raises:
            InputError: The phone has not joined, or there is no open vote with that choice in that step.
        """
        with self._lock:
            self._phone(token)
            ballot = self.view(index).ballot if 0 <= index <= self._furthest else None
            if ballot is None or not ballot.open or index != self._at:
                raise InputError("this vote is not open", remedy="wait for the next one")
            if choice not in ballot.choices:
                raise InputError("this is no choice of the vote", remedy="choose one of those on the screen")
            self._votes[index][token] = choice

    def voted(self, token: str, index: int) -> str:
        """The phone's guess in a step; empty where it has made none."""
        with self._lock:
            return self._votes[index].get(token, "")

    def reached(self, index: int) -> bool:
        """Whether the talk has come to a step."""
        return 0 <= index <= self._furthest

    # Everybody's.

    def view(self, index: int | None = None) -> View:
        """A step as it stands, the talk's own if none is named."""
        with self._lock:
            at = self._at if index is None else index
            step, scene = self.story.steps[at], self._scenes[at]
            if at == self._at and scene.ticket is None:
                self._ask(again=False)
            answers = self._live.shown(scene.ticket) if scene.ticket else None
            shown = step.shown(scene.stage)
            return View(index=at, step=step, shown=shown, rest=len(step.reveal) - scene.stage, question=self._question(at), answers=answers,
                        ballot=self._ballot(at, answers, shown), added=scene.added)

    def _phone(self, token: str) -> int:
        if token not in self._phones:
            raise InputError("this phone has not joined the talk", remedy="open the talk's address again")
        return self._phones[token]

    def _question(self, index: int) -> Question | None:
        step, added = self.story.steps[index], self._scenes[index].added
        if step.ask is None or step.dialogue is None:
            return None
        own = Question(ask=step.ask, dialogue=step.dialogue)
        return own.with_utterance(added) if added else own

    def _ask(self, *, again: bool) -> None:
        """Ask the step's question, unless it is answered or on its way."""
        scene, question = self._scenes[self._at], self._question(self._at)
        if question is None:
            self._live.leave()
        elif again or scene.ticket is None or (scene.ticket.left and scene.ticket.answered is None):
            scene.ticket = self._live.begin(question, self.story.steps[self._at].seconds)

    def _ballot(self, index: int, answers: Shown | None, shown: frozenset[Part]) -> Ballot | None:
        step = self.story.steps[index]
        if not step.vote or step.ask is None or answers is None:
            return None
        said = answers.answered.said if answers.answered else ()
        first = {one.who: one for one in reversed(said)}  # of several tasks, the answer to the first is guessed
        blind, decided = first.get(step.vote), "answers" in shown
        same = frozenset(who for who, one in first.items() if blind and one.text == blind.text)
        counts = Counter(self._votes[index].values())
        return Ballot(blind=blind, choices={who: self.titles.get(who, who) for who in step.ask.who}, counts={who: counts[who] for who in step.ask.who},
                      right=same if decided else frozenset(), open=blind is not None and not decided)
