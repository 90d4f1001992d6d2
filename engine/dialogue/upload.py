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
from engine.dialogue.formats.base import Reading, Remark, tidy
from engine.dialogue.formats.source import Source
from engine.dialogue.limits import LIMITS, Limits
from engine.dialogue.model import Dialogue, Role
from engine.dialogue.roles import Cast
from engine.errors import InputError, UnknownNameError, UnknownSpeakersError

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
    remarks: tuple[Remark, ...]
    """What was merged, dropped or mapped, with the first line or JSON pointer and the remedy."""
    roles: Mapping[str, Role]
    """Every speaker's label in the file, and how it was read; of a format without labels, ``user`` and ``system``."""
    said: Mapping[str, int]
    """The same labels with their number of turns."""
    possible: Mapping[str, int]
    """Words that lines begin with as with a speaker's label, read as text, and how often: they may be given a role."""
    dropped: int
    """Turns of skipped speakers."""
    merged: int
    """Turns that became part of the one before."""

    @property
    def notes(self) -> tuple[str, ...]:
        """The remarks, one sentence each."""
        return tuple(remark.sentence for remark in self.remarks)


def read_upload(data: bytes | IO[bytes], filename: str = "", *, form: str | None = None, roles: Mapping[str, Role] | None = None,
                merge: bool = False, progress: Progress | None = None, limits: Limits = LIMITS) -> Upload:
    """Detect the format by the content and read all dialogues.

    Args:
        data: The file, or a zip archive of files; a stream is read piece by piece and left open.
        filename: Its name, for messages and a little for detection.
        form: The format's name, if it is known.
        roles: Who stands behind a label, where the usual words do not say or say it wrongly; turns of ``skip`` are dropped.
        merge: Whether turns of one speaker in a row become one.
        progress: Called now and then.
        limits: The largest upload that is taken.

    Raises:
        InputError: Not text, too large, of no known format, or broken; says where and what to do.
        UnknownSpeakersError: Somebody must say in ``roles`` who stands behind its ``labels``.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    size = stream.seek(0, os.SEEK_END)
    if size > limits.bytes:
        raise InputError(f"the file has {size:,} bytes, more than {limits.bytes:,}", where=filename or None, remedy="upload a part of it")
    reading = Reading(roles)
    job = _Job(reading, Cast(reading, merge=merge), form, progress or _unheard, limits)
    try:
        if is_archive(stream):
            with damage_told():
                job.archive(stream)
        else:
            job.file(stream, filename)
        return job.done()
    except UnknownNameError:
        raise
    except InputError as error:  # what the file says of itself may be long, or hold line ends
        if unknown := error.labels if isinstance(error, UnknownSpeakersError) else reading.unknown:
            raise UnknownSpeakersError({label: tidy(where) for label, where in unknown.items()}) from None
        raise InputError(tidy(error.what), where=tidy(error.where or "") or None, remedy=error.remedy) from None


class _Job:
    """One upload while it is read."""

    def __init__(self, reading: Reading, cast: Cast, form: str | None, progress: Progress, limits: Limits) -> None:
        self.reading, self.cast, self.form, self.progress, self.limits = reading, cast, form, progress, limits
        self.dialogues: list[Dialogue] = []
        self.names: Counter[str] = Counter()
        self.detections: list[Detection] = []
        self.told = 0.0
        """The share at which progress is reported next."""

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
            self.reading.note(source.warning, remedy="save the file as UTF-8 if they are wrong")
        self.detections.append(detection)
        source.on_read = lambda: self.tell(source.share)
        self.told = 0.0
        for dialogue in self._kept(FORMATS[detection.format].parse(source, self.reading)):
            self.dialogues.append(dialogue)
            if len(self.dialogues) % _EVERY == 1:
                self.tell(source.share)

    def tell(self, share: float) -> None:
        """Report how much of the file was read, one hundred times at most."""
        if share >= self.told:
            self.told = share + 0.01
            self.progress(share, f"dialogue {len(self.dialogues):,}")

    def archive(self, stream: IO[bytes]) -> None:
        """Read every file of an archive; files of no known format are left out with a note."""
        for name, file in unpacked(stream, self.limits):
            self.reading.file = name
            try:
                self.file(file, name)
            except UnknownSpeakersError:
                raise
            except InputError as error:
                if error.what in ("the file is in no known format", "the file is empty") or error.what.startswith("the file is not"):
                    self.reading.note(f"Left out of the archive: {error.what}", remedy="nothing to do if it holds no dialogue")
                    continue
                place = f"{name}, {error.where}" if error.where and error.where != name else name
                raise InputError(error.what, where=place, remedy=error.remedy) from None

    def done(self) -> Upload:
        """What was read."""
        if self.reading.unknown:
            raise UnknownSpeakersError(self.reading.unknown)
        if not self.dialogues and self.cast.dropped:
            raise InputError("every turn is skipped", remedy="make at least one speaker the user or the system")
        if not self.dialogues:
            raise InputError("the file holds no utterance", remedy="upload a file with at least one")
        self.progress(1.0, f"dialogue {len(self.dialogues):,}")
        return Upload(dialogues=tuple(self.dialogues), detection=_most(self.detections), remarks=self.reading.remarks, roles=self.cast.roles,
                      said=dict(self.cast.said), possible=dict(self.reading.possible), dropped=self.cast.dropped, merged=self.cast.merged)

    def _kept(self, found: Iterator[Dialogue]) -> Iterator[Dialogue]:
        for dialogue in found:
            kept = self.cast.applied(self._without_empty(dialogue))
            if not kept.turns:
                self.reading.note("A dialogue without utterances was left out", remedy="nothing to do if it was empty")
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
            self.reading.note("An empty utterance was left out", f"dialogue {dialogue.id[:80]!r}, utterance {index + 1}",
                              "nothing was said there")
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
            self.reading.note("A name is there twice: the later dialogue got a number", f"dialogue {dialogue.id[:80]!r}",
                              "give each dialogue a name of its own to tell them apart")
        return replace(dialogue, id=name)


def _most(detections: list[Detection]) -> Detection:
    """Of the format that most files have, the one that is least sure."""
    (form, _), = Counter(one.format for one in detections).most_common(1)
    return min((one for one in detections if one.format == form), key=lambda one: one.confidence)


def _unheard(share: float, words: str) -> None:
    """Tell nobody."""
