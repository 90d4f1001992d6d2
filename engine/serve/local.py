"""The predictor on this machine: every shipped variant, task and objective, loaded when first asked, shared by all threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Literal, TypeVar

import psutil
import torch

from engine.dialogue.model import Dialogue
from engine.errors import DialAtlasError, MissingDataError
from engine.models import checkpoint
from engine.models.store import encoder_file, objective_file, shared_encoder, task_file
from engine.models.tokens import tokens_for
from engine.objectives import OBJECTIVES
from engine.paths import RESTORE
from engine.results import store as results
from engine.serve.asked import Comparison, Probing, check_names
from engine.serve.base import Coverage, Prediction, PredictorCard, ProbeAnswer, ProbeQuestion, Progress, VariantCard
from engine.serve.batching.device import device_worker
from engine.serve.batching.predictor import BatchingPredictor
from engine.serve.covering import Covering
from engine.serve.digests import weight_files
from engine.serve.explaining import Asked, ablate, explain, see
from engine.serve.local_variant import SERVED, LocalVariant
from engine.serve.memory import Budget, give_back, limit
from engine.serve.precision import USUAL, Precision, precision
from engine.serve.questions import all_offered, check_place
from engine.serve.reasons import STEPS, Ablation, Attribution, Baseline, Seen
from engine.serve.remembered import MOST, Remembered
from engine.serve.state import Description
from engine.serve.together import Compared, Probed, answered, compare_together, probe_together
from engine.tasks.base import Labels
from engine.variants import VARIANTS

Found = TypeVar("Found")


class LocalPredictor:
    """Implements `engine.serve.base.Predictor` on the weights in ``checkpoints/``.

    Args:
        remember: How many states that were read are kept for questions that come again.
        precision: Of products, see `engine.models.lean`; in float32, answers are those of evaluation to the last digit.
    """

    def __init__(self, *, remember: int = 0, precision: Precision = USUAL) -> None:
        names = [name for name in VARIANTS if encoder_file(name).is_file()]
        if not names:
            raise MissingDataError("no trained variant is there", where=str(encoder_file("bert").parent.parent),
                                   remedy=f"{RESTORE}, or train one with `python -m engine pretrain bert`")
        self._budget, self._remembered, self._precision = Budget(limit()), Remembered(remember), precision
        self._variants = {name: LocalVariant(name, self._budget, getattr(torch, precision)) for name in names}
        self._computing = threading.Lock()
        self._covering: Covering | None = None
        self._warming: threading.Thread | None = None
        tasks = tuple(task for task, corpus in SERVED.items() if all(task_file(name, task, corpus).is_file() for name in names))
        labels = {task: Labels.from_json(checkpoint.read_card(task_file(names[0], task, SERVED[task]))["labels"]) for task in tasks}
        self.card = PredictorCard(
            name="local", variants=tuple(_variant_card(name) for name in names), tasks=tasks, objectives=tuple(OBJECTIVES),
            labels={task: known.names for task, known in labels.items()},
            picklists=labels["state_tracking"].values if "state_tracking" in labels else {})

    def compare(self, dialogue: Dialogue, *, variants: Sequence[str], tasks: Sequence[str],
                candidates: Sequence[str] = (), progress: Progress | None = None) -> list[Prediction]:
        """Every task at every turn where it applies (see the contract)."""
        self.check(variants, tasks)
        asked = Comparison(dialogue=dialogue, variants=variants, tasks=tasks, candidates=candidates)
        return _only(self.compare_many([asked], [progress or _untold]))

    def probe(self, question: ProbeQuestion, *, variants: Sequence[str]) -> list[ProbeAnswer]:
        """Put one objective's question to each variant."""
        return self.probe_all([question], variants=variants)[0]

    def probe_all(self, questions: Sequence[ProbeQuestion], *, variants: Sequence[str], progress: Progress | None = None) -> list[list[ProbeAnswer]]:
        """As `probe` for each question; every variant reads all of them together."""
        self.check(variants, (), [question.objective for question in questions])
        return _only(self.probe_many([Probing(questions=questions, variants=variants)], [progress or _untold]))

    def compare_many(self, asked: Sequence[Comparison], tells: Sequence[Progress]) -> Iterator[tuple[int, list[Prediction] | Exception]]:
        """Several comparisons at once (see `engine.serve.asked.Together`)."""
        running = [Compared(number, one, tell) for number, (one, tell) in enumerate(zip(asked, tells, strict=True))]
        return answered(running, lambda name, here: compare_together(name, here, self._variants[name].task, self._remembered), self._computes)

    def probe_many(self, asked: Sequence[Probing], tells: Sequence[Progress]) -> Iterator[tuple[int, list[list[ProbeAnswer]] | Exception]]:
        """Several rounds of probe questions at once (see `engine.serve.asked.Together`)."""
        running = [Probed(number, one, tell) for number, (one, tell) in enumerate(zip(asked, tells, strict=True))]
        return answered(running, lambda name, here: probe_together(name, here, self._variants[name].objective), self._computes)

    def _computes(self) -> threading.Lock:
        return self._computing

    def let_go(self) -> None:
        """A computation that hangs keeps its lock; those after it use another (models are only read, so two may compute)."""
        self._computing = threading.Lock()

    def pieces(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """The wordpieces of each word (the vocabulary is that of the base, which all variants share)."""
        return tokens_for(checkpoint.read_card(encoder_file(next(iter(self._variants))))["base"]).pieces(words)

    def explain(self, dialogue: Dialogue, *, variants: Sequence[str], task: str, turn: int, target: str | None = None, candidates: Sequence[str] = (),
                baseline: Baseline = "mask", steps: int = STEPS, shuffled: int | None = None, progress: Progress | None = None) -> list[Attribution]:
        """How much each token speaks for an answer (see the contract)."""
        asked = self._asked(dialogue, variants, task, turn, candidates, target)
        return self._each(partial(explain, baseline=baseline, steps=steps, shuffled=shuffled), asked, progress)

    def ablate(self, dialogue: Dialogue, *, variants: Sequence[str], task: str, turn: int, target: str | None = None, candidates: Sequence[str] = (),
               blank: bool = False, progress: Progress | None = None) -> list[Ablation]:
        """The same question without each turn (see the contract)."""
        asked = self._asked(dialogue, variants, task, turn, candidates, target)
        return [one for found in self._each(partial(ablate, blank=blank), asked, progress) for one in found]

    def seen(self, dialogue: Dialogue, *, variant: str, task: str, turn: int, candidates: Sequence[str] = ()) -> Seen:
        """What a variant read, and what was cut away."""
        return self._each(see, self._asked(dialogue, [variant], task, turn, candidates, None), None)[0]

    def coverage(self, dialogue: Dialogue) -> Coverage:
        """Whether the dialogue is like the training corpora (see the contract)."""
        with self._computing:
            return self._covered()(dialogue)

    def _covered(self) -> Covering:
        if self._covering is None:
            self._covering = Covering(lambda name: self._variants[name].encoder if name in self._variants else shared_encoder(name))
        return self._covering

    def files(self, variants: Sequence[str], tasks: Sequence[str] = (), objectives: Sequence[str] = ()) -> Mapping[str, str]:
        """Weight files with their SHA-256 (see the contract)."""
        self.check(variants, tasks, objectives)
        return weight_files(variants, [(task, SERVED[task]) for task in tasks], objectives)

    def warm(self) -> None:
        """Load all variants, tasks and objectives in a background thread, in the order in which Compare asks for them."""
        if self._warming is None or not self._warming.is_alive():
            self._warming = threading.Thread(target=self._load_all, name="warm", daemon=True)
            self._warming.start()

    def _load_all(self) -> None:
        _tried([(variant.task, name) for variant in self._variants.values() for name in self.card.tasks])
        with suppress(DialAtlasError), self._computing:
            self._covered()
        _tried([(variant.objective, name) for variant in self._variants.values() for name in self.card.objectives])

    def load(self, variant: str) -> None:
        """Load all of a variant now; what cannot be loaded is told as by `warm`."""
        its = self._variants[variant]
        _tried([*((its.task, name) for name in self.card.tasks), *((its.objective, name) for name in self.card.objectives)])

    def forget(self, variant: str) -> None:
        """Evict all of a variant; it is loaded again when asked for."""
        self._variants[variant].parts.clear()
        give_back()

    def describe(self) -> Description:
        """Parts of all variants of the registry, also of those that have no weights here."""
        parts = [part for name in VARIANTS for part in (self._variants.get(name) or LocalVariant(name)).described()]
        return Description(
            predictor="local", device="cpu", precision=self._precision, threads=torch.get_num_threads(), memory_bytes=psutil.Process().memory_info().rss,
            parts=tuple(parts), fingerprints={card.name: card.fingerprint for card in self.card.variants},
            warming=self._warming is not None and self._warming.is_alive(), weights_bytes=self._budget.bytes, weights_limit=self._budget.limit)

    def _asked(self, dialogue: Dialogue, variants: Sequence[str], task: str, turn: int, candidates: Sequence[str], target: str | None) -> list[Asked]:
        """One question to be explained per variant."""
        self.check(variants, [task])
        check_place(dialogue, task, turn)
        offered = all_offered(dialogue, candidates) if task == "response_selection" else ()
        return [Asked(variant=name, model=self._variants[name].task(task), dialogue=dialogue, turn=turn, target=target, offered=offered)
                for name in variants]

    def _each(self, how: Callable[[Asked], Found], asked: Sequence[Asked], progress: Progress | None) -> list[Found]:
        found: list[Found] = []
        for one in asked:
            if progress:
                progress(len(found) / len(asked), f"{VARIANTS[one.variant].title} is looked into")
            with self._computing:
                found.append(how(one))
        if progress:
            progress(1.0, "done")
        return found

    def check(self, variants: Sequence[str], tasks: Sequence[str] = (), objectives: Sequence[str] = ()) -> None:
        """Whether all names are on the card (see `check_names`)."""
        check_names(self.card, variants, tasks, objectives)


def _tried(parts: Sequence[tuple[Callable[[str], object], str]]) -> None:
    for load, name in parts:
        with suppress(DialAtlasError):  # kept for `describe`, and told to the visitor who asks for it
            load(name)


def _untold(share: float, words: str) -> None:
    """Nobody listens."""


def _only(found: Iterator[tuple[int, Found | Exception]]) -> Found:
    [(_, said)] = found
    if isinstance(said, Exception):
        raise said
    return said


def _variant_card(name: str) -> VariantCard:
    card = checkpoint.read_card(encoder_file(name))
    heads: dict[str, Literal["trained", "linear probe"]] = {
        objective: checkpoint.read_card(objective_file(name, objective))["head"] for objective in OBJECTIVES if objective_file(name, objective).is_file()}
    rows = results.read() if results.default_path().is_file() else []
    runs = {task: checkpoint.read_card(path)["finetuning"] for task, corpus in SERVED.items() if (path := task_file(name, task, corpus)).is_file()}
    scores = {row.task: row.metrics for row in rows if row.split == "test" and row.finetuning == runs.get(row.task)}
    return VariantCard(name=name, title=card["title"], note=card["note"], tokens_seen=card["tokens_seen"], hardware=card["hardware"],
                       fingerprint=card["variant_fingerprint"], heads=heads, scores=scores)


def open_local() -> BatchingPredictor:
    """The predictor on the shipped weights, behind the queue where everybody's requests meet (errors as `open_alone`)."""
    return BatchingPredictor(open_alone(), device_worker())


def open_alone() -> LocalPredictor:
    """The predictor on the shipped weights, as the environment wants it, without a queue.

    Raises:
        MissingDataError: There are none.
        CheckpointError: A card is damaged.
        InputError: ``DIALATLAS_MEMORY`` is not a size, or ``DIALATLAS_PRECISION`` is none.
    """
    return LocalPredictor(remember=MOST, precision=precision())
