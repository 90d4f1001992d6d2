"""Corpora as memory-mapped Arrow files with wordpieces beside the text, made once per fingerprint."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, overload

import pyarrow as pa
from datasets import Dataset

from engine.corpora import CORPORA
from engine.corpora.locate import corpus_folder
from engine.dialogue.digest import digest, spoken
from engine.dialogue.model import Dialogue, Turn
from engine.errors import InputError
from engine.fingerprint import fingerprint
from engine.paths import cache_root

FORMAT = 2
CHUNK = 512
SPEAKERS = ("user", "system")
SCHEMA = pa.schema([("id", pa.string()), ("speakers", pa.list_(pa.int8())), ("texts", pa.list_(pa.string())),
                    ("tokens", pa.list_(pa.list_(pa.int32())))])


class Tokeniser(Protocol):
    """`engine.models.tokens.Tokens`."""

    @property
    def fingerprint(self) -> str: ...

    def texts(self, texts: Sequence[str]) -> list[list[int]]: ...


class TokenisedDialogues(Sequence[Dialogue]):
    """Dialogues of one corpus split, read from the memory map one at a time (annotations are not kept)."""

    def __init__(self, corpus: str, split: str, table: Dataset) -> None:
        self.corpus, self.split, self._table = corpus, split, table

    def __len__(self) -> int:
        return len(self._table)

    @overload
    def __getitem__(self, index: int) -> Dialogue: ...
    @overload
    def __getitem__(self, index: slice) -> list[Dialogue]: ...
    def __getitem__(self, index: int | slice) -> Dialogue | list[Dialogue]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        row = self._table[index]
        turns = tuple(Turn(speaker=SPEAKERS[who], text=text, tokens=tuple(ids))  # type: ignore[arg-type]
                      for who, text, ids in zip(row["speakers"], row["texts"], row["tokens"], strict=True))
        return Dialogue(corpus=self.corpus, id=row["id"], split=self.split, turns=turns)


class Mixture(Sequence[Dialogue]):
    """Several tokenised splits, one after another."""

    def __init__(self, parts: Sequence[TokenisedDialogues]) -> None:
        self.parts = parts
        self._ends = [sum(map(len, parts[: n + 1])) for n in range(len(parts))]

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(index)
        number = next(n for n, end in enumerate(self._ends) if index < end)
        return self.parts[number][index - (self._ends[number - 1] if number else 0)]


def tokenised(corpus: str, split: str, tokens: Tokeniser, data_root: Path, *, without: frozenset[str] = frozenset(),
              progress: Callable[[str], None] = lambda _: None) -> TokenisedDialogues:
    """The split from its Arrow cache, made now where the fingerprint (files, corpus version, split, vocabulary, exclusions, format) is new.

    Args:
        corpus: Name of the corpus.
        split: One of its splits.
        tokens: The tokenizer.
        data_root: Where corpora lie.
        without: Digests of dialogues to leave out.
        progress: Told when tokenising starts.

    Raises:
        MissingDataError: The corpus is not on this machine.
        InputError: The corpus cannot be read, or holds no dialogue with an utterance.
    """
    entry = CORPORA[corpus]
    folder = corpus_folder(entry, data_root)
    files = sorted((str(path.relative_to(folder)), path.stat().st_size) for path in folder.rglob("*") if path.is_file())
    key = fingerprint([corpus, entry.card.version, split, tokens.fingerprint, sorted(without), files, FORMAT])

    def read() -> Iterator[Dialogue]:
        progress(f"tokenising {corpus} {split}")
        return (dialogue for dialogue in entry.read(folder, split) if not without or digest(spoken(dialogue)) not in without)

    return kept(corpus, split, key, read, tokens)


def kept(corpus: str, split: str, key: str, read: Callable[[], Iterator[Dialogue]], tokens: Tokeniser) -> TokenisedDialogues:
    """Dialogues from the Arrow cache of that key, made now from what ``read`` gives where there is none.

    Raises:
        InputError: There is no dialogue with an utterance, or the cached file is damaged.
    """
    path = cache_root() / "tokenised" / f"{corpus}-{split.replace(':', '_')}-{key}.arrow"
    if not path.is_file():
        _write(path, read(), tokens)
    return TokenisedDialogues(corpus, split, _opened(path))


def _opened(path: Path) -> Dataset:
    try:
        return Dataset.from_file(str(path))
    except pa.ArrowInvalid as error:
        raise InputError(f"the cached corpus is damaged ({str(error).splitlines()[0]})", where=str(path),
                         remedy="remove the file; it is made again") from None


def _write(path: Path, dialogues: Iterator[Dialogue], tokens: Tokeniser) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    written = 0
    try:
        with pa.OSFile(str(unfinished), "wb") as sink, pa.ipc.new_stream(sink, SCHEMA) as writer:
            kept = (dialogue for dialogue in dialogues if any(turn.text.strip() for turn in dialogue.turns))
            while chunk := list(islice(kept, CHUNK)):
                writer.write_batch(_batch(chunk, tokens))
                written += len(chunk)
        if not written:
            raise InputError("no dialogue with an utterance", where=path.stem, remedy="check the corpus with `python -m engine data check NAME`")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _batch(chunk: Sequence[Dialogue], tokens: Tokeniser) -> pa.RecordBatch:
    spoken = [[turn for turn in dialogue.turns if turn.text.strip()] for dialogue in chunk]
    ids = iter(tokens.texts([turn.text for turns in spoken for turn in turns]))
    return pa.RecordBatch.from_pydict({
        "id": [dialogue.id for dialogue in chunk],
        "speakers": [[SPEAKERS.index(turn.speaker) for turn in turns] for turns in spoken],
        "texts": [[turn.text for turn in turns] for turns in spoken],
        "tokens": [[next(ids) for _ in turns] for turns in spoken],
    }, schema=SCHEMA)
