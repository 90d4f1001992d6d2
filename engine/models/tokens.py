"""From turns to wordpieces: markers, truncation that keeps the end, ``[CLS]`` in front (PROTOCOL section 1)."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, cast

from engine.dialogue.model import Speaker, Turn
from engine.dialogue.text import MARKERS
from engine.models.bases import load_tokenizer


class Tokens:
    """A locked tokenizer with the two speaker markers added; thread-safe.

    One fast tokenizer shared by threads truncates wrongly now and then, hence the lock.
    """

    def __init__(self, base: str) -> None:
        self.base = base
        self._tokenizer: Any = load_tokenizer(base)
        self.added = self._tokenizer.add_tokens(list(MARKERS.values()), special_tokens=True)
        """How many markers the base's vocabulary did not have."""
        self._lock = threading.Lock()
        ids = self._tokenizer.convert_tokens_to_ids
        self.marker_ids: dict[Speaker, int] = {speaker: cast(int, ids(marker)) for speaker, marker in MARKERS.items()}
        self.cls_id: int = self._tokenizer.cls_token_id
        self.sep_id: int = self._tokenizer.sep_token_id
        self.mask_id, self.pad_id = self._tokenizer.mask_token_id, self._tokenizer.pad_token_id
        self.size = len(self._tokenizer)
        self.special_ids = frozenset(self._tokenizer.all_special_ids) - set(self.marker_ids.values())
        """Never masked by MLM; the markers may be (ToD-BERT adds them as ordinary tokens)."""

    @property
    def fingerprint(self) -> str:
        """Changes when the vocabulary does."""
        vocabulary = json.dumps(sorted(self._tokenizer.get_vocab().items()))
        return hashlib.sha256(vocabulary.encode()).hexdigest()[:12]

    def texts(self, texts: Sequence[str], *, masks: bool = False) -> list[list[int]]:
        """Wordpieces of lower-cased texts, without markers or special tokens.

        Lower-casing also makes plain text of a typed ``[USR]`` or ``[SEP]``; with ``masks``, ``[MASK]`` stays a mask.
        """
        lowered = [text.lower().replace("[mask]", self._tokenizer.mask_token) if masks else text.lower() for text in texts]
        with self._lock:
            made: Any = self._tokenizer(lowered, add_special_tokens=False, return_attention_mask=False, verbose=False) if lowered else {"input_ids": []}
        return list(made["input_ids"])

    def turns(self, turns: Sequence[Turn]) -> list[list[int]]:
        """Wordpieces per turn: from the cache that came with the turn, else made now."""
        missing = iter(self.texts([turn.text for turn in turns if turn.tokens is None]))
        return [list(turn.tokens) if turn.tokens is not None else next(missing) for turn in turns]

    def words(self, ids: Iterable[int]) -> list[str]:
        """The vocabulary's spelling of each id."""
        return [str(word) for word in self._tokenizer.convert_ids_to_tokens(list(ids))]

    def ids(self, words: Sequence[str]) -> list[int]:
        """The id of each wordpiece; that of ``[UNK]`` for what the vocabulary lacks."""
        return [cast(int, self._tokenizer.convert_tokens_to_ids(word)) for word in words]

    def pieces(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """The wordpieces of each word, spelled as in the vocabulary."""
        return [tuple(self.words(ids)) for ids in self.texts(words)]


class TextForm:
    """Sequences as the encoder reads them.

    Args:
        tokens: The tokenizer.
        max_tokens: Longest sequence, ``[CLS]`` and ``[SEP]`` included.
        closed: Whether ``[SEP]`` ends each sequence. Not published; our choice is yes, as the base encoders were trained.
    """

    def __init__(self, tokens: Tokens, max_tokens: int, closed: bool = True) -> None:
        self.tokens, self.max_tokens, self.closed = tokens, max_tokens, closed

    def utterance(self, turn: Turn, limit: int | None = None) -> list[int]:
        """One utterance without its marker (single-turn tasks, responses); keeps the beginning."""
        room = (limit or self.max_tokens) - 1 - self.closed
        return self.closed_ids(self.tokens.turns([turn])[0][:room])

    def history(self, turns: Sequence[Turn], limit: int | None = None) -> tuple[list[int], list[int | None]]:
        """All utterances behind their markers; keeps the end.

        Returns:
            The ids, and for each turn the position of its marker (None where it was cut away).
        """
        flat: list[int] = []
        starts: list[int] = []
        for turn, ids in zip(turns, self.tokens.turns(turns), strict=True):
            starts.append(len(flat))
            flat += [self.tokens.marker_ids[turn.speaker], *ids]
        cut = max(0, len(flat) - ((limit or self.max_tokens) - 1 - self.closed))
        return self.closed_ids(flat[cut:]), [start - cut + 1 if start >= cut else None for start in starts]

    def closed_ids(self, ids: list[int]) -> list[int]:
        """Wordpieces between ``[CLS]`` and, where the form is closed, ``[SEP]``."""
        return [self.tokens.cls_id, *ids, *([self.tokens.sep_id] if self.closed else [])]


@lru_cache(maxsize=4)
def tokens_for(base: str) -> Tokens:
    """The shared tokenizer of ``base``."""
    return Tokens(base)
