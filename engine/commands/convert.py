"""``convert``: dialogues from any upload format to one that can be written."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from engine.commands.base import Ticker
from engine.dialogue.export import EXPORTS
from engine.dialogue.model import Role
from engine.dialogue.upload import read_upload
from engine.errors import InputError
from engine.registry import unknown

_ROLES: dict[str, Role] = {"user": "user", "system": "system", "skip": "skip"}


class Convert:
    """Upload and download without a browser."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """The two files, and what detection cannot know."""
        parser.add_argument("source", metavar="IN", type=Path, help="a file in any upload format, or a zip archive of such files")
        parser.add_argument("target", metavar="OUT", type=Path, help="the file to write")
        parser.add_argument("--to", metavar="FORMAT", help=f"{', '.join(EXPORTS)} (default: by the ending of OUT)")
        parser.add_argument("--from", dest="form", metavar="FORMAT", help="the format of IN (default: found by its content; python -m engine ls formats)")
        parser.add_argument("--roles", default="", metavar="NAME=user,...",
                            help="who stands behind a speaker's name: user, system, or skip to drop the turns")
        parser.add_argument("--merge", action="store_true", help="make one turn of those that one speaker has in a row")
        parser.add_argument("--force", action="store_true", help="write over OUT if it is there")

    def run(self, arguments: argparse.Namespace) -> None:
        """Read, say what was found, write."""
        name = _target_format(arguments.target, arguments.to)
        if arguments.target.exists() and not arguments.force:
            raise InputError("the file is there already", where=str(arguments.target), remedy="give another name, or --force to write over it")
        ticker = Ticker()
        roles = _roles(arguments.roles)
        try:
            with arguments.source.open("rb") as stream:
                upload = read_upload(stream, arguments.source.name, form=arguments.form, roles=roles, merge=arguments.merge,
                                     progress=lambda share, words: ticker(f"{share:.0%} {words}"))
        except OSError as error:
            raise InputError(f"the file cannot be read ({error.strerror})", where=str(arguments.source),
                             remedy="give the path of a dialogue file") from None
        changed = f"{upload.dropped:,} turns dropped, {upload.merged:,} merged." if upload.dropped or upload.merged else ""
        print("\n".join(filter(None, [upload.detection.sentence, changed, *upload.notes])), file=sys.stderr)
        _write(arguments.target, EXPORTS[name].pieces(upload.dialogues))
        turns = sum(len(dialogue.turns) for dialogue in upload.dialogues)
        print(f"{arguments.target}: {len(upload.dialogues):,} dialogues, {turns:,} utterances as {EXPORTS[name].title}")


def _target_format(path: Path, name: str | None) -> str:
    if name is not None and name not in EXPORTS:
        raise unknown("format to write", name, list(EXPORTS))
    found = name or next((name for name, export in EXPORTS.items() if export.ending == path.suffix.lower()), None)
    if found is None:
        raise InputError(f"the ending {path.suffix!r} says no format", where=str(path), remedy=f"give --to with one of {', '.join(EXPORTS)}")
    return found


def _roles(text: str) -> dict[str, Role]:
    """The parts of ``--roles``.

    >>> _roles("Front desk=system, Ada = user")
    {'Front desk': 'system', 'Ada': 'user'}
    """
    pairs = [part.rpartition("=") for part in text.split(",") if part.strip()]
    if wrong := next((f"{label}{mark}{role}" for label, mark, role in pairs if not label.strip() or role.strip().lower() not in _ROLES), None):
        raise InputError(f"{wrong!r} names no role", where="--roles", remedy="write NAME=user, NAME=system or NAME=skip, with commas between")
    return {label.strip(): _ROLES[role.strip().lower()] for label, _, role in pairs}


def _write(path: Path, pieces: Iterable[str]) -> None:
    """Write a file whole or not at all."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as stream:
            stream.writelines(pieces)
        unfinished.replace(path)
    except OSError as error:
        raise InputError(f"the file cannot be written ({error.strerror})", where=str(path), remedy="check the folder, its permissions and the disk") from None
    finally:
        unfinished.unlink(missing_ok=True)


CONVERT = Convert()
