"""The contract between pages and models: questions about a dialogue in, JSON-able answers out (no torch here)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.dialogue.model import Dialogue, Turn
from engine.serve.reasons import STEPS, Ablation, Attribution, Baseline, Seen
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
    right: tuple[str, ...] = ()
    """The known right answer, in the form of ``ProbeAnswer.guess`` (mlm: one wordpiece per mask); never shown to a model, only
    looked up in its answer, see ``ProbeAnswer.chances``."""


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
    chances: tuple[float, ...] = ()
    """The probability of ``ProbeQuestion.right``: one per mask (mlm), else exactly one (dur: of the whole order); empty where
    right is not told or not among the labels."""


@dataclass(frozen=True, kw_only=True)
class PredictorCard:
    """What a predictor can answer."""

    name: str
    variants: tuple[VariantCard, ...]
    tasks: tuple[str, ...]
    objectives: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Task name to the labels (state tracking: slots) that its heads know; gold answers with others are not judged."""
    picklists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """State tracking: slot to the values that its head can pick, ``none`` among them; exactly the slots of ``labels``."""


@dataclass(frozen=True, kw_only=True)
class NearCorpus:
    """A dialogue beside the held-out training dialogues of one corpus; shares from 0 to 1."""

    name: str
    title: str
    licence: str
    p: float
    """How many of the corpus's held-out dialogues are at least as unusual, each in its most unusual measure (a conformal p-value)."""
    meaning: float
    """How many lie at least as far from the corpus's other dialogues."""
    words: float
    """How many have at least as large a share of words that are frequent in no training corpus."""
    length: float
    """How many are at least as far from the corpus's middle in turns or words per turn."""
    distance: float
    """Mean cosine distance to the nearest reference dialogues."""
    unknown: float
    """Share of the dialogue's running words that are not frequent in this corpus."""
    held_out: int
    """Held-out dialogues of the corpus."""


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Whether a dialogue is like those that the models were trained on."""

    verdict: Literal["inside", "at the edge", "outside"]
    rule: str
    """How the verdict is found, in words."""
    corpora: tuple[NearCorpus, ...]
    """Nearest first: by `p`, then by `meaning`, then by `distance`."""
    turns: int
    words: int
    """Running words."""
    unknown_share: float
    """Share of the running words that are frequent in no corpus."""
    unknown: tuple[str, ...]
    """Words of the dialogue that are frequent in no corpus, in lower case, each once, in their order."""
    made: str
    """The day and commit of the reference statistics."""


class Predictor(Protocol):
    """Thread-safe; answers any subset of variants and tasks."""

    card: PredictorCard

    def compare(self, dialogue: Dialogue, *, variants: Sequence[str], tasks: Sequence[str],
                candidates: Sequence[str] = (), progress: Progress | None = None) -> list[Prediction]:
        """Every task at every turn where it applies: intent and state tracking after each user turn, dialogue act
        and response selection for each system turn (from the history before it). Response candidates are
        ``candidates`` plus the dialogue's own system turns. What ``progress`` raises ends the work, also in the midst of a variant
        where its reading comes in several slices; the next caller is served as ever.

        Raises:
            UnknownNameError: A variant or task that is not on the card.
            InputError: A dialogue without turns.
            CheckpointError: A weight file is damaged.
        """
        ...

    def probe(self, question: ProbeQuestion, *, variants: Sequence[str]) -> list[ProbeAnswer]:
        """Put one objective's question to each variant (errors as `compare`)."""
        ...

    def explain(self, dialogue: Dialogue, *, variants: Sequence[str], task: str, turn: int, target: str | None = None, candidates: Sequence[str] = (),
                baseline: Baseline = "mask", steps: int = STEPS, shuffled: int | None = None, progress: Progress | None = None) -> list[Attribution]:
        """How much each token speaks for an answer of each variant.

        Args:
            dialogue: The dialogue.
            variants: Whom to ask.
            task: A downstream task.
            turn: Index of the turn at which it is asked, as in `Prediction`.
            target: An intent, an act, a response, ``slot`` (the variant's own value for it) or ``slot=value``; None for the variant's own
                answer, of several the surest.
            candidates: As in `compare`.
            baseline: What stands in for every word at the start of the path.
            steps: Points of the path integral, doubled while the attribution is not complete.
            shuffled: Seed under which a copy of the model is spoilt, for the sanity check: what it gives should look different.
            progress: As in `compare`.

        Raises:
            UnknownNameError, CheckpointError: As `compare`, or a target that the heads do not know.
            InputError: The task is not asked at this turn, or there is nothing to choose from.
        """
        ...

    def ablate(self, dialogue: Dialogue, *, variants: Sequence[str], task: str, turn: int, target: str | None = None, candidates: Sequence[str] = (),
               blank: bool = False, progress: Progress | None = None) -> list[Ablation]:
        """The same question without each turn that was read; the candidate responses stay those of the whole dialogue.

        Not left out are the user turn that is asked about and an only turn. With ``blank``, each turn's words become as many ``[MASK]``
        instead, that turn's too. Other arguments and errors as `explain`.
        """
        ...

    def seen(self, dialogue: Dialogue, *, variant: str, task: str, turn: int, candidates: Sequence[str] = ()) -> Seen:
        """Every token that a variant read to answer, and those that were cut away (errors as `explain`)."""
        ...

    def probe_all(self, questions: Sequence[ProbeQuestion], *, variants: Sequence[str], progress: Progress | None = None) -> list[list[ProbeAnswer]]:
        """As `probe` for each of ``questions``, read together: one list of answers per question."""
        ...

    def pieces(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """The wordpieces of each word as the encoders read it, continued ones as ``##ed``; what the vocabulary lacks is ``[UNK]``."""
        ...

    def coverage(self, dialogue: Dialogue) -> Coverage:
        """Whether the dialogue is like the training corpora, by meaning, words and length.

        Raises:
            InputError: A dialogue without turns.
            MissingDataError: There are no reference statistics of these weights.
        """
        ...

    def files(self, variants: Sequence[str], tasks: Sequence[str] = (), objectives: Sequence[str] = ()) -> Mapping[str, str]:
        """The weight files behind the answers, by name below ``checkpoints/`` (a base: ``base/NAME``), each with its SHA-256 (errors as `compare`)."""
        ...

    def warm(self) -> None:
        """Begin to load everything in the background; returns at once, and does nothing while it goes on. What cannot be loaded is
        told by `describe`, and to whom asks for it; it is tried again then."""
        ...

    def describe(self) -> Description:
        """What is loaded, loading or failed and why, on which device, in how much memory; answers at once, whatever is computed."""
        ...
