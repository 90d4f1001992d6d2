"""The predictor on this machine: every shipped variant, task and objective, loaded when first asked, shared by all threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import psutil
import torch

from engine.dialogue.model import Dialogue
from engine.errors import DialAtlasError, InputError, MissingDataError
from engine.models import checkpoint
from engine.models.files import not_there
from engine.models.store import encoder_file, objective_file, task_file, variant_encoder
from engine.models.tokens import tokens_for
from engine.objectives import OBJECTIVES
from engine.paths import RESTORE, without_home
from engine.registry import unknown
from engine.results import store as results
from engine.serve.answering import answer_all
from engine.serve.base import Coverage, Prediction, PredictorCard, ProbeAnswer, ProbeQuestion, Progress, VariantCard
from engine.serve.covering import Covering
from engine.serve.digests import weight_files
from engine.serve.explaining import Asked, ablate, explain, see
from engine.serve.parts import Parts
from engine.serve.probing import answer_probes
from engine.serve.questions import all_offered, check_place, places
from engine.serve.reasons import STEPS, Ablation, Attribution, Baseline, Seen
from engine.serve.state import Description, Part
from engine.shipped import ShippedObjective, ShippedTask
from engine.tasks.base import Labels
from engine.variants import VARIANTS

SERVED = {"intent": "oos", "dialogue_act": "multiwoz21", "response_selection": "multiwoz21", "state_tracking": "multiwoz21"}
"""Which corpus's model answers each task."""
Found = TypeVar("Found")


class LocalVariant:
    """One variant with its tasks and objective heads; parts are loaded on first use."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts = Parts()

    @cached_property
    def encoder(self) -> Any:
        """The variant's encoder without any task."""
        return variant_encoder(self.name).eval()

    def task(self, name: str) -> ShippedTask:
        """The model of a downstream task."""
        part = self.parts.get(name, lambda: ShippedTask(self.name, name, SERVED[name], self.encoder))
        assert isinstance(part, ShippedTask)
        return part

    def objective(self, name: str) -> ShippedObjective:
        """The head of an objective."""
        part = self.parts.get(name, lambda: ShippedObjective(self.name, name, self.encoder))
        assert isinstance(part, ShippedObjective)
        return part

    def described(self) -> list[Part]:
        """The state of every part; a file that is not there is told before anybody asks for it."""
        files = {task: task_file(self.name, task, corpus) for task, corpus in SERVED.items()}
        files |= {name: objective_file(self.name, name) for name in OBJECTIVES}
        return [self._described(name, file) for name, file in files.items()]

    def _described(self, name: str, file: Path) -> Part:
        state, trouble = self.parts.state(name)
        gone = next((path for path in (encoder_file(self.name), file) if not path.is_file()), None)
        if state == "not loaded" and gone:
            state, trouble = "failed", without_home(not_there(gone).sentence)
        return Part(variant=self.name, kind="task" if name in SERVED else "objective", name=name, state=state, trouble=trouble)


