"""The grid of Compare as data: one row per turn and task, one cell per variant, differences from a baseline (no drawing)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.serve.base import Answer, Prediction


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One variant's answer, ready to be shown."""

    text: str
    """Short form; for state tracking what changed since the user turn before."""
    full: str
    confidence: float | None
    """Of the answer; of its least sure part where it has several; None where nothing is claimed."""
    differs: bool
    """From the baseline's answer."""
    right: bool | None
    """None where there is no gold."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """All answers to one task at one turn."""

    turn: int
    task: str
    gold: str | None
    gold_full: str | None
    cells: Mapping[str, Cell]
    """Variant name to cell."""

    @property
    def disagreement(self) -> float:
        """Share of variants that do not give the commonest answer: 0 when all agree."""
        common = Counter(cell.full for cell in self.cells.values()).most_common(1)
        return 1 - common[0][1] / len(self.cells) if common else 0.0


def rows(predictions: Iterable[Prediction], *, variants: Sequence[str], tasks: Sequence[str], baseline: str,
         labels: Mapping[str, Sequence[str]] | None = None) -> list[Row]:
    """Group predictions by turn and task, in the order of turns and of ``tasks``.

    A gold answer with a label that is not in ``labels`` (task name to what its heads know) judges nobody.
    """
    at: dict[tuple[int, str], dict[str, Prediction]] = {}
    for prediction in predictions:
        if prediction.task in tasks and prediction.variant in variants:
            at.setdefault((prediction.turn, prediction.task), {})[prediction.variant] = prediction
    before: dict[str, Mapping[str, Answer]] = {}
    found = []
    for turn, task in sorted(at, key=lambda place: (place[0], tasks.index(place[1]))):
        given = {name: at[turn, task][name] for name in variants if name in at[turn, task]}
        found.append(_row(turn, task, given, baseline, before.get(task, {}), (labels or {}).get(task)))
        before[task] = {name: one.answer for name, one in given.items()} | {_GOLD: _gold(given) or {}}
    return found


def only_differing(found: Iterable[Row]) -> list[Row]:
    """The rows in which some variant differs from the baseline."""
    return [row for row in found if any(cell.differs for cell in row.cells.values())]


def by_disagreement(found: Iterable[Row]) -> list[Row]:
    """Most disputed rows first; equal ones stay in the order of the dialogue."""
    return sorted(found, key=lambda row: -row.disagreement)


def written(answer: Answer) -> str:
    """An answer in one line.

    >>> written({"food": "thai", "area": "north"}), written(("bye", "inform")), written({})
    ('area=north, food=thai', 'bye, inform', '(empty)')
    """
    if isinstance(answer, str):
        return answer
    parts = [f"{slot}={value}" for slot, value in sorted(answer.items())] if isinstance(answer, Mapping) else list(answer)
    return ", ".join(parts) or "(empty)"


def changes(now: Mapping[str, str], before: Mapping[str, str]) -> str:
    """What a state adds, changes and takes away, in one line.

    >>> changes({"food": "thai"}, {"food": "any", "area": "north"})
    '+food=thai, −area'
    """
    new = [f"+{slot}={value}" for slot, value in sorted(now.items()) if before.get(slot) != value]
    gone = [f"−{slot}" for slot in sorted(before) if slot not in now]
    return ", ".join(new + gone) or f"no change ({len(now)} slot{'' if len(now) == 1 else 's'})"


_GOLD = "\0gold"


def _gold(given: Mapping[str, Prediction]) -> Answer | None:
    return next((one.gold for one in given.values() if one.gold is not None), None)


def _row(turn: int, task: str, given: Mapping[str, Prediction], baseline: str, before: Mapping[str, Answer],
         known: Sequence[str] | None) -> Row:
    gold = _gold(given)
    judged = gold is not None and (known is None or set(_parts(gold)) <= set(known))
    standard = given[baseline].answer if baseline in given else None
    cells = {name: Cell(
        text=_short(one.answer, before.get(name)), full=written(one.answer), confidence=_confidence(one),
        differs=standard is not None and _same_form(one.answer) != _same_form(standard),
        right=_same_form(one.answer) == _same_form(gold) if gold is not None and judged else None) for name, one in given.items()}
    return Row(turn=turn, task=task, cells=cells, gold=None if gold is None else _short(gold, before.get(_GOLD)),
               gold_full=None if gold is None else written(gold))


def _short(answer: Answer, before: Answer | None) -> str:
    if isinstance(answer, Mapping):
        return changes(answer, before if isinstance(before, Mapping) else {})
    return written(answer)


def _same_form(answer: Answer) -> object:
    """Comparable whatever its case and order."""
    if isinstance(answer, str):
        return answer.casefold()
    if isinstance(answer, Mapping):
        return {slot: value.casefold() for slot, value in answer.items()}
    return sorted(answer)


def _confidence(one: Prediction) -> float | None:
    known = [one.scores[part] for part in _parts(one.answer) if part in one.scores]
    return min(known, default=None)


def _parts(answer: Answer) -> tuple[str, ...]:
    """The labels (of a state: the slots) that an answer names."""
    return (answer,) if isinstance(answer, str) else tuple(answer)
