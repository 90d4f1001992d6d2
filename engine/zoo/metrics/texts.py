"""Metrics of generated words: BLEU-4 by sacrebleu and ROUGE-L by rouge_score.

The paper names neither's settings. BLEU: the library's own defaults, case counts, no word is stemmed (not published; our choice).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU

from engine.zoo.metrics.base import Metric, Ratio, Row, mean
from engine.zoo.outputs import same

ORDER = 4


class Bleu(Metric):
    """Corpus BLEU (Papineni et al. 2002) against one reference; 13a tokens, exponential smoothing, as `sacrebleu.corpus_bleu` gives it.

    A corpus without any four words in a row on the side of the guesses has 0, even where all is right.
    """

    def counts(self, rows: Sequence[Row]) -> NDArray[np.float64]:
        """n-grams in common and guessed, n from 1 to 4, and lengths of guess and reference: (N, 10)."""
        return np.array([self._of("" if row.guess is None else row.guess, row.gold) for row in rows], dtype=np.float64)

    def value(self, sums_BK: NDArray[np.float64]) -> NDArray[np.float64]:
        """See `Metric`."""
        return np.array([self._score([int(number) for number in sums]) for sums in sums_BK])

    @staticmethod
    def _of(guess: str, gold: str) -> list[int]:
        found = _bleu().sentence_score(guess, [gold])
        return [*found.counts, *found.totals, found.sys_len, found.ref_len]

    @staticmethod
    def _score(sums: list[int]) -> float:
        found = BLEU.compute_bleu(sums[:ORDER], sums[ORDER:2 * ORDER], sums[-2], sums[-1], smooth_method="exp", max_ngram_order=ORDER)
        return min(100.0, float(found.score))  # rounding leaves 100.00000000000004


def rouge_l(gold: str, guess: str) -> float:
    """F-measure of the longest common subsequence of words (Lin 2004), between 0 and 1; the whole text is one sequence.

    The library sees letters a to z and digits only; a text that equals the gold one counts 1 all the same.

    >>> rouge_l("the cat sat on the mat", "the cat on the mat")
    0.9090909090909091
    """
    return 1.0 if same(gold, guess) else float(_rouge().score(gold, guess)["rougeL"].fmeasure)


@cache
def _bleu() -> BLEU:
    return BLEU(effective_order=True, max_ngram_order=ORDER)  # effective order silences a warning about single sentences; only counts are read


@cache
def _rouge() -> RougeScorer:
    return RougeScorer(["rougeL"], use_stemmer=False)


BLEU4 = Bleu()
ROUGE_L = Ratio(mean(lambda row: 0.0 if row.guess is None else rouge_l(row.gold, row.guess)))