class LocalPredictor:
    """Implements `engine.serve.base.Predictor` on the weights in ``checkpoints/``."""

    def __init__(self) -> None:
        names = [name for name in VARIANTS if encoder_file(name).is_file()]
        if not names:
            raise MissingDataError("no trained variant is there", where=str(encoder_file("bert").parent.parent),
                                   remedy=f"{RESTORE}, or train one with `python -m engine pretrain bert`")
        self._variants = {name: LocalVariant(name) for name in names}
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
        self._check(variants, tasks)
        if not dialogue.turns:
            raise InputError("the dialogue has no utterance", remedy="give it at least one turn")
        offered = all_offered(dialogue, candidates)
        asked = [place for place in places(dialogue, tasks) if offered or place[1] != "response_selection"]
        found = []
        tell = progress or (lambda share, words: None)
        for done, name in enumerate(variants):
            def within(share: float, done: int = done, words: str = f"{VARIANTS[name].title} reads the dialogue") -> None:
                tell((done + share) / len(variants), words)

            within(0.0)
            with self._computing:
                found += answer_all(name, {task: self._variants[name].task(task) for task in tasks}, dialogue, asked, offered, within)
        tell(1.0, "done")
        return found

    def probe(self, question: ProbeQuestion, *, variants: Sequence[str]) -> list[ProbeAnswer]:
        """Put one objective's question to each variant."""
        return self.probe_all([question], variants=variants)[0]

    def probe_all(self, questions: Sequence[ProbeQuestion], *, variants: Sequence[str], progress: Progress | None = None) -> list[list[ProbeAnswer]]:
        """As `probe` for each question; every variant reads those of one objective together."""
        self._check(variants, ())
        for question in questions:
            if question.objective not in OBJECTIVES:
                raise unknown("objective", question.objective, list(OBJECTIVES))
        found: list[list[ProbeAnswer]] = [[] for _ in questions]
        for done, name in enumerate(variants):
            if progress:
                progress(done / len(variants), f"{VARIANTS[name].title} reads {len(questions)} questions")
            for objective in dict.fromkeys(question.objective for question in questions):
                mine = [place for place, question in enumerate(questions) if question.objective == objective]
                with self._computing:
                    said = answer_probes(name, self._variants[name].objective(objective), [questions[place] for place in mine])
                for place, answer in zip(mine, said, strict=True):
                    found[place].append(answer)
        return found

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
            self._covering = Covering(lambda name: self._variants[name].encoder if name in self._variants else variant_encoder(name).eval())
        return self._covering

    def files(self, variants: Sequence[str], tasks: Sequence[str] = (), objectives: Sequence[str] = ()) -> Mapping[str, str]:
        """Weight files with their SHA-256 (see the contract)."""
        self._check(variants, tasks)
        if wrong := [name for name in objectives if name not in OBJECTIVES]:
            raise unknown("objective", wrong[0], list(OBJECTIVES))
        return weight_files(variants, [(task, SERVED[task]) for task in tasks], objectives)

    def warm(self) -> None:
        """Load all variants, tasks and objectives in a background thread, in the order in which Compare asks for them."""
        if self._warming is None or not self._warming.is_alive():
            self._warming = threading.Thread(target=self._load_all, name="warm", daemon=True)
            self._warming.start()

    def _load_all(self) -> None:
        tasks: list[tuple[Callable[[str], object], str]] = [(variant.task, name) for variant in self._variants.values() for name in self.card.tasks]
        objectives = [(variant.objective, name) for variant in self._variants.values() for name in self.card.objectives]
        for load, name in tasks:
            with suppress(DialAtlasError):  # kept for `describe`, and told to the visitor who asks for it
                load(name)
        with suppress(DialAtlasError), self._computing:
            self._covered()
        for load, name in objectives:
            with suppress(DialAtlasError):
                load(name)

    def describe(self) -> Description:
        """Parts of all variants of the registry, also of those that have no weights here."""
        parts = [part for name in VARIANTS for part in (self._variants.get(name) or LocalVariant(name)).described()]
        return Description(predictor="local", device="cpu", threads=torch.get_num_threads(), memory_bytes=psutil.Process().memory_info().rss,
                           parts=tuple(parts), fingerprints={card.name: card.fingerprint for card in self.card.variants},
                           warming=self._warming is not None and self._warming.is_alive())

    def _asked(self, dialogue: Dialogue, variants: Sequence[str], task: str, turn: int, candidates: Sequence[str], target: str | None) -> list[Asked]:
        """One question to be explained per variant."""
        self._check(variants, [task])
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

    def _check(self, variants: Sequence[str], tasks: Sequence[str]) -> None:
        for name in variants:
            if name not in self._variants:
                raise unknown("variant", name, list(self._variants))
        for name in tasks:
            if name not in self.card.tasks:
                raise unknown("task", name, list(self.card.tasks))


def _variant_card(name: str) -> VariantCard:
    card = checkpoint.read_card(encoder_file(name))
    heads: dict[str, Literal["trained", "linear probe"]] = {
        objective: checkpoint.read_card(objective_file(name, objective))["head"] for objective in OBJECTIVES if objective_file(name, objective).is_file()}
    rows = results.read() if results.default_path().is_file() else []
    runs = {task: checkpoint.read_card(path)["finetuning"] for task, corpus in SERVED.items() if (path := task_file(name, task, corpus)).is_file()}
    scores = {row.task: row.metrics for row in rows if row.split == "test" and row.finetuning == runs.get(row.task)}
    return VariantCard(name=name, title=card["title"], note=card["note"], tokens_seen=card["tokens_seen"], hardware=card["hardware"],
                       fingerprint=card["variant_fingerprint"], heads=heads, scores=scores)


def open_local() -> LocalPredictor:
    """The predictor on the shipped weights.

    Raises:
        MissingDataError: There are none.
        CheckpointError: A card is damaged.
    """
    return LocalPredictor()


