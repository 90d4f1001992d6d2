"""A sample as a row of a Parquet file, and back."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample
from engine.zoo.knowledge import Database, Description, Document, Knowledge, Triples, linear
from engine.zoo.outputs import read_turns, write_turns

COLUMNS = ("id", "dataset", "split", "content", "knowledge", "target", "choices")
SCHEMA = pa.schema([(name, pa.dictionary(pa.int32(), pa.string()) if name in ("dataset", "split", "choices") else pa.string()) for name in COLUMNS]
                   + [(name, pa.int64()) for name in ("exact", "near", "opening")])
"""``target`` is ``[TI] answer``; the last three are digests of the input, see `digests`."""
OPENING_TURNS, OPENING_WORDS = 3, 15
"""Two dialogues that agree in so many first turns with at least so many words are one dialogue, published twice."""
_READ: Mapping[str, Callable[..., Knowledge]] = {
    "document": lambda value: Document(value),
    "description": lambda value: Description(tuple(map(tuple, value["items"])), value["title"]),
    "triples": lambda value: Triples(tuple(map(tuple, value))),
    "database": lambda value: Database(tuple((table, tuple(columns)) for table, columns in value)),
}


def to_row(sample: Sample) -> dict[str, Any]:
    """The sample as plain values; its answer in the task's written form, an empty one as an empty text.

    Raises:
        ValueError: The answer is not of the task's form (a slot without a name or value).
    """
    task = ZOO_TASKS[sample.task]
    exact, near, opening = digests(sample)
    return {
        "id": sample.id, "dataset": sample.dataset, "split": sample.split, "content": write_turns(sample.turns),
        "knowledge": json.dumps(_plain(sample.knowledge), ensure_ascii=False), "target": "" if sample.answer == "" else task.target(sample.answer),
        "choices": json.dumps(sample.choices, ensure_ascii=False) if sample.choices else "", "exact": exact, "near": near, "opening": opening,
    }


def from_row(task: str, row: Mapping[str, Any]) -> Sample:
    """The sample of a row, words tidy."""
    kind, value = json.loads(row["knowledge"])
    return Sample(task=task, dataset=row["dataset"], id=row["id"], split=row["split"], turns=read_turns(row["content"]) or (),
                  knowledge=_READ[kind](value), answer=ZOO_TASKS[task].read(row["target"]) if row["target"] else "",
                  choices=tuple(json.loads(row["choices"])) if row["choices"] else ())


def digests(sample: Sample) -> tuple[int, int, int]:
    """64-bit digests of a sample's input: of its letters in order, of the set of its words, and of the dialogue's opening (0: none to speak of).

    Case, signs and spaces never count (``What's up?`` is ``whats up``). Label sets and schemas do not count, documents and facts do.
    """
    listed = isinstance(sample.knowledge, (Description, Database)) and sample.turns
    turns = [bare(turn.text) for turn in sample.turns]
    words = [*(word for turn in turns for word in turn), *([] if listed or not sample.knowledge.items else bare(linear(sample.knowledge)))]
    opening = [word for turn in turns[:OPENING_TURNS] for word in turn]
    told = len(turns) >= OPENING_TURNS and len(opening) >= OPENING_WORDS
    return _digest("".join(words)), _digest(" ".join(sorted(set(words)))), _digest("".join(opening)) if told else 0


def bare(text: str) -> list[str]:
    """The words of a text by which two texts say the same: without case, signs and spaces.

    >>> bare("What's up?")
    ['whats', 'up']
    """
    return re.findall(r"[^\W_]+", re.sub(r"['’`]", "", text.casefold()))


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)


def _plain(knowledge: Knowledge) -> tuple[str, Any]:
    match knowledge:
        case Document():
            return "document", knowledge.text
        case Description():
            return "description", {"items": knowledge.items_, "title": knowledge.title}
        case Triples():
            return "triples", knowledge.facts
        case Database():
            return "database", knowledge.tables
    raise AssertionError(f"a knowledge of an unknown kind: {type(knowledge).__name__}")
