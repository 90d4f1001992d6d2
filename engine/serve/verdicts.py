"""Right or wrong, the score of the right answer and how it moved, and a session's tally: the questions of Probe, judged (no torch)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten

from engine.dialogue.edits import Posed, agrees
from engine.serve.base import ProbeAnswer, ProbeQuestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One variant's answer, judged."""

    variant: str
    head: str
    guess: str
    """In words, as a page prints it."""
    right: bool | None
    """Everything asked was answered rightly; None where the right answer is not known."""
    score: float | None
    """Probability of the right answer; of several hidden wordpieces their mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many versions a variant answered rightly."""

    right: int
    tried: int


def question_of(posed: Posed) -> ProbeQuestion:
    """What is asked, with the right answer that the heads' probabilities are read for."""
    return ProbeQuestion(objective=posed.objective, turns=posed.turns, candidates=posed.candidates, group=posed.group, right=posed.right)


def judge(posed: Posed, answer: ProbeAnswer) -> Verdict:
    """One answer against the known right one."""
    right = all(map(agrees, posed.right, answer.guess)) and len(posed.right) == len(answer.guess) if posed.right else None
    score = sum(answer.chances) / len(answer.chances) if answer.chances else None
    return Verdict(variant=answer.variant, head=answer.head, guess=in_words(posed, answer.guess), right=right, score=score)


def in_words(posed: Posed, answer: Sequence[str]) -> str:
    """An answer, the right one or a guess, as a page prints it.

    >>> in_words(Posed(objective="dur", turns=(), right=()), ["1", "2", "0"])
    'order 2 3 1'
    """
    if posed.objective == "dur":
        return "order " + " ".join(str(int(rank) + 1) for rank in answer)
    if posed.objective == "crm" and answer and answer[0] in posed.candidates:
        return f"{posed.candidates.index(answer[0]) + 1}: {shorten(answer[0], 48, placeholder=' …')}"
    return ", ".join(answer)


def right_in_words(posed: Posed) -> str:
    """The known right answer in full; ``not known`` where there is none.

    >>> right_in_words(Posed(objective="dur", turns=(), right=("1", "0")))
    'order 2 1 (place 1 was number 2, place 2 was number 1)'
    """
    if posed.objective == "dur" and posed.right:
        places = ", ".join(f"place {place} was number {int(rank) + 1}" for place, rank in enumerate(posed.right, 1))
        return f"{in_words(posed, posed.right)} ({places})"
    return ", ".join(posed.right) or "not known"


def place_of_right(posed: Posed, answer: ProbeAnswer) -> int | None:
    """The right answer's place, from 1, among the scores of a single question (crm: the true response's); None where it is not there."""
    return next((place for place, label in enumerate(answer.scores[0], 1) if posed.right and agrees(posed.right[0], label)), None)


def moved(before: float | None, now: float | None) -> str:
    """The way from one score to another with an arrow and percentage points: the difference of what is printed.

    >>> moved(0.42, 0.8), moved(0.5, 0.1249), moved(None, 0.5), moved(0.5, 0.5001)
    ('42.0 → 80.0 % ▲ 38.0', '50.0 → 12.5 % ▼ 37.5', '50.0 %', '50.0 → 50.0 % = 0.0')
    """
    if now is None:
        return "not known"
    if before is None:
        return f"{_percent(now)} %"
    points = round(round(100 * now, 1) - round(100 * before, 1), 1)
    return f"{_percent(before)} → {_percent(now)} % {'▲' if points > 0 else '▼' if points < 0 else '='} {abs(points):.1f}"


def tally(tried: Iterable[Mapping[str, bool]]) -> dict[str, Share]:
    """Each variant's share of right answers over all versions that it was asked about."""
    found: dict[str, Share] = {}
    for version in tried:
        for variant, right in version.items():
            known = found.get(variant, Share(right=0, tried=0))
            found[variant] = Share(right=known.right + right, tried=known.tried + 1)
    return found


def _percent(share: float) -> str:
    """A tenth of a percent; what is not 0 or 100 is never rounded to it.

    >>> [_percent(share) for share in (0.5, 0.004, 0.00001, 0.9999)]
    ['50.0', '0.4', '<0.1', '>99.9']
    """
    return "<0.1" if share < 0.0005 else ">99.9" if share > 0.9995 else f"{100 * share:.1f}"
