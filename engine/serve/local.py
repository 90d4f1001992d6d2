"""The predictor on this machine: every shipped variant, task and objective, loaded when first asked, shared by all threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import psutil
import torch

from engine.dialogue.model import Dialogue
from engine.errors import DialAtlasError, InputError, MissingDataError
from engine.models import checkpoint
from engine.models.answer import logits, shared_cls_states, similarities
from engine.models.files import not_there
from engine.models.store import encoder_file, objective_file, task_file, variant_encoder
from engine.objectives import OBJECTIVES
from engine.paths import without_home
from engine.registry import unknown
from engine.results import store as results
from engine.serve.base import Prediction, PredictorCard, ProbeAnswer, ProbeQuestion, Progress, VariantCard
from engine.serve.parts import Parts
from engine.serve.probing import answer_probe
from engine.serve.questions import gold, places
from engine.serve.state import Description, Part
from engine.shipped import ShippedObjective, ShippedTask
from engine.tasks.base import Example
from engine.tasks.structures import choose, decode, response_sequence, sequence
from engine.variants import VARIANTS

SERVED = {"intent": "oos", "dialogue_act": "multiwoz21", "response_selection": "multiwoz21", "state_tracking": "multiwoz21"}
"""Which corpus's model answers each task."""


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
                                   remedy="restore it with `git checkout -- checkpoints`, or train one with `python -m engine pretrain bert`")
        self._variants = {name: LocalVariant(name) for name in names}
        self._computing = threading.Lock()
        self._warming: threading.Thread | None = None
        tasks = tuple(task for task, corpus in SERVED.items() if all(task_file(name, task, corpus).is_file() for name in names))
        self.card = PredictorCard(
            name="local", variants=tuple(_variant_card(name) for name in names), tasks=tasks, objectives=tuple(OBJECTIVES),
            labels={task: tuple(checkpoint.read_card(task_file(names[0], task, SERVED[task]))["labels"]["names"]) for task in tasks})

    def compare(self, dialogue: Dialogue, *, variants: Sequence[str], tasks: Sequence[str],
                candidates: Sequence[str] = (), progress: Progress | None = None) -> list[Prediction]:
        """Every task at every turn where it applies (see the contract)."""
        self._check(variants, tasks)
        if not dialogue.turns:
            raise InputError("the dialogue has no utterance", remedy="give it at least one turn")
        offered = tuple(dict.fromkeys(text for text in (*candidates, *(t.text for t in dialogue.turns if t.speaker == "system")) if text.strip()))
        asked = [place for place in places(dialogue, tasks) if offered or place[1] != "response_selection"]
        found = []
        for done, name in enumerate(variants):
            if progress:
                progress(done / len(variants), f"{VARIANTS[name].title} reads the dialogue")
            with self._computing:
                found += answer_all(name, {task: self._variants[name].task(task) for task in tasks}, dialogue, asked, offered)
        if progress:
            progress(1.0, "done")
        return found

    def probe(self, question: ProbeQuestion, *, variants: Sequence[str]) -> list[ProbeAnswer]:
        """Put one objective's question to each variant."""
        self._check(variants, ())
        if question.objective not in OBJECTIVES:
            raise unknown("objective", question.objective, list(OBJECTIVES))
        with self._computing:
            return [answer_probe(name, self._variants[name].objective(question.objective), question) for name in variants]

    def warm(self) -> None:
        """Load all variants, tasks and objectives in a background thread, in the order in which Compare asks for them."""
        if self._warming is None or not self._warming.is_alive():
            self._warming = threading.Thread(target=self._load_all, name="warm", daemon=True)
            self._warming.start()

    def _load_all(self) -> None:
        tasks: list[tuple[Callable[[str], object], str]] = [(variant.task, name) for variant in self._variants.values() for name in self.card.tasks]
        objectives = [(variant.objective, name) for variant in self._variants.values() for name in self.card.objectives]
        for load, name in [*tasks, *objectives]:
            with suppress(DialAtlasError):  # kept for `describe`, and told to the visitor who asks for it
                load(name)

    def describe(self) -> Description:
        """Parts of all variants of the registry, also of those that have no weights here."""
        parts = [part for name in VARIANTS for part in (self._variants.get(name) or LocalVariant(name)).described()]
        return Description(predictor="local", device="cpu", threads=torch.get_num_threads(), memory_bytes=psutil.Process().memory_info().rss,
                           parts=tuple(parts), fingerprints={card.name: card.fingerprint for card in self.card.variants},
                           warming=self._warming is not None and self._warming.is_alive())

    def _check(self, variants: Sequence[str], tasks: Sequence[str]) -> None:
        for name in variants:
            if name not in self._variants:
                raise unknown("variant", name, list(self._variants))
        for name in tasks:
            if name not in self.card.tasks:
                raise unknown("task", name, list(self.card.tasks))


def answer_all(variant: str, models: Mapping[str, ShippedTask], dialogue: Dialogue, asked: Sequence[tuple[int, str]],
               offered: Sequence[str]) -> list[Prediction]:
    """One variant's answers to all questions: what several tasks read passes their shared layers once."""
    questions = {task: [index for index, name in asked if name == task] for task in models}
    wanted = {task: [_reads(models[task], dialogue, index) for index in indices] for task, indices in questions.items()}
    if "response_selection" in models and questions["response_selection"]:
        ranker = models["response_selection"]
        wanted["response_selection"] += [response_sequence(text, ranker.form, ranker.response_tokens) for text in offered]
    states = shared_cls_states({task: models[task].encoder for task in models}, wanted, min((model.shared for model in models.values()), default=0))
    answers = {(index, task): answer for task, indices in questions.items()
               for index, answer in zip(indices, _answers(models[task], states[task], len(indices), offered), strict=True)}
    return [Prediction(variant=variant, task=task, turn=index, answer=answers[index, task][0], scores=answers[index, task][1],
                       gold=gold(dialogue, index, task)) for index, task in asked]


def _reads(model: ShippedTask, dialogue: Dialogue, index: int) -> list[int]:
    turns = dialogue.turns[:index + 1] if dialogue.turns[index].speaker == "user" else dialogue.turns[:index]
    return sequence(model.task.card, Example(id="", corpus=dialogue.corpus, turns=turns, target=None), model.form)


def _answers(model: ShippedTask, states_SD: torch.Tensor, count: int, offered: Sequence[str]) -> list[Any]:
    if not count:
        return []
    if model.task.card.structure == "siamese":
        return [choose(row, offered) for row in similarities(model.head, states_SD[:count], states_SD[count:])]
    return [decode(model.task.card, row, model.labels) for row in logits(model.head, states_SD)]


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


