"""Counting a corpus's dialogues and annotations split by split, and naming what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from engine.corpora.base import Corpus
from engine.corpora.files import check_split
from engine.dialogue.model import Dialogue, Turn
from engine.errors import InputError, MissingDataError

Progress = Callable[[str, int], None]
"""Called with the split's name and the dialogues read so far, once per dialogue."""

LABELS: dict[str, Callable[[Turn], Iterable[str] | None]] = {
    "intent": lambda turn: None if turn.intent is None else (turn.intent,),
    "acts": lambda turn: None if turn.acts is None else (act.name for act in turn.acts),
    "state": lambda turn: turn.state,
    "spans": lambda turn: None if turn.spans is None else (span.label for span in turn.spans),
}
"""The labels of a turn per annotation: intents, act names, ``domain-slot`` names, span labels; None where not annotated."""


@dataclass(frozen=True, kw_only=True)
class Annotated:
    """How far one annotation reaches in a split."""

    turns: int
    """Turns that carry it, even if empty."""
    labels: int
    """Distinct labels."""


@dataclass(frozen=True, kw_only=True)
class SplitReport:
    """The counts of one split; all zero where its files are absent."""

    split: str
    present: bool
    dialogues: int = 0
    turns: int = 0
    user_turns: int = 0
    system_turns: int = 0
    empty_utterances: int = 0
    consecutive_same_speaker: int = 0
    """Turns whose speaker also spoke the turn before."""
    dialogues_without_turns: int = 0
    annotations: dict[str, Annotated] = field(default_factory=dict)
    """Keyed intent, acts, state, spans."""
    damage: str | None = None
    """Why it could not be read to its end, in a sentence."""


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """What `check` found."""

    corpus: str
    folder: str
    splits: tuple[SplitReport, ...]
    problems: tuple[str, ...]
    """A sentence each; empty when nothing is wrong."""

    def as_json(self) -> dict[str, Any]:
        """The report as plain dictionaries, lists and numbers."""
        return asdict(self)


def check(corpus: Corpus, folder: Path, splits: Sequence[str] | None = None, progress: Progress | None = None) -> CheckReport:
    """Read the named splits (default: all) once, keeping counts only.

    Raises:
        InputError: A split that the corpus does not have.
    """
    names = tuple(splits or corpus.card.splits)
    for name in names:
        check_split(name, corpus.card.splits, corpus.card.name)
    counted = [_check_split(corpus, folder, name, progress) for name in names]
    reports = tuple(report for report, _ in counted)
    problems = [problem for _, found in counted for problem in found] + list(_promises(corpus, reports))
    return CheckReport(corpus=corpus.card.name, folder=str(folder), splits=reports, problems=tuple(dict.fromkeys(problems)))


def _check_split(corpus: Corpus, folder: Path, split: str, progress: Progress | None) -> tuple[SplitReport, list[str]]:
    tally, damage = _Tally(), None
    try:
        for dialogue in corpus.read(folder, split):
            tally.add(dialogue)
            if progress is not None:
                progress(split, tally.counts["dialogues"])
    except MissingDataError as error:
        if not tally.counts["dialogues"]:
            return SplitReport(split=split, present=False), []
        damage = str(error)
    except InputError as error:
        damage = str(error)
    return tally.report(split, damage), [*tally.problems(split), *([damage] if damage else [])]


class _Tally:
    """Running counts of one split; its size depends on the number of labels, not of dialogues."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.labels: dict[str, set[str]] = {kind: set() for kind in LABELS}
        self.faults: Counter[str] = Counter()
        self.first: dict[str, str] = {}

    def add(self, dialogue: Dialogue) -> None:
        self.counts["dialogues"] += 1
        if not dialogue.turns:
            self._fault("dialogues have no turns", dialogue.id)
        self.counts["consecutive_same_speaker"] += sum(one.speaker == two.speaker for one, two in pairwise(dialogue.turns))
        for index, turn in enumerate(dialogue.turns):
            self._add_turn(turn, f"{dialogue.id}, turn {index}")

    def _add_turn(self, turn: Turn, place: str) -> None:
        self.counts["turns"] += 1
        self.counts[f"{turn.speaker}_turns"] += 1
        if not turn.text.strip():
            self._fault("utterances are empty", place)
        if any(not 0 <= span.start < span.end <= len(turn.text) for span in turn.spans or ()):
            self._fault("turns have spans that do not lie inside the text", place)
        for kind, labels_of in LABELS.items():
            labels = labels_of(turn)
            if labels is not None:
                self.counts[kind] += 1
                self.labels[kind].update(labels)

    def _fault(self, fault: str, place: str) -> None:
        self.faults[fault] += 1
        self.first.setdefault(fault, place)

    def report(self, split: str, damage: str | None) -> SplitReport:
        plain = ("dialogues", "turns", "user_turns", "system_turns", "consecutive_same_speaker")
        return SplitReport(
            split=split,
            present=True,
            damage=damage,
            empty_utterances=self.faults["utterances are empty"],
            dialogues_without_turns=self.faults["dialogues have no turns"],
            annotations={kind: Annotated(turns=self.counts[kind], labels=len(self.labels[kind])) for kind in LABELS},
            **{name: self.counts[name] for name in plain},
        )

    def problems(self, split: str) -> Iterator[str]:
        for fault, count in self.faults.items():
            if count:
                yield f"{split}: {count} {fault}, the first is {self.first[fault]}."


def _promises(corpus: Corpus, reports: Sequence[SplitReport]) -> Iterator[str]:
    """Annotations on the card that no split which was read carries."""
    present = [report for report in reports if report.present]
    for kind in corpus.card.annotations:
        if present and not any(report.annotations[kind].turns for report in present):
            yield f"The card promises {kind}, but no turn of {', '.join(report.split for report in present)} carries it."


def render(report: CheckReport) -> str:
    """The report as a table and a list of problems, for the console."""
    head = ("split", "dialogues", "turns", "user", "system", "empty", "same speaker", "no turns", *LABELS)
    table = [head, *(_row(split) for split in report.splits)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    text = [f"{report.corpus} in {report.folder} (annotations: turns/labels)"]
    for first, *rest in table:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]
        text.append("  ".join(cells).rstrip())
    text += [f"problem: {problem}" for problem in report.problems] or ["no problem found"]
    return "\n".join(text)


def _row(split: SplitReport) -> tuple[str, ...]:
    if not split.present:
        return (split.split, "absent", *[""] * (6 + len(LABELS)))
    numbers = (
        split.dialogues, split.turns, split.user_turns, split.system_turns,
        split.empty_utterances, split.consecutive_same_speaker, split.dialogues_without_turns,
    )
    reach = (f"{found.turns:,}/{found.labels:,}" if found.turns else "-" for found in split.annotations.values())
    return (split.split, *(f"{number:,}" for number in numbers), *reach)
