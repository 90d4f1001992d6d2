"""The one error tree: every message says what is wrong, where, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping


class DialAtlasError(Exception):
    """Base of every error that a user may see.

    Args:
        what: What is wrong, as the start of a sentence.
        where: File and line, JSON pointer, flag or widget, if there is one.
        remedy: The next command or click.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """The whole message in one line: ``WHERE: WHAT; REMEDY.``"""
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}; {self.remedy}." if self.remedy else f"{text}."

    def __str__(self) -> str:
        return self.sentence


class InputError(DialAtlasError):
    """A file, flag, address or upload that cannot be used as given (exit code 2)."""

    exit_code = 2


class UnknownSpeakersError(InputError):
    """An upload whose speakers go by names that say nothing: somebody must say who is who (exit code 2).

    Args:
        labels: Each such name to the place where it was met first.
    """

    def __init__(self, labels: Mapping[str, str]) -> None:
        names = [repr(label if len(label) <= 60 else label[:60] + "…") for label in labels]
        more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
        what = f"the speaker {names[0]} is not known" if len(names) == 1 else f"the speakers {', '.join(names[:5])}{more} are not known"
        self.labels = dict(labels)
        super().__init__(what, where=next(iter(labels.values())) or None,
                         remedy="write user or system, another usual word (customer, agent, human, assistant, ...), or say who that is")


class UnknownNameError(InputError):
    """A name that its registry does not know (exit code 2)."""


class MissingDataError(InputError):
    """A corpus, weight file or language model that is not on this machine (exit code 2)."""


class CheckpointError(InputError):
    """A checkpoint that is damaged, of another format, or does not fit its base (exit code 2)."""


class QueueFullError(DialAtlasError):
    """More requests wait than the server takes; nothing was begun (exit code 75, as for other passing trouble).

    Args:
        waiting: How many.
        seconds: After how long it is worth trying again.
    """

    exit_code = 75

    def __init__(self, waiting: int, seconds: float) -> None:
        self.waiting, self.seconds = waiting, seconds
        super().__init__(f"{waiting} requests wait already", remedy=f"try again in {max(1, round(seconds))} s")


class DeadlineError(DialAtlasError):
    """An answer that would have come after the request's deadline; what was computed is dropped (exit code 75)."""

    exit_code = 75


class RefusedError(InputError):
    """A request that a server does not take, whatever it asks: too large, too many, without the token, to a wrong address (exit code 2).

    Args:
        code: What the API calls it, e.g. ``too_large``.
        what: As in `DialAtlasError`, like the others.
    """

    def __init__(self, code: str, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        self.code = code
        super().__init__(what, where=where, remedy=remedy)


class UnreachableError(DialAtlasError):
    """An engine on another machine that does not answer, or not as one (exit code 75)."""

    exit_code = 75


class NoMemoryError(DialAtlasError):
    """The machine's memory does not suffice; what was in hand is dropped (exit code 75)."""

    exit_code = 75

    def __init__(self, what: str, *, where: str | None = None) -> None:
        super().__init__(what, where=where, remedy="try again with a shorter dialogue or fewer variants, or close other programs")


class WorkerError(DialAtlasError):
    """What computed the answer has ended or hangs, and has been replaced (exit code 75)."""

    exit_code = 75


class Interrupted(DialAtlasError):
    """Long work was stopped by its user; what was finished is kept (exit code 130)."""

    exit_code = 130
