"""What is asked of a predictor that answers several requests at once (no torch here)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.dialogue.model import Dialogue
from engine.registry import unknown
from engine.serve.base import Prediction, Predictor, PredictorCard, ProbeAnswer, ProbeQuestion, Progress


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The arguments of one `Predictor.compare`."""

    dialogue: Dialogue
    variants: Sequence[str]
    tasks: Sequence[str]
    candidates: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Probing:
    """The arguments of one `Predictor.probe_all`."""

    questions: Sequence[ProbeQuestion]
    variants: Sequence[str]


def check_names(card: PredictorCard, variants: Sequence[str], tasks: Sequence[str] = (), objectives: Sequence[str] = ()) -> None:
    """Whether all names are on the card.

    Raises:
        UnknownNameError: One is not.
    """
    known = {"variant": (variants, [one.name for one in card.variants]), "task": (tasks, card.tasks), "objective": (objectives, card.objectives)}
    for kind, (names, there) in known.items():
        for name in names:
            if name not in there:
                raise unknown(kind, name, list(there))


class Together(Predictor, Protocol):
    """A predictor that answers several requests at once."""

    def check(self, variants: Sequence[str], tasks: Sequence[str] = (), objectives: Sequence[str] = ()) -> None:
        """Whether all names are on the card (see `check_names`)."""
        ...

    def compare_many(self, asked: Sequence[Comparison], tells: Sequence[Progress]) -> Iterator[tuple[int, list[Prediction] | Exception]]:
        """Answers as of `compare`, or what a request raised, each with the request's number as soon as it is there.

        What a request's ``tells`` raises ends that request alone. Names are known (`check`).
        """
        ...

    def probe_many(self, asked: Sequence[Probing], tells: Sequence[Progress]) -> Iterator[tuple[int, list[list[ProbeAnswer]] | Exception]]:
        """As `compare_many`, of `probe_all`."""
        ...

    def let_go(self) -> None:
        """A computation hangs: what it holds is given to the next, its own outcome counts no more."""
        ...
