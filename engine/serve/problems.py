"""Errors on their way between machines: each class of `engine.errors` as a code with an HTTP status, and back as the same class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.errors import (
    CheckpointError,
    DeadlineError,
    DialAtlasError,
    InputError,
    Interrupted,
    MissingDataError,
    NoMemoryError,
    QueueFullError,
    RefusedError,
    UnknownNameError,
    UnknownSpeakersError,
    UnreachableError,
    WorkerError,
)
from engine.paths import without_home

KINDS: tuple[tuple[type[DialAtlasError], str, int], ...] = (
    (UnknownSpeakersError, "unknown_speakers", 422),
    (UnknownNameError, "unknown_name", 422),
    (MissingDataError, "missing_data", 503),
    (CheckpointError, "damaged_weights", 500),
    (InputError, "bad_input", 422),
    (QueueFullError, "queue_full", 503),
    (DeadlineError, "too_late", 504),
    (Interrupted, "interrupted", 499),
    (UnreachableError, "unreachable", 502),
    (NoMemoryError, "no_memory", 503),
    (WorkerError, "worker_lost", 503),
    (DialAtlasError, "failed", 500),
)
"""Class to code and HTTP status; the first that fits counts. 499 is read by nobody: the client has gone."""
REFUSALS: Mapping[str, int] = {
    "bad_request": 400, "no_token": 401, "wrong_origin": 403, "not_found": 404, "wrong_method": 405, "slow_body": 408, "too_large": 413, "wrong_type": 415,
    "wrong_host": 421, "bad_form": 422, "too_many": 429,
}
"""Code of a `RefusedError` to its HTTP status."""
UNEXPECTED = "unexpected"
"""Code of a failure that has no class: a bug of ours, told with the id of its entry in the log."""
_ARGUMENTS = ("what", "where", "remedy", "code")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """The JSON of every error."""

    code: str
    """A stable name, for programs."""
    sentence: str
    """The whole message: where, what is wrong, what to do."""
    remedy: str | None = None
    """What to do, alone."""
    where: str | None = None
    """Which part of the request: a JSON pointer, a line of a file, a parameter."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Numbers and names that the sentence mentions, where a program may want them, e.g. after how many ``seconds`` to try again."""


def problem_of(error: DialAtlasError) -> tuple[int, Problem]:
    """Status and JSON of an error; paths of this machine are shortened.

    >>> problem_of(QueueFullError(40, 2.0))[1].details
    {'waiting': 40, 'seconds': 2.0}
    """
    code, status = _kind(error)
    details = {key: value for key, value in vars(error).items() if key not in _ARGUMENTS}
    return status, Problem(code=code, sentence=without_home(error.sentence), remedy=error.remedy and without_home(error.remedy),
                           where=error.where and without_home(error.where), details=details)


def _kind(error: DialAtlasError) -> tuple[str, int]:
    if isinstance(error, RefusedError):
        return error.code, REFUSALS[error.code]
    return next((code, status) for kind, code, status in KINDS if isinstance(error, kind))


def error_of(problem: Problem) -> DialAtlasError:
    """The error that `problem_of` was given: the same class, the same sentence.

    >>> str(error_of(problem_of(QueueFullError(40, 2.0))[1]))
    '40 requests wait already; try again in 2 s.'
    """
    kind = RefusedError if problem.code in REFUSALS else next((kind for kind, code, _ in KINDS if code == problem.code), DialAtlasError)
    error = kind.__new__(kind)
    what = problem.sentence.removeprefix(f"{problem.where}: ") if problem.where else problem.sentence
    what = what.removesuffix(f"; {problem.remedy}.") if problem.remedy else what.removesuffix(".")
    DialAtlasError.__init__(error, what, where=problem.where, remedy=problem.remedy)
    vars(error).update(problem.details)
    if isinstance(error, RefusedError):
        error.code = problem.code
    return error


def misshapen(errors: Sequence[Mapping[str, Any]]) -> RefusedError:
    """What pydantic's checks found, as one sentence about the first with its JSON pointer.

    >>> print(misshapen([{"loc": ("body", "turns", 0, "speaker"), "msg": "Input should be 'user' or 'system'"}]))
    /turns/0/speaker: input should be 'user' or 'system'; mend the request there, its form is described at /api/v1.
    """
    first = errors[0]
    place = [str(part) for part in first["loc"]]
    where = _pointer(place[1:]) if place[:1] == ["body"] else " ".join(place)
    more = f" ({len(errors) - 1} more places are wrong)" if len(errors) > 1 else ""
    message = str(first["msg"])[:200]
    return RefusedError("bad_form", f"{message[:1].lower()}{message[1:]}{more}", where=where[:200] or "top level",
                        remedy="mend the request there, its form is described at /api/v1")


def _pointer(place: Sequence[str]) -> str:
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in place)
