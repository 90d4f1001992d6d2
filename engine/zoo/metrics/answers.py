"""Metrics of answers that are right or wrong as a whole, or in the words that they share with the gold one."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence

from engine.zoo.metrics.base import Macro, Ratio, Row, folded, mean
from engine.zoo.outputs import same

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_SIGNS = str.maketrans("", "", string.punctuation)


def normalised(answer: str) -> str:
    """An answer in lower case, without punctuation and English articles, as in the evaluation scripts of SQuAD 1.1 (Rajpurkar et al. 2016)
    and CoQA (Reddy et al. 2019).

    >>> normalised("The  dog's, an apple.")
    'dogs apple'
    """
    return " ".join(_ARTICLES.sub(" ", answer.lower().translate(_NO_SIGNS)).split())


def is_right(row: Row) -> bool:
    """Whether a label, choice or free answer equals the gold one.

    Choices are compared but for case and spaces: two of them may differ in an article. Free answers are compared as `normalised`.
    """
    if row.guess is None:
        return False
    if row.sample.choices:
        return same(row.gold, row.guess)
    return same(row.gold, row.guess) or normalised(row.gold) == normalised(row.guess) != ""


def token_f1(gold: str, guess: str) -> float:
    """F1 of the words of two `normalised` answers; without any word in one of them, whether both have none.

    >>> token_f1("a black dog", "the dog"), token_f1("unknown", "the dog"), token_f1("the", "a")
    (0.6666666666666666, 0.0, 1.0)
    """
    one, other = (Counter(normalised(answer).split()) for answer in (gold, guess))
    if not one or not other:
        return float(one == other)
    return 2 * (one & other).total() / (one.total() + other.total())


def _token_f1(row: Row) -> float:
    return 0.0 if row.guess is None else token_f1(row.gold, row.guess)


def _label_counts(row: Row) -> Mapping[str, tuple[float, float]]:
    """Of a label: twice the true positives; gold and guessed ones."""
    gold, guess = folded(row.gold), None if row.guess is None else folded(row.guess)
    if gold == guess:
        return {gold: (2, 2)}
    return {gold: (0, 1)} if guess is None else {gold: (0, 1), guess: (0, 1)}


def _turns_right(row: Row) -> tuple[float, float]:
    """Turns that are right where they stand; all turns of the longer one of the two conversations."""
    guess = row.guess or ()
    right = sum(same(one, other) for one, other in zip(row.gold, guess, strict=False))
    return right, max(len(row.gold), len(guess))


def _choices_everywhere(rows: Sequence[Row]) -> bool:
    """Whether all samples share one set of choices, so that their answers are labels."""
    return bool(rows[0].sample.choices) and all(row.sample.choices == rows[0].sample.choices for row in rows)


def _free_somewhere(rows: Sequence[Row]) -> bool:
    return any(not row.sample.choices for row in rows)


def _conversations(rows: Sequence[Row]) -> bool:
    return all(isinstance(row.gold, tuple | list) for row in rows)


ACCURACY = Ratio(mean(is_right), binary=True)
EXACT_MATCH = Ratio(mean(lambda row: row.guess is not None and same(row.gold, row.guess)), binary=True)
TOKEN_F1 = Ratio(mean(_token_f1), applies=_free_somewhere)
MACRO_F1 = Macro(_label_counts, lambda row: [folded(row.gold)], applies=_choices_everywhere)
TURN_ACCURACY = Ratio(_turns_right, applies=_conversations)
"""``ACCURACY`` is what paper 2's Table 4 calls so for CoQA; the 90.7 that it cites as state of the art there is CoQA's own F1, our ``TOKEN_F1``."""
