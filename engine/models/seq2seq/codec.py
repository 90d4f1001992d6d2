"""From lines of text with bracketed marks to wordpieces and back."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from engine.models.bases import load_tokenizer


class Codec:
    """A locked tokenizer and marks of our own; thread-safe.

    A mark is known only where it stands alone between spaces, so words that look like one (behind a backslash) stay words.

    Args:
        base: As for `engine.models.bases.load_base`.
        marks: E.g. ``[USR]``; their ids follow the tokenizer's own.
        tokenizer: One that is already there, e.g. trained by ourselves.
    """

    def __init__(self, base: str, marks: Sequence[str], tokenizer: Any = None) -> None:
        self.base, self.marks = base, tuple(marks)
        self._tokenizer: Any = tokenizer or load_tokenizer(base)
        self._lock = threading.Lock()
        self.words = len(self._tokenizer)
        """How many ids are the tokenizer's own."""
        self.mark_ids = {mark: self.words + place for place, mark in enumerate(self.marks)}
        self._cut = re.compile(r"(?<!\S)(" + "|".join(map(re.escape, self.marks)) + r")(?!\S)")

    @property
    def size(self) -> int:
        """All ids: words and marks."""
        return self.words + len(self.marks)

    @cached_property
    def pad_id(self) -> int:
        """Fills rows up."""
        return int(self._tokenizer.pad_token_id)

    @cached_property
    def first_id(self) -> int:
        """Stands before an answer: BERT's ``[CLS]``, BART's ``</s>``, T5's ``<pad>``."""
        chosen = self._tokenizer.cls_token_id if self._tokenizer.cls_token_id is not None else self._tokenizer.pad_token_id
        return int(chosen)

    @cached_property
    def last_id(self) -> int:
        """Ends an answer: BERT's ``[SEP]``, ``</s>`` of the others."""
        chosen = self._tokenizer.sep_token_id if self._tokenizer.sep_token_id is not None else self._tokenizer.eos_token_id
        return int(chosen)

    @property
    def silent_ids(self) -> tuple[int, ...]:
        """Ids that say nothing: padding and the first one, as far as they are not the last one."""
        return tuple({self.pad_id, self.first_id} - {self.last_id})

    @cached_property
    def _lowers(self) -> bool:
        return bool(getattr(self._tokenizer, "do_lower_case", False)) or self._pieces(["A"]) == self._pieces(["a"])

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text, without first or last ones."""
        cut = [self._cut.split(text) for text in texts]
        plain = iter(self._pieces([part for parts in cut for part in parts[::2] if part.strip()]))
        return [self._joined(parts, plain) for parts in cut]

    def _joined(self, parts: Sequence[str], plain: Iterable[list[int]]) -> list[int]:
        ids: list[int] = []
        words = iter(plain)
        for place, part in enumerate(parts):
            if place % 2:
                ids.append(self.mark_ids[part])
            elif part.strip():
                ids += next(words)
        return ids

    def _pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """Words of foreign text; a typed ``[SEP]`` or ``</s>`` stays a word."""
        if not texts:
            return []
        with self._lock:
            return list(self._tokenizer([text.strip() for text in texts], add_special_tokens=False, return_attention_mask=False, verbose=False,
                                        split_special_tokens=True)["input_ids"])

    def count(self, text: str) -> int:
        """How many ids a text makes."""
        return len(self.encode([text])[0])

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids up to the last one; marks between spaces, first and padding ids left out."""
        parts: list[str] = []
        run: list[int] = []
        for number in ids:
            if number == self.last_id and (parts or run):
                break
            if number < self.words:
                run += [] if number in (self.first_id, self.last_id, self.pad_id) else [number]
                continue
            parts += [self._spoken(run), self.marks[number - self.words]]
            run = []
        return " ".join(filter(None, (part.strip() for part in [*parts, self._spoken(run)])))

    def _spoken(self, run: list[int]) -> str:
        if not run:
            return ""
        with self._lock:
            text = str(self._tokenizer.decode(run, skip_special_tokens=False, clean_up_tokenization_spaces=False))
        return respaced(text) if self._lowers else text

    def normal(self, text: str) -> str:
        """A text as the model would write it: through ids and back (a lower-casing tokenizer also loses the spaces round signs)."""
        return self.decode(self.encode([text])[0])


_CLOSING = re.compile(r"(?<=\S) (?=[.,!?)\]%](?:\s|$))")
_INNER = re.compile(r"(?<=\w) ?(['’\-:/_]) (?=\w)|(?<=\d) ?(\.) (?=\d)|(?<=\d) ?(,) (?=\d{3}\b)")
_ESCAPED = re.compile(r"\\ +(?=[\\;=|\[])")
_BRACKET = re.compile(r"\[ (\w+) \]")


def respaced(text: str) -> str:
    """Wordpieces of a tokenizer that splits at every sign, with the spaces that people write.

    >>> respaced("don ' t leave at 12 : 30 , it ' s 4 . 5 km [ far ] .")
    "don't leave at 12:30, it's 4.5 km [far]."
    """
    text = _BRACKET.sub(r"[\1]", _ESCAPED.sub(r"\\", text))
    return _CLOSING.sub("", _INNER.sub(lambda found: found[1] or found[2] or found[3], text))
