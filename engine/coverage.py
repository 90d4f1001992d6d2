"""How usual a dialogue is beside the corpora that the models were trained on: three measures, and conformal ranks (numpy alone).

Measures: *meaning*, the mean cosine distance of its pooled state to the nearest dialogues of a corpus; *words*, the share of its running
words that are frequent in no training corpus; *length*, how far its number of turns and its words per turn are from the corpus's middle.
Ranks: Vovk et al., Algorithmic Learning in a Random World, 2005 (class-conditional conformal p-values).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.dialogue.edits import words as places
from engine.dialogue.model import Turn

# R reference dialogues, C held-out dialogues, D hidden size, M measures
MEASURES = ("meaning", "words", "length")
Verdict = Literal["inside", "at the edge", "outside"]
INSIDE, EDGE = 0.10, 0.02
"""A dialogue is inside where a corpus's p is at least the first, at the edge where it is at least the second, else outside.

The most unusual of 200 dialogues in each of three measures tie, so no p among them is below 3 in 201."""
NEIGHBOURS = 3
ORDINARY = 0.03
"""So large a share of unknown words is nothing unusual (a name or two): in closed corpora nearly every dialogue has none."""
LEAST_SPREAD = 0.15
"""Of a corpus's lengths, in natural logarithm: about 15 %."""
_QUARTILES_TO_SD = 1.349
STEP = 1 / 127
"""Unit vectors are kept as whole numbers of such steps, which is ample for distances."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What is kept of one training corpus; no text."""

    corpus: str
    states_RD: NDArray[np.int8]
    """Pooled states of drawn training dialogues, unit length, in `STEP`s."""
    vocabulary: NDArray[np.uint32]
    """Sorted `mark`s of the corpus's frequent words."""
    middle: NDArray[np.float32]
    """Median and spread of log turns, median and spread of log words per turn (4)."""
    held_out_CM: NDArray[np.float32]
    """The measures of training dialogues that none of the above has seen."""


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """A dialogue beside the held-out dialogues of one corpus; shares from 0 to 1."""

    p: float
    """How many are at least as unusual in their most unusual measure."""
    shares: tuple[float, ...]
    """Per measure, how many are at least as unusual."""
    measures: tuple[float, ...]


def words(turns: Iterable[Turn]) -> list[str]:
    """Running words in lower case; every number and code with a digit is ``#``.

    >>> words([Turn(speaker="user", text="I'd like room 12B.")])
    ["i'd", 'like', 'room', '#']
    """
    return [_plain(turn.text[start:end]) for turn in turns for start, end in places(turn.text)]


def _plain(word: str) -> str:
    return "#" if any(map(str.isdigit, word)) else word.lower().replace("’", "'")


@lru_cache(maxsize=100_000)
def mark(word: str) -> int:
    """A word as a number of 32 bits: membership can be asked, the word itself is not kept."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "little")


def known(said: Sequence[str], vocabulary: NDArray[np.uint32]) -> list[bool]:
    """For each word, whether the vocabulary has it."""
    marks = np.fromiter(map(mark, said), dtype=np.uint32, count=len(said))
    return [bool(one) for one in np.isin(marks, vocabulary)]


def lengths(turns: Sequence[Turn]) -> tuple[float, float]:
    """Log of turns and log of words per turn (at least one each)."""
    count = max(1, len(turns))
    return float(np.log(count)), float(np.log(max(1.0, len(words(turns)) / count)))


def middle(pairs: Sequence[tuple[float, float]]) -> NDArray[np.float32]:
    """Median and spread (of the quartiles, not below `LEAST_SPREAD`) of either length."""
    low, median, high = np.quantile(np.array(pairs), (0.25, 0.5, 0.75), axis=0)
    spread = np.maximum((high - low) / _QUARTILES_TO_SD, LEAST_SPREAD)
    return np.array([median[0], spread[0], median[1], spread[1]], dtype=np.float32)


def unit(states_ND: NDArray[Any]) -> NDArray[Any]:
    """Rows of length one."""
    return np.asarray(states_ND / np.maximum(np.linalg.norm(states_ND, axis=-1, keepdims=True), 1e-9))


def packed(states_ND: NDArray[Any]) -> NDArray[np.int8]:
    """Unit rows in whole `STEP`s."""
    return np.asarray(np.rint(unit(states_ND) / STEP), dtype=np.int8)


def unknown_share(said: Sequence[str], vocabulary: NDArray[np.uint32]) -> float:
    """How many of the running words the vocabulary lacks; all of no words."""
    return 1 - sum(known(said, vocabulary)) / len(said) if said else 1.0


def union(references: Iterable[Reference]) -> NDArray[np.uint32]:
    """The frequent words of all corpora."""
    return np.unique(np.concatenate([one.vocabulary for one in references]))


def measure(turns: Sequence[Turn], state_D: NDArray[Any], reference: Reference, vocabulary: NDArray[np.uint32]) -> tuple[float, float, float]:
    """The three measures of a dialogue beside one corpus, and the words of all (``vocabulary``, see `union`); greater is more unusual."""
    cosines = unit(reference.states_RD.astype(np.float32)) @ unit(state_D)
    nearest = np.sort(cosines)[-NEIGHBOURS:]
    unknown = max(ORDINARY, unknown_share(words(turns), vocabulary))
    centre, spread = reference.middle[0::2], reference.middle[1::2]
    return float(1 - nearest.mean()), float(unknown), float(np.max(np.abs(np.array(lengths(turns)) - centre) / spread))


def ranks(measures: tuple[float, ...], held_out_CM: NDArray[Any]) -> Ranks:
    """Where a dialogue stands among the held-out ones, itself counted among them.

    >>> ranks((5.0, 0.0, 0.0), np.array([[1, 0, 0], [2, 0, 0], [3, 0, 0]])).p
    0.25
    """
    everyone: NDArray[Any] = np.vstack([held_out_CM, np.array(measures, dtype=np.float32)])
    shares_NM = np.stack([_at_least(column) for column in everyone.T], axis=1)
    worst = shares_NM.min(axis=1)
    return Ranks(p=float(np.mean(worst <= worst[-1])), shares=tuple(map(float, shares_NM[-1])), measures=measures)


def _at_least(column: NDArray[Any]) -> NDArray[Any]:
    """For each entry, the share of all entries that are as great or greater."""
    return 1 - np.searchsorted(np.sort(column), column, side="left") / len(column)


def verdict(p: float) -> Verdict:
    """The rule in a word.

    >>> verdict(0.3), verdict(0.05), verdict(0.002)
    ('inside', 'at the edge', 'outside')
    """
    return "inside" if p >= INSIDE else "at the edge" if p >= EDGE else "outside"


def unknown_words(turns: Sequence[Turn], vocabulary: NDArray[np.uint32]) -> Iterator[str]:
    """Words that the vocabulary lacks, each once, in their order."""
    said = list(dict.fromkeys(words(turns)))
    return (word for word, there in zip(said, known(said, vocabulary), strict=True) if not there)
