"""The contract between pages and a text-to-text model: prompts in, answers out, word by word (no torch here)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.zoo.base import Sample
from engine.zoo.prompt import Prompt

Told = Callable[[int, str], None]
"""Called with the number of a question and its answer so far, as often as it grows."""


@dataclass(frozen=True, kw_only=True)
class ZooCard:
    """What a page may say of a text-to-text model."""

    name: str
    title: str
    base: str
    """What it was warm-started from."""
    tokens_seen: int
    """In training, read and written ones together."""
    hardware: str
    seed: int
    max_tokens: int
    """Longest input and answer."""
    parameters: int
    fingerprint: str
    """SHA-256 of the weights, its first twelve digits."""
    tasks: tuple[str, ...]
    """That it was trained on."""
    datasets: tuple[str, ...] = ()
    """``task/dataset`` that it was trained on."""
    weak: Mapping[str, str] = field(default_factory=dict)
    """Task to a sentence, where it does not beat the untrained model and every baseline."""


@dataclass(frozen=True, kw_only=True)
class ZooQuestion:
    """One task asked of a dialogue."""

    sample: Sample
    """Content and knowledge; its answer is ignored. Its choices, slots or tables are what constrained decoding keeps to."""
    prompt: str = ""
    """The input as somebody has edited it; empty: written from the sample."""

    @property
    def task(self) -> str:
        """Name of the task, e.g. ``rew``."""
        return self.sample.task


@dataclass(frozen=True, kw_only=True)
class ZooAnswer:
    """What the model wrote."""

    task: str
    prompt: Prompt
    """What it read, cut to its limit (edited prompts too: their end is cut)."""
    text: str
    """All that it wrote, e.g. ``[intent] card arrival``."""
    answer: Any | None
    """As the task reads it: text, pairs, a state, turns; None where it is not of the task's form."""
    valid: bool
    """Of the task's form, and naming only what the question knows: its choices, its slots, its tables and columns."""
    tokens: int
    """Written ones, the last included."""
    stopped: bool = False
    """Ended by the limit on its length, or by the visitor, before the model was done."""


class ZooModel(Protocol):
    """Thread-safe; the same question always gets the same answer."""

    @property
    def card(self) -> ZooCard:
        """About the model."""
        ...

    def prompt(self, question: ZooQuestion) -> Prompt:
        """What the model would read, without asking it.

        Raises:
            InputError: An edited prompt has not the form of one.
        """
        ...

    def answer(self, questions: Sequence[ZooQuestion], *, constrained: bool = True, told: Told | None = None,
               stop: Callable[[], bool] = lambda: False) -> list[ZooAnswer]:
        """Answers in the order of the questions, written together.

        Args:
            questions: Of any tasks.
            constrained: Whether answers keep to the task's form and to known labels, slots, tables and columns.
            told: Hears answers grow.
            stop: Asked at every word; true ends the writing.

        Raises:
            InputError: An edited prompt has not the form of one, or a question has no words.
        """
        ...
