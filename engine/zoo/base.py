"""The contracts of a DialogZoo task and dataset, and a sample of one (paper 2, sections 3 and 4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from engine.corpora.base import Published
from engine.dialogue.model import Turn
from engine.zoo.knowledge import NOTHING, Knowledge
from engine.zoo.outputs import Output

Content = Literal["none", "single turn", "multiple turns"]
Knowing = Literal["none", "unstructured text", "semi-structured description", "structured knowledge"]


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How an answer is written, beyond the likeliest word at every step; where only listed words may follow, ``longer`` and ``runs`` change nothing."""

    longer: float = 0.0
    """Taken from the logarithm of the end's probability at every step."""
    runs: int = 0
    """No run of so many wordpieces comes twice; 0: it may."""
    beams: int = 1
    """So many beginnings are kept at every step, and the likeliest whole answer is taken; 1: the likeliest next word is, always."""
    length_penalty: float = 1.0
    """Where there are beams: a whole answer's log-probability is divided by its length to this power; above 1, long ones are favoured."""


REPLY = Manner(longer=1.0, runs=3)
"""Of replies: the likeliest one is "I'm not sure" to nearly everything. Not published; our choice, by dev samples."""

REPLY_AHEAD = Manner(runs=3, beams=4, length_penalty=1.4)
"""Of replies where looking ahead helps, which makes all fifteen answers a quarter slower. Not published; our choice, by two draws of dev samples."""


@dataclass(frozen=True, kw_only=True)
class ZooTask:
    """One way to ask the one model: which input it takes, what it is told to do, how its answer is read and scored."""

    name: str
    """Registry name and, in brackets, the task's own token, e.g. ``rew``."""
    title: str
    definition: str
    """One sentence behind ``[C]``. Not published; our choice."""
    content: Content
    """As in the paper's Table 1."""
    knowledge: Knowing
    """As in the paper's Table 1."""
    output: Output[Any]
    metric: str
    """Headline metric, a name of `engine.zoo.metrics`."""
    supervised: bool = True
    longest: int = 64
    """Longest answer in tokens, its end included; fewer than the paper's 350, since no answer of ours needs them. Not published; our choice."""
    manner: Manner = Manner()
    """How it is written. Not published; our choice."""

    @property
    def token(self) -> str:
        """The task identification, e.g. ``[rew]``."""
        return f"[{self.name}]"

    def target(self, answer: Any) -> str:
        """The output pattern ``[TI] answer``."""
        return f"{self.token} {self.output.write(answer)}"

    def read(self, text: str) -> Any | None:
        """The answer in a generated text, with or without the task's token; None where it is not of the task's form."""
        return self.output.read(text.strip().removeprefix(self.token))


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One question to the model with its gold answer."""

    task: str
    dataset: str
    id: str
    """Stable: the same in every build. ``dialogue/number`` where a dialogue gives several samples."""
    split: str
    turns: tuple[Turn, ...]
    """Dialogue content; empty where the task has none."""
    knowledge: Knowledge = NOTHING
    answer: Any = None
    """In the form of the task's output; None at serving time."""
    choices: tuple[str, ...] = ()
    """All possible answers, where the answer set is known and finite."""

    @property
    def group(self) -> str:
        """What the sample is a part of: its dialogue, document or row; never torn apart between splits."""
        return self.id.rpartition("/")[0] or self.id


class ZooDataset(Published, Protocol):
    """A published dataset that gives samples of one or several tasks."""

    tasks: tuple[str, ...]
    """Which tasks it can give samples of. On its card, ``splits`` are the published ones, and ``annotations`` stay empty."""

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """Stream every sample of a published split, in the file's order; an answer that the file leaves empty stays empty (``""``).

        Raises:
            InputError: A file is damaged, or the split or task is unknown; names file and line or pointer.
            MissingDataError: A file is not there.
        """
        ...
