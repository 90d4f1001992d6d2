"""Reading an uploaded file: which format it is in, its dialogues, and what was mapped or left out. Nothing is written to disk."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from engine.dialogue.formats import FORMATS
from engine.dialogue.formats.base import Note
from engine.dialogue.model import Dialogue
from engine.errors import InputError

MAX_BYTES = 20_000_000
MAX_TURNS = 2_000
ENDING_BONUS = 0.05
"""What a fitting file name ending adds to the confidence."""


@dataclass(frozen=True, kw_only=True)
class Upload:
    """What came out of an uploaded file."""

    dialogues: tuple[Dialogue, ...]
    format: str
    title: str
    confidence: float
    """0 to 1: how sure we are of the format."""
    runner_up: tuple[str, float] | None
    """The second-best format and its confidence."""
    notes: tuple[str, ...]
    """One sentence each on what was merged, dropped or mapped."""


def read_upload(data: bytes, filename: str = "") -> Upload:
    """Detect the format by the content and read all dialogues.

    Raises:
        InputError: Not text, too large, of no known format, or broken; says where and what to do.
    """
    text = _decoded(data, filename)
    ranked = rank(text, filename)
    if not ranked:
        raise InputError("the file is in no known format", where=filename or None, remedy=f"known formats are {_known()}")
    (name, confidence), *others = ranked
    notes: Counter[str] = Counter()
    dialogues = FORMATS[name].parse(text, lambda sentence: notes.update([sentence]))
    return Upload(dialogues=_checked(dialogues, lambda sentence: notes.update([sentence])), format=name, title=FORMATS[name].title,
                  confidence=confidence, runner_up=others[0] if others else None, notes=tuple(map(_counted, notes.items())))


def rank(text: str, filename: str = "") -> list[tuple[str, float]]:
    """The formats that a text may be in, with our confidence, best first."""
    scores = {name: FORMATS[name].recognise(text) for name in FORMATS}
    bonus = {name: ENDING_BONUS * filename.lower().endswith(FORMATS[name].endings) for name in FORMATS}
    found = [(name, min(1.0, round(score + bonus[name], 3))) for name, score in scores.items() if score > 0]
    return sorted(found, key=lambda pair: -pair[1])


def _decoded(data: bytes, filename: str) -> str:
    where = filename or None
    if len(data) > MAX_BYTES:
        raise InputError(f"the file has {len(data):,} bytes, more than {MAX_BYTES:,}", where=where, remedy="upload a part of it")
    if b"\0" in data:
        raise InputError(f"the file is not text (NUL at byte {data.index(0)})", where=where, remedy="save it as UTF-8 text")
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(f"the file is not UTF-8 text (byte {error.start})", where=where, remedy="save it as UTF-8") from None
    if not text.strip():
        raise InputError("the file is empty", where=where, remedy="upload a file with at least one utterance")
    return text


def _known() -> str:
    return "; ".join(f"{FORMATS[name].title} ({FORMATS.note(name).rstrip('.')})" for name in FORMATS)


def _checked(dialogues: list[Dialogue], note: Note) -> tuple[Dialogue, ...]:
    kept = tuple(dialogue for found in dialogues if (dialogue := _without_empty(found, note)).turns)
    if not kept:
        raise InputError("the file holds no utterance", remedy="upload a file with at least one")
    for _ in range(len(dialogues) - len(kept)):
        note("A dialogue without utterances was left out")
    return kept


def _without_empty(dialogue: Dialogue, note: Note) -> Dialogue:
    if len(dialogue.turns) > MAX_TURNS:
        raise InputError(f"dialogue {dialogue.id!r} has {len(dialogue.turns):,} turns, more than {MAX_TURNS:,}",
                         remedy="cut it into shorter ones")
    full = [turn for turn in dialogue.turns if turn.text.strip()]
    for _ in range(len(dialogue.turns) - len(full)):
        note("An empty utterance was left out")
    return dialogue.with_turns(full)


def _counted(noted: tuple[str, int]) -> str:
    sentence, times = noted
    return f"{sentence}." if times == 1 else f"{sentence} ({times:,} times)."
