"""Holding a capsule against the models that are here: the same questions again, every number beside the one in the file (no torch)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine import provenance
from engine.errors import InputError
from engine.serve.base import Answer, Predictor, Progress
from engine.serve.capsule import Asked, Capsule, Probed, versions

TOLERANCE = 1e-5
"""Numbers this near are the same but for rounding: another grouping of questions or another processor rounds otherwise."""
Status = Literal["identical", "within 1e-5", "different", "not answered here"]
Said = Answer | tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One answer of the capsule beside the same answer now."""

    variant: str
    question: str
    """A task, or an objective."""
    turn: int | None
    """Of a task; None of an objective."""
    before: Said
    now: Said | None
    gap: float | None
    """The largest difference of two numbers; a label that only one side scored counts with its whole score."""
    status: Status


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A fact of the capsule beside the same fact here; None where there is none."""

    kind: Literal["weights", "version", "commit", "predictor"]
    name: str
    before: str
    now: str | None

    @property
    def same(self) -> bool:
        """Whether both are equal."""
        return self.before == self.now


@dataclass(frozen=True, kw_only=True)
class Verified:
    """The outcome."""

    lines: tuple[Line, ...]
    facts: tuple[Beside, ...]

    @property
    def reproduced(self) -> bool:
        """Whether every answer is identical or the same but for rounding."""
        return all(line.status in ("identical", "within 1e-5") for line in self.lines)

    @property
    def sentence(self) -> str:
        """The outcome in a sentence or two."""
        counts = Counter(line.status for line in self.lines)
        gap = max((line.gap for line in self.lines if line.gap is not None), default=0.0)
        told = ", ".join(f"{counts[status]:,} {status}" for status in ("identical", "within 1e-5", "different", "not answered here") if counts[status])
        differs = [f"{sum(one.kind == kind and not one.same for one in self.facts)} {words}" for kind, words in _KINDS.items()
                   if any(one.kind == kind and not one.same for one in self.facts)]
        numbers = f"Of {len(self.lines):,} answers: {told}" if self.lines else "The capsule holds no answer"
        most = f"; the numbers differ by at most {gap:.2g}" if gap else ""
        behind = f"Not the same as here: {', '.join(differs)}." if differs else "Weights, versions and commit are the same as here."
        return f"{numbers}{most}. {behind}"


_KINDS = {"weights": "weight files", "version": "versions", "commit": "commit", "predictor": "predictor"}


def verify(given: Capsule, predictor: Predictor, progress: Progress | None = None) -> Verified:
    """Ask the same again and compare.

    Raises:
        CheckpointError: A weight file here is damaged.
    """
    tell = progress or (lambda share, words: None)
    lines: list[Line] = []
    steps: list[Asked | Probed] = [*given.asked, *given.probes]
    for number, one in enumerate(steps):
        def part(share: float, words: str, done: int = number) -> None:
            tell((done + share) / len(steps), words)

        lines += _asked_again(given, one, predictor, part) if isinstance(one, Asked) else _probed_again(one, predictor)
    tell(1.0, "done")
    return Verified(lines=tuple(lines), facts=tuple(facts(given, predictor)))


def facts(given: Capsule, predictor: Predictor) -> Iterator[Beside]:
    """What stood behind the capsule's numbers beside what is here."""
    card = predictor.card
    yield Beside(kind="predictor", name="predictor", before=given.predictor, now=card.name)
    yield Beside(kind="commit", name="commit", before=given.commit, now=provenance.commit())
    here = versions(predictor)
    yield from (Beside(kind="version", name=name, before=version, now=here.get(name)) for name, version in given.versions.items())
    variants = [name for name in given.variants if name in {one.name for one in card.variants}]
    tasks = [task for task in card.tasks if any(task in one.tasks for one in given.asked)]
    objectives = [name for name in card.objectives if any(name == one.question.objective for one in given.probes)]
    files = predictor.files(variants, tasks, objectives)
    yield from (Beside(kind="weights", name=name, before=digest, now=files.get(name)) for name, digest in given.files.items())


def _asked_again(given: Capsule, one: Asked, predictor: Predictor, progress: Progress) -> Iterator[Line]:
    known = {card.name for card in predictor.card.variants}
    variants, tasks = [name for name in dict.fromkeys(one.variants) if name in known], [task for task in predictor.card.tasks if task in one.tasks]
    found = predictor.compare(given.dialogue, variants=variants, tasks=tasks, candidates=one.candidates, progress=progress) if variants and tasks else []
    now = {(line.variant, line.task, line.turn): line for line in found}
    for was in one.predictions:
        answer = now.get((was.variant, was.task, was.turn))
        yield _line(was.variant, was.task, was.turn, (was.answer, [was.scores]), (answer.answer, [answer.scores]) if answer else None)


def _probed_again(one: Probed, predictor: Predictor) -> Iterator[Line]:
    known = {card.name for card in predictor.card.variants}
    variants = list(dict.fromkeys(answer.variant for answer in one.answers if answer.variant in known))
    objective = one.question.objective
    try:
        found = predictor.probe(one.question, variants=variants) if objective in predictor.card.objectives else []
    except InputError:  # a question that no model can read has no answer here
        found = []
    now = {answer.variant: answer for answer in found}
    for was in one.answers:
        answer = now.get(was.variant)
        yield _line(was.variant, objective, None, (was.guess, list(was.scores)), (answer.guess, list(answer.scores)) if answer else None)


_Given = tuple[Said, Sequence[Mapping[str, float]]]


def _line(variant: str, question: str, turn: int | None, before: _Given, now: _Given | None) -> Line:
    gap = None if now is None else _gap(before[1], now[1])
    status: Status = "not answered here" if now is None or gap is None else "identical" if before == now else \
        "within 1e-5" if before[0] == now[0] and gap <= TOLERANCE else "different"
    return Line(variant=variant, question=question, turn=turn, before=before[0], now=now[0] if now else None, gap=gap, status=status)


def _gap(before: Sequence[Mapping[str, float]], now: Sequence[Mapping[str, float]]) -> float:
    if len(before) != len(now):
        return 1.0
    return max((abs(was.get(label, 0.0) - new.get(label, 0.0)) for was, new in zip(before, now, strict=True) for label in {*was, *new}), default=0.0)
