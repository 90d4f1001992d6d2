"""The contract of a downstream task: a question put to a dialogue, its right answer, and its score; no torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from engine.corpora.base import Corpus
from engine.corpora.mixture import excluded
from engine.dialogue.digest import digest, spoken
from engine.dialogue.model import Dialogue, Turn
from engine.registry import unknown

if TYPE_CHECKING:
    import pandas as pd

Answer = str | tuple[str, ...] | Mapping[str, str]
"""An intent or response; a set of acts, sorted; or a state (slot to value, empty slots left out)."""

Ontology = Mapping[str, Sequence[str]]
"""Slot to published values, spelt as in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One question with its right answer."""

    id: str
    """``DIALOGUE#TURN``: the dialogue's id and the index of the turn in question."""
    corpus: str
    turns: tuple[Turn, ...]
    """What the model reads."""
    target: Any
    """Intent: a string; dialogue act: acts, sorted; response selection: the response; state tracking: slot to value."""
    response: str = ""
    """Response selection only: the text of the right response."""


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What a head needs to know of a task's answers."""

    names: tuple[str, ...]
    """Intents, acts or slots, in the order of the head's outputs (response selection: none)."""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """State tracking only: the picklist of each slot; id 0 is ``none``, id 1 is ``dontcare``."""

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {"names": list(self.names), "values": {slot: list(values) for slot, values in self.values.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Labels:
        """The inverse of `to_json`."""
        return cls(names=tuple(data["names"]), values={slot: tuple(values) for slot, values in data["values"].items()})


@dataclass(frozen=True, kw_only=True)
class TaskCard:
    """What a reader of results must know about a task."""

    name: str
    title: str
    structure: Literal["single_turn_classifier", "multi_turn_classifier", "siamese", "slot_classifier"]
    """The shape of the head (paper 1, Table 1; state tracking is one multi-turn classifier per slot)."""
    abilities: tuple[str, ...]
    """What the task asks of an encoder (paper 1, Table 1)."""
    corpora: tuple[str, ...]
    protocols: tuple[str, ...]
    """Ways of putting the question; the first is the default."""
    headline: str
    metrics: tuple[str, ...]
    """Names that ``score`` may return, the headline among them; shares from 0 to 1."""
    higher_is_better: bool = True
    context_tokens: int = 256
    """Longest history in wordpieces; the end is kept."""
    response_tokens: int = 50
    """Longest response in wordpieces (response selection only)."""
    notes: tuple[str, ...] = ()
    """Where our data or rows differ from the published ones, a sentence each."""


class DownstreamTask(Protocol):
    """A question about one turn of a dialogue; subclasses give ``card``, ``reads``, ``gold``, ``labels``, ``score`` and ``outcomes``."""

    card: TaskCard

    def sources(self, corpus: str, split: str, protocol: str) -> str:
        """The corpus's own split name to read for ``split`` (train, dev or test)."""
        return split

    def described(self, corpus: str, split: str, protocol: str) -> str:
        """What stands for ``split``, in words where it is not the corpus's own split of that name."""
        return self.sources(corpus, split, protocol)

    def admits(self, dialogue: Dialogue, split: str) -> bool:
        """Whether a dialogue read from ``sources`` belongs to ``split`` (two splits may share one source)."""
        return True

    def label_splits(self, protocol: str) -> tuple[str, ...]:
        """The splits whose examples ``labels`` may see."""
        return ("train",)

    def reads(self, dialogue: Dialogue, index: int, protocol: str) -> tuple[Turn, ...] | None:
        """What the model reads to answer at turn ``index``; None where the question does not arise."""
        ...

    def gold(self, dialogue: Dialogue, index: int) -> Answer | None:
        """The right answer at turn ``index`` in the form in which it is served; None where nothing is annotated."""
        ...

    def examples(self, dialogues: Iterable[Dialogue], protocol: str) -> Iterator[Example]:
        """Every annotated turn at which the question arises, in order.

        Raises:
            UnknownNameError: A protocol that is not on the card.
        """
        if protocol not in self.card.protocols:
            raise unknown("protocol", protocol, list(self.card.protocols))
        for dialogue in dialogues:
            for index in range(len(dialogue.turns)):
                turns, gold = self.reads(dialogue, index, protocol), self.gold(dialogue, index)
                if turns is not None and gold is not None:
                    yield self.example(dialogue, index, turns, gold)

    def example(self, dialogue: Dialogue, index: int, turns: tuple[Turn, ...], gold: Answer) -> Example:
        """One question with its right answer."""
        return Example(id=f"{dialogue.id}#{index}", corpus=dialogue.corpus, turns=turns, target=gold)

    def labels(self, examples: Iterable[Example], ontology: Ontology | None = None) -> Labels:
        """What a head must be able to answer, from the examples of ``label_splits`` and what is declared."""
        ...

    def score(self, right: Sequence[Any], guessed: Sequence[Any], labels: Labels) -> dict[str, float]:
        """Metric name to share (0..1); a metric that these rows do not define is left out.

        Raises:
            InputError: No rows, or another number of answers than of rows.
        """
        ...

    def outcomes(self, right: Sequence[Any], guessed: Sequence[Any], labels: Labels) -> pd.DataFrame:
        """What ``score`` counts, row by row: `engine.results.outcomes.metrics` of it is the score."""
        ...

    def per_example(self, guessed: Sequence[Any]) -> Sequence[Any]:
        """What is stored of each row's answer, JSON-able."""
        return guessed


def load(task: DownstreamTask, corpus: Corpus, folder: Path, split: str, protocol: str = "") -> Iterator[Example]:
    """The examples of one split as published files give them; no ``protocol`` means the card's first.

    Train and dev leave out the dialogues that are test dialogues elsewhere (`engine.corpora.mixture.excluded`).

    Raises:
        InputError, MissingDataError: As the corpus's ``read``.
    """
    chosen = protocol or task.card.protocols[0]
    barred = excluded() if split in ("train", "dev") else frozenset[str]()
    for dialogue in corpus.read(folder, task.sources(corpus.card.name, split, chosen)):
        if task.admits(dialogue, split) and not (barred and digest(spoken(dialogue)) in barred):
            yield from task.examples([dialogue], chosen)
