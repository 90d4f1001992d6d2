"""Answers that were recorded before a talk, in a JSON file beside the story; found again by the question's fingerprint.

Each entry names the fingerprint of the weights that gave it: under other weights it is *stale*, and says so wherever it is shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.serve.talk.answers import Answered, Models, Question, Said
from engine.serve.talk.story import Story

VERSION = 1
_AGAIN = "make it again with `python -m engine talk STORY.yaml --record`"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The recorded answers to one question."""

    question: str
    """Fingerprint."""
    weights: str
    """Fingerprint."""
    answered: Answered
    day: str
    """On which they were given."""


Recorded = Mapping[str, Entry]
"""Fingerprint of the question to its entry."""


def recorded_path(story: Path) -> Path:
    """Where a story's answers lie: beside it, ``abilities.yaml`` in ``abilities.recorded.json``."""
    return story.with_name(f"{story.stem}.recorded.json")


def questions(story: Story) -> list[tuple[int, Question]]:
    """Index of each step that asks something, and its question."""
    return [(index, Question(ask=step.ask, dialogue=step.dialogue)) for index, step in enumerate(story.steps) if step.ask and step.dialogue]


def record(models: Models, story: Story, day: str) -> Iterator[tuple[int, Entry]]:
    """Ask every question of a story; each step's index with its entry, for `write` (errors as `Models.answer`)."""
    for index, question in questions(story):
        yield index, Entry(question=question.mark, weights=models.weights(question.ask), answered=models.answer(question), day=day)


def write(path: Path, entries: Iterable[Entry], about: Mapping[str, Any]) -> None:
    """Write a file of recorded answers, whole or not at all.

    Args:
        path: See `recorded_path`.
        entries: In the story's order.
        about: Commit, command, hardware and versions.

    Raises:
        InputError: The file cannot be written.
    """
    rows = [{"question": one.question, "weights": one.weights, "day": one.day, "right": one.answered.right, "said": list(map(asdict, one.answered.said))}
            for one in entries]
    unfinished = path.with_name(f"{path.name}.part")
    try:
        unfinished.write_text(json.dumps({"dialatlas_talk": VERSION, **about, "answers": rows}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise InputError(f"the answers cannot be recorded ({error.strerror})", where=str(path), remedy="check the folder and its permissions") from None
    finally:
        unfinished.unlink(missing_ok=True)


def read_recorded(path: Path) -> Recorded:
    """The recorded answers of a file; none where there is no file.

    Raises:
        InputError: The file is damaged, or of another version.
    """
    if not path.is_file():
        return {}
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        if whole["dialatlas_talk"] != VERSION:
            raise InputError(f"the recorded answers are of version {whole['dialatlas_talk']!r}", where=str(path), remedy=_AGAIN)
        entries = [_entry(row) for row in whole["answers"]]
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, RecursionError):
        raise InputError("the recorded answers cannot be read", where=str(path), remedy=_AGAIN) from None
    return {one.question: one for one in entries}


def _entry(row: Mapping[str, Any]) -> Entry:
    said = tuple(_said(one) for one in row["said"])
    return Entry(question=_text(row["question"]), weights=_text(row["weights"]), day=_text(row["day"]), answered=Answered(said=said, right=_text(row["right"])))


def _said(row: Mapping[str, Any]) -> Said:
    share, right = row["share"], row["right"]
    if not (share is None or isinstance(share, int | float)) or not (right is None or isinstance(right, bool)):
        raise TypeError
    return Said(who=_text(row["who"]), asked=_text(row["asked"]), text=_text(row["text"]), share=share, right=right)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
