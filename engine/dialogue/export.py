"""Dialogues back to text: transcript, CSV, OpenAI chat; reading the result gives the same turns."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass

from engine.dialogue.formats.csv_long import COLUMNS
from engine.dialogue.model import Dialogue, Speaker, Turn

_LABELS: dict[Speaker, str] = {"user": "User", "system": "System"}
_ROLES: dict[Speaker, str] = {"user": "user", "system": "assistant"}


@dataclass(frozen=True, kw_only=True)
class Export:
    """One way out."""

    title: str
    ending: str
    mime: str
    write: Callable[[Iterable[Dialogue]], str]


def to_transcript(dialogues: Iterable[Dialogue]) -> str:
    """``User:`` and ``System:`` lines below ``=== id ===``; spaces around an utterance and all annotation are lost."""
    return "".join(f"=== {' '.join(name.split())} ===\n{''.join(map(_lines, dialogue.turns))}\n" for name, dialogue in _named(dialogues))


def to_csv(dialogues: Iterable[Dialogue]) -> str:
    """One utterance a row with intent, acts and state; spans are lost."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    writer.writerows(_row(name, number, turn) for name, dialogue in _named(dialogues) for number, turn in enumerate(dialogue.turns))
    return stream.getvalue()


def to_openai_chat(dialogues: Iterable[Dialogue]) -> str:
    """``{"messages": [...]}`` a line; names and all annotation are lost."""
    return "".join(json.dumps({"messages": [{"role": _ROLES[turn.speaker], "content": turn.text} for turn in dialogue.turns]},
                              ensure_ascii=False) + "\n" for dialogue in dialogues)


EXPORTS: dict[str, Export] = {
    "transcript": Export(title="Plain transcript", ending=".txt", mime="text/plain", write=to_transcript),
    "csv_long": Export(title="CSV, one utterance a row", ending=".csv", mime="text/csv", write=to_csv),
    "openai_chat": Export(title="OpenAI chat, JSON lines", ending=".jsonl", mime="application/jsonl", write=to_openai_chat),
}
"""Format name to its writer."""


def _named(dialogues: Iterable[Dialogue]) -> Iterator[tuple[str, Dialogue]]:
    """Each dialogue under a name that no other one has: rows of one name would be read as one dialogue."""
    used: set[str] = set()
    for number, dialogue in enumerate(dialogues, start=1):
        name = dialogue.id.strip() or str(number)
        while name in used:
            name += "'"
        used.add(name)
        yield name, dialogue


def _lines(turn: Turn) -> str:
    # A tab keeps a line of the utterance from being read as a speaker's label or a heading.
    first, *others = re.split(r"\r\n|\r|\n", turn.text)
    return "".join([f"{_LABELS[turn.speaker]}: {first}\n", *(f"\t{line}\n" for line in others)])


def _row(name: str, number: int, turn: Turn) -> list[str]:
    acts = None if turn.acts is None else [{key: value for key, value in asdict(act).items() if value is not None} for act in turn.acts]
    return [name, str(number), turn.speaker, turn.text, turn.intent or "", _json(acts),
            _json(None if turn.state is None else dict(turn.state))]


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
