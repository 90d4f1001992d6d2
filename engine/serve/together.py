"""Requests of several visitors answered together: each variant reads all their questions in one pass, each request can end alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from engine.errors import DialAtlasError, InputError
from engine.serve.answering import Reading, answer_all
from engine.serve.asked import Comparison, Probing
from engine.serve.base import Prediction, ProbeAnswer, Progress
from engine.serve.probing import Probe, answer_probes
from engine.serve.questions import all_offered, places
from engine.serve.remembered import Remembered
from engine.shipped import ShippedObjective, ShippedTask
from engine.variants import VARIANTS

Said = TypeVar("Said")


class Running(ABC, Generic[Said]):
    """One request while variants answer it."""

    verb = "reads the dialogue"

    def __init__(self, number: int, variants: Sequence[str], tell: Progress) -> None:
        self.number, self.variants, self._tell = number, variants, tell
        self.said: dict[str, Said] = {}
        self.error: Exception | None = None

    @property
    def open(self) -> bool:
        """Whether it waits for a variant."""
        return self.error is None and len(self.said) < len(set(self.variants))

    def wants(self, variant: str) -> bool:
        """Whether it waits for this variant."""
        return self.open and variant in self.variants

    def tell(self, share: float, words: str) -> None:
        """Pass progress on; where that raises, the request ends."""
        try:
            self._tell(share, words)
        except Exception as error:
            self.error = error

    def reading(self, variant: str, share: float) -> None:
        """A variant has read this share."""
        self.tell((len(self.said) + share) / len(self.variants), f"{VARIANTS[variant].title} {self.verb}")

    @property
    @abstractmethod
    def weight(self) -> int:
        """About how much there is to do."""

    @abstractmethod
    def outcome(self) -> Any:
        """What is answered when no variant is waited for."""


class Compared(Running[list[Prediction]]):
    """A comparison."""

    def __init__(self, number: int, asked: Comparison, tell: Progress) -> None:
        super().__init__(number, asked.variants, tell)
        offered = all_offered(asked.dialogue, asked.candidates)
        self.error = None if asked.dialogue.turns else InputError("the dialogue has no utterance", remedy="give it at least one turn")
        self.tasks = asked.tasks
        self.reads = Reading(asked.dialogue, [place for place in places(asked.dialogue, asked.tasks) if offered or place[1] != "response_selection"], offered)

    @property
    def weight(self) -> int:
        """Questions to all variants."""
        return len(self.variants) * len(self.reads.asked)

    def outcome(self) -> list[Prediction]:
        """Answers variant by variant."""
        self.tell(1.0, "done")
        return [one for name in self.variants for one in self.said[name]]


class Probed(Running[list[ProbeAnswer]]):
    """Probe questions."""

    def __init__(self, number: int, asked: Probing, tell: Progress) -> None:
        super().__init__(number, asked.variants, tell)
        self.verb = f"reads {len(asked.questions)} questions"
        self.questions = [Probe(question) for question in asked.questions]

    @property
    def weight(self) -> int:
        """Questions to all variants."""
        return len(self.variants) * len(self.questions)

    def outcome(self) -> list[list[ProbeAnswer]]:
        """Answers question by question."""
        return [[self.said[name][place] for name in self.variants] for place in range(len(self.questions))]


class _Nobody(Exception):
    """All requests of a reading have ended."""


def answered(running: Sequence[Running[Any]], ask: Callable[[str, list[Any]], None],
             computing: Callable[[], AbstractContextManager[Any]]) -> Iterator[tuple[int, Any]]:
    """Number and outcome of each request, as soon as all its variants have answered; small requests' variants come first.

    Args:
        running: The requests.
        ask: Has one variant answer some of them.
        computing: The lock under which that happens.
    """
    told: set[int] = set()
    for variant in [None, *dict.fromkeys(name for one in sorted(running, key=lambda one: one.weight) for name in one.variants)]:
        here = [one for one in running if variant is not None and one.wants(variant)]
        if variant is not None and here:
            with computing():
                _ask(variant, here, ask)
        for one in running:
            if one.number not in told and not one.open:
                told.add(one.number)
                said = one.outcome() if one.error is None else None
                yield one.number, said if one.error is None else one.error


def _ask(variant: str, here: list[Running[Any]], ask: Callable[[str, list[Any]], None]) -> None:
    for one in here:
        one.reading(variant, 0.0)
    try:
        ask(variant, [one for one in here if one.open])
    except _Nobody:
        return
    except Exception as error:  # of no request in particular, so of each of them
        for one in here:
            one.error = one.error or error


def _watched(variant: str, here: Sequence[Running[Any]]) -> Callable[[float], None]:
    """Passes the share that was read on, and ends the reading when nobody waits for it."""
    def tell(share: float) -> None:
        for one in here:
            if one.open:
                one.reading(variant, share)
        if not any(one.open for one in here):
            raise _Nobody

    return tell


def compare_together(variant: str, here: list[Compared], task: Callable[[str], ShippedTask], remembered: Remembered) -> None:
    """One variant answers comparisons; a part that cannot be loaded ends only those that ask for it."""
    models = _loaded(here, lambda one: one.tasks, task)
    here = [one for one in here if one.open]
    tell = _watched(variant, here)
    if here:
        for one, said in zip(here, answer_all(variant, models, [one.reads for one in here], tell, remembered), strict=True):
            one.said[variant] = said


def probe_together(variant: str, here: list[Probed], objective: Callable[[str], ShippedObjective]) -> None:
    """One variant answers probe questions; a part that cannot be loaded, or a question that cannot be read, ends only its own request."""
    models = _loaded(here, lambda one: [probe.objective for probe in one.questions], objective)
    for one in here:
        try:
            for probe in one.questions:
                if one.open:
                    probe.prepare(models[probe.objective])
        except DialAtlasError as error:
            one.error = error
    here = [one for one in here if one.open]
    if here:
        said = iter(answer_probes(variant, models, [probe for one in here for probe in one.questions], _watched(variant, here)))
        for one in here:
            one.said[variant] = [next(said) for _ in one.questions]


def _loaded(here: Sequence[Any], parts: Callable[[Any], Sequence[str]], load: Callable[[str], Any]) -> Mapping[str, Any]:
    """Every part that a request asks for; where one fails, those requests end."""
    models = {}
    for name in dict.fromkeys(part for one in here for part in parts(one)):
        asking = [one for one in here if one.open and name in parts(one)]
        try:
            if asking:
                models[name] = load(name)
        except Exception as error:
            for one in asking:
                one.error = error
    return models
