"""The one error tree: every message says what is wrong, where, and what to do next."""

from __future__ import annotations


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


class UnknownNameError(InputError):
    """A name that its registry does not know (exit code 2)."""


class MissingDataError(InputError):
    """A corpus, weight file or language model that is not on this machine (exit code 2)."""


class CheckpointError(InputError):
    """A checkpoint that is damaged, of another format, or does not fit its base (exit code 2)."""


class Interrupted(DialAtlasError):
    """Long work was stopped by its user; what was finished is kept (exit code 130)."""

    exit_code = 130
