"""The contract between pages and models: questions about a dialogue in, JSON-able answers out (no torch here)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.dialogue.model import Dialogue, Turn
from engine.serve.state import Description

Progress = Callable[[float, str], None]
"""Called with the share done (0..1) and one sentence."""

Answer = str | tuple[str, ...] | Mapping[str, str]
"""An intent or response; a set of acts, sorted; or a state (slot to value, empty slots left out)."""


@dataclass(frozen=True, kw_only=True)
class VariantCard:
    """What a page may say of one variant."""

    name: str
    """Registry name, e.g. ``crm``."""
    title: str
    """Short display name, e.g. ``CRM``."""
    note: str
    tokens_seen: int
    hardware: str
    fingerprint: str
    heads: Mapping[str, Literal["trained", "linear probe"]] = field(default_factory=dict)
    """Objective name to the kind of head that answers it."""
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Task name to metric to value, on the official test split, of exactly the shipped files."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """One variant's answer to one downstream task at one turn."""

    variant: str
    task: str
    """``intent``, ``dialogue_act``, ``response_selection`` or ``state_tracking``."""
    turn: int
    """Index into ``dialogue.turns``: the user turn for intent and state tracking, the system turn for the other two."""
    answer: Answer
    scores: Mapping[str, float]
    """Confidence per label, best first, at most ten (state tracking: per filled slot)."""
    gold: Answer | None = None
    """What the upload's annotation says, in the same form, where it says anything."""


@dataclass(frozen=True, kw_only=True)
class ProbeQuestion:
    """One further pre-training objective put to a (changed) dialogue."""

    objective: str
    """``mlm``, ``dsp``, ``crm``, ``dcv``, ``enp`` or ``dur``."""
    turns: tuple[Turn, ...]
    """The dialogue as the model shall see it: mlm with ``[MASK]`` in texts; dsp and enp exactly one utterance;
    crm the context; dcv the whole dialogue; dur the dialogue in its shown (shuffled) order."""
    candidates: tuple[str, ...] = ()
    """crm only: the responses to choose from."""
    group: tuple[int, ...] = ()
    """dur only: indices into ``turns`` of the shuffled utterances, as shown."""


@dataclass(frozen=True, kw_only=True)
class ProbeAnswer:
    """One variant's answer to a `ProbeQuestion`."""

    variant: str
    head: Literal["trained", "linear probe"]
    guess: tuple[str, ...]
    """mlm: the best word for each mask; dsp: ``user``/``system``; crm: the chosen response;
    dcv: ``coherent``/``incoherent``; enp: the count (``"6 or more"`` for the last class);
    dur: for each member of ``group``, its true rank within the group, from 0."""
    scores: tuple[Mapping[str, float], ...]
    """Label to probability, best first: one mapping per mask (mlm), per group member (dur), else exactly one."""


@dataclass(frozen=True, kw_only=True)
class PredictorCard:
    """What a predictor can answer."""

    name: str
    variants: tuple[VariantCard, ...]
    tasks: tuple[str, ...]
    objectives: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Task name to the labels (state tracking: slots) that its heads know; gold answers with others are not judged."""


class Predictor(Protocol):
    """Thread-safe; answers any subset of variants and tasks."""

    card: PredictorCard

    def compare(self, dialogue: Dialogue, *, variants: Sequence[str], tasks: Sequence[str],
                candidates: Sequence[str] = (), progress: Progress | None = None) -> list[Prediction]:
        """Every task at every turn where it applies: intent and state tracking after each user turn, dialogue act
        and response selection for each system turn (from the history before it). Response candidates are
        ``candidates`` plus the dialogue's own system turns.

        Raises:
            UnknownNameError: A variant or task that is not on the card.
            InputError: A dialogue without turns.
            CheckpointError: A weight file is damaged.
        """
        ...

    def probe(self, question: ProbeQuestion, *, variants: Sequence[str]) -> list[ProbeAnswer]:
        """Put one objective's question to each variant (errors as `compare`)."""
        ...

    def warm(self) -> None:
        """Begin to load everything in the background; returns at once, and does nothing while it goes on. What cannot be loaded is
        told by `describe`, and to whom asks for it; it is tried again then."""
        ...

    def describe(self) -> Description:
        """What is loaded, loading or failed and why, on which device, in how much memory; answers at once, whatever is computed."""
        ...
