"""Reading an uploaded file: which format it is in, its dialogues, and what was mapped or left out. Nothing is written to disk."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import IO

from engine.dialogue.archive import damage_told, is_archive, unpacked
from engine.dialogue.detect import Detection, detect
from engine.dialogue.formats import FORMATS
from engine.dialogue.formats.base import Reading, tidy
from engine.dialogue.formats.source import Source
from engine.dialogue.limits import LIMITS, Limits
from engine.dialogue.model import Dialogue, Speaker
from engine.errors import InputError, UnknownNameError

Progress = Callable[[float, str], None]
"""Takes the share that is done, 0 to 1, and a few words."""
_EVERY = 50
"""Dialogues between two reports of progress."""


@dataclass(frozen=True, kw_only=True)
class Upload:
    """What came out of an uploaded file."""

    dialogues: tuple[Dialogue, ...]
    detection: Detection
    """Of an archive: of most of its files."""
    notes: tuple[str, ...]
    """One sentence each on what was merged, dropped or mapped, with the first line or JSON pointer."""
    roles: Mapping[str, Speaker]
    """Every speaker's label in the file, and how it was read."""


def read_upload(data: bytes | IO[bytes], filename: str = "", *, form: str | None = None, roles: Mapping[str, Speaker] | None = None,
                progress: Progress | None = None, limits: Limits = LIMITS) -> Upload:
    """Detect the format by the content and read all dialogues.

    Args:
        data: The file, or a zip archive of files; a stream is read piece by piece and left open.
        filename: Its name, for messages and a little for detection.
        form: The format's name, if it is known.
        roles: Who stands behind a label, where the usual words do not say or say it wrongly.
        progress: Called now and then.
        limits: The largest upload that is taken.

    Raises:
        InputError: Not text, too large, of no known format, or broken; says where and what to do.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    size = stream.seek(0, os.SEEK_END)
    if size > limits.bytes:
        raise InputError(f"the file has {size:,} bytes, more than {limits.bytes:,}", where=filename or None, remedy="upload a part of it")
    job = _Job(Reading(roles), form, progress or _unheard, limits)
    try:
        if is_archive(stream):
            with damage_told():
                job.archive(stream)
        else:
            job.file(stream, filename)
    except UnknownNameError:
        raise
    except InputError as error:  # what the file says of itself may be long, or hold line ends
        raise InputError(tidy(error.what), where=tidy(error.where or "") or None, remedy=error.remedy) from None
    return job.done()


class _Job:
    """One upload while it is read."""

    def __init__(self, reading: Reading, form: str | None, progress: Progress, limits: Limits) -> None:
        self.reading, self.form, self.progress, self.limits = reading, form, progress, limits
        self.dialogues: list[Dialogue] = []
        self.names: Counter[str] = Counter()
        self.detections: list[Detection] = []

    def file(self, stream: IO[bytes], filename: str) -> None:
        """Read one file; only what says that there is no text or no format names the file, other places are in it."""
        try:
            source = Source(stream)
            detection = detect(source.head, filename, self.form)
        except UnknownNameError:
            raise
        except InputError as error:
            raise InputError(error.what, where=error.where or filename or None, remedy=error.remedy) from None
        if source.warning:
            self.reading.note(source.warning)
        self.detections.append(detection)
        for number, dialogue in enumerate(self._kept(FORMATS[detection.format].parse(source, self.reading))):
            self.dialogues.append(dialogue)
            if number % _EVERY == 0:
                self.progress(source.share, f"dialogue {len(self.dialogues):,}")

    def archive(self, stream: IO[bytes]) -> None:
        """Read every file of an archive; files of no known format are left out with a note."""
        for name, file in unpacked(stream, self.limits):
            self.reading.file = name
            try:
                self.file(file, name)
            except InputError as error:
                if error.what in ("the file is in no known format", "the file is empty") or error.what.startswith("the file is not"):
                    self.reading.note(f"Left out of the archive: {error.what}")
                    continue
                place = f"{name}, {error.where}" if error.where and error.where != name else name
                raise InputError(error.what, where=place, remedy=error.remedy) from None

    def done(self) -> Upload:
        """What was read."""
        if not self.dialogues:
            raise InputError("the file holds no utterance", remedy="upload a file with at least one")
        self.progress(1.0, f"dialogue {len(self.dialogues):,}")
        return Upload(dialogues=tuple(self.dialogues), detection=_most(self.detections), notes=self.reading.notes, roles=dict(self.reading.roles))

    def _kept(self, found: Iterator[Dialogue]) -> Iterator[Dialogue]:
        for dialogue in found:
            kept = self._without_empty(dialogue)
            if not kept.turns:
                self.reading.note("A dialogue without utterances was left out")
                continue
            if len(self.dialogues) >= self.limits.dialogues:
                raise InputError(f"the file has more than {self.limits.dialogues:,} dialogues", remedy="upload a part of it")
            yield self._named(kept)

    def _without_empty(self, dialogue: Dialogue) -> Dialogue:
        if len(dialogue.turns) > self.limits.turns:
            raise InputError(f"dialogue {dialogue.id[:80]!r} has {len(dialogue.turns):,} turns, more than {self.limits.turns:,}",
                             remedy="cut it into shorter ones")
        empty = [index for index, turn in enumerate(dialogue.turns) if not turn.text.strip()]
        for index in empty:
            self.reading.note("An empty utterance was left out", f"dialogue {dialogue.id[:80]!r}, utterance {index + 1}")
        return dialogue.with_turns(turn for turn in dialogue.turns if turn.text.strip()) if empty else dialogue

    def _named(self, dialogue: Dialogue) -> Dialogue:
        """The dialogue under a name that no other one has."""
        name = dialogue.id
        while name in self.names:
            self.names[dialogue.id] += 1
            name = f"{dialogue.id} ({self.names[dialogue.id]})"
        self.names[name] += 1
        if name == dialogue.id:
            return dialogue
        if len(self.detections) == 1:  # files of an archive often count from 1 each
            self.reading.note("A name is there twice: the later dialogue got a number", f"dialogue {dialogue.id[:80]!r}")
        return replace(dialogue, id=name)


def _most(detections: list[Detection]) -> Detection:
    """Of the format that most files have, the one that is least sure."""
    (form, _), = Counter(one.format for one in detections).most_common(1)
    return min((one for one in detections if one.format == form), key=lambda one: one.confidence)


def _unheard(share: float, words: str) -> None:
    """Tell nobody."""
