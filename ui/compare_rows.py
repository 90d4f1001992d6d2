"""The grid of Compare as data: one row per turn and task, one cell per variant, differences from a baseline (no drawing)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from engine.dialogue.model import Turn
from engine.results.verdicts import ROWS
from engine.serve.base import Answer, Prediction
from engine.serve.judged import Judged, confidence, judged, same


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
    judged: Judged | None
    """None where no gold judges it."""
    slots: bool
    """Whether ``judged`` counts slots."""

    @property
    def right(self) -> bool | None:
        """As a whole; None where no gold judges it."""
        return self.judged.right if self.judged else None


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
    asked = [one for one in predictions if one.task in tasks and one.variant in variants]
    at: dict[tuple[int, str], dict[str, Prediction]] = {}
    known: dict[tuple[int, str], dict[str, Judged | None]] = {}
    for one, verdict in zip(asked, judged(asked, labels or {}), strict=True):
        at.setdefault((one.turn, one.task), {})[one.variant] = one
        known.setdefault((one.turn, one.task), {})[one.variant] = verdict
    before: dict[str, Mapping[str, Answer]] = {}
    found = []
    for turn, task in sorted(at, key=lambda place: (place[0], tasks.index(place[1]))):
        given = {name: at[turn, task][name] for name in variants if name in at[turn, task]}
        found.append(_row(turn, task, given, baseline, before.get(task, {}), known[turn, task]))
        before[task] = {name: one.answer for name, one in given.items()} | {_GOLD: _gold(given) or {}}
    return found


def only_differing(found: Iterable[Row]) -> list[Row]:
    """The rows in which some variant differs from the baseline."""
    return [row for row in found if any(cell.differs for cell in row.cells.values())]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Which rows of a dialogue count."""

    first: int = 0
    last: int = 10**9
    """Turn indices, both inclusive."""
    speaker: str = ""
    """``user``, ``system``, or empty for both."""
    with_gold: bool = False
    """Only rows that gold judges."""


def within(found: Iterable[Row], turns: Sequence[Turn], part: Part) -> list[Row]:
    """The rows of a part of the dialogue."""
    return [row for row in found if part.first <= row.turn <= part.last and part.speaker in ("", turns[row.turn].speaker)
            and (not part.with_gold or any(cell.judged for cell in row.cells.values()))]


def counted(found: Iterable[Row], number: int = 0) -> pd.DataFrame:
    """Rows of dialogue ``number`` as `engine.results.verdicts` counts them."""
    lines = [(number, row.turn, row.task, name, cell.differs, float("nan") if cell.judged is None else float(cell.judged.right),
              cell.judged.hits if cell.judged else 0, cell.judged.of if cell.judged else 0) for row in found for name, cell in row.cells.items()]
    return pd.DataFrame(lines, columns=ROWS)


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
         verdicts: Mapping[str, Judged | None]) -> Row:
    gold = _gold(given)
    standard = given[baseline].answer if baseline in given else None
    cells = {name: Cell(text=_short(one.answer, before.get(name)), full=written(one.answer), confidence=confidence(one),
                        differs=standard is not None and not same(one.answer, standard), judged=verdicts[name],
                        slots=task == "state_tracking") for name, one in given.items()}
    return Row(turn=turn, task=task, cells=cells, gold=None if gold is None else _short(gold, before.get(_GOLD)),
               gold_full=None if gold is None else written(gold))


def _short(answer: Answer, before: Answer | None) -> str:
    if isinstance(answer, Mapping):
        return changes(answer, before if isinstance(before, Mapping) else {})
    return written(answer)
