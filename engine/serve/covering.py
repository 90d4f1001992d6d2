"""Whether a dialogue is inside the training domains: its measures held against the shipped statistics of every training corpus."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.coverage import EDGE, INSIDE, Reference, measure, ranks, union, unknown_share, unknown_words, verdict, words
from engine.dialogue.model import Dialogue
from engine.errors import InputError, MissingDataError
from engine.models import checkpoint
from engine.models.coverage import MAKE, coverage_file, load_coverage, states_of
from engine.models.encoder import Encoder
from engine.models.store import encoder_file
from engine.serve.base import Coverage, NearCorpus

RULE = (f"Each of three measures (meaning, words, length) is compared with dialogues that were held out of the same corpus. "
        f"Inside: for at least one corpus, {INSIDE:.0%} or more of its held-out dialogues are as unusual in their most unusual measure. "
        f"At the edge: {EDGE:.0%} or more. Outside: fewer, in every corpus.")
READ = 2_000
"""Utterances at the end of a dialogue that are measured."""


class Covering:
    """The statistics and the encoder that made them, loaded once.

    Args:
        encoder_of: A variant's encoder in evaluation mode.

    Raises:
        MissingDataError: There are no statistics, or another encoder made them.
        CheckpointError: A file is damaged.
    """

    def __init__(self, encoder_of: Callable[[str], Encoder]) -> None:
        self.card, tensors = load_coverage()
        made, here = self.card["encoder"], checkpoint.read_card(encoder_file(self.card["encoder"]["variant"]))
        if (made["fingerprint"], made["base"]) != (here["variant_fingerprint"], here["base"]):
            raise MissingDataError("the coverage statistics were made with another encoder", where=str(coverage_file()), remedy=MAKE)
        self.references = tuple(_reference(corpus, parts) for corpus, parts in tensors.items())
        self.vocabulary = union(self.references)
        self.encoder = encoder_of(made["variant"])

    def __call__(self, dialogue: Dialogue) -> Coverage:
        """Measure a dialogue.

        Raises:
            InputError: It has no utterance.
        """
        turns = dialogue.turns[-READ:]
        if not turns:
            raise InputError("the dialogue has no utterance", remedy="give it at least one turn")
        state_D = states_of(self.encoder, [turns], self.card["plan"]["max_tokens"])[0].numpy()
        near = sorted((self._near(turns, state_D, reference) for reference in self.references), key=lambda one: (-one.p, -one.meaning, one.distance))
        return Coverage(verdict=verdict(near[0].p), rule=RULE, corpora=tuple(near),
                        turns=len(dialogue.turns), words=len(words(turns)), unknown=tuple(unknown_words(turns, self.vocabulary)),
                        unknown_share=unknown_share(words(turns), self.vocabulary),
                        made=f"{self.card['created'][:10]}, commit {self.card['commit']}, seed {self.card['plan']['seed']}")

    def _near(self, turns: Sequence[Any], state_D: NDArray[Any], reference: Reference) -> NearCorpus:
        found = ranks(measure(turns, state_D, reference, self.vocabulary), reference.held_out_CM)
        said = self.card["corpora"][reference.corpus]
        return NearCorpus(name=reference.corpus, title=said["title"], licence=said["licence"], p=found.p,
                          meaning=found.shares[0], words=found.shares[1], length=found.shares[2], distance=found.measures[0],
                          unknown=unknown_share(words(turns), reference.vocabulary), held_out=len(reference.held_out_CM))


def _reference(corpus: str, parts: Mapping[str, Tensor]) -> Reference:
    states, vocabulary, middle, held_out = (parts[name].numpy() for name in ("states", "vocabulary", "middle", "held_out"))
    return Reference(corpus=corpus, states_RD=states, vocabulary=vocabulary.view(np.uint32), middle=middle, held_out_CM=held_out)
