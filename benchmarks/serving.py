"""Fifty closed-loop clients on a mixed script: our engine beside a plain server with the same weights, one request and one full model at a time.

Run: ``python benchmarks/serving.py [--seconds 60] [--clients 50] [--threads 2] [--edited 0.5] [--checked 40]
[--precision float32,bfloat16]``. The peer keeps one whole transformers
model per variant and task (our weights, merged), locks each, and reads the turns of one request in one padded batch; it knows no queue and shares
nothing. Both are asked in this process by as many threads as there are clients. The last lines print throughput, latencies, errors, memory, the ratio,
and how many answers differ from those of the same engine asked serially and alone. Each precision of ours is measured, beside the peer's float32.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import psutil
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs as a file, too

from benchmarks.compare_latency import NaiveCell
from engine.corpora import CORPORA
from engine.dialogue.model import Dialogue
from engine.dialogue.upload import read_upload
from engine.models.answer import logits, similarities
from engine.models.store import variant_encoder
from engine.objectives import OBJECTIVES
from engine.paths import REPOSITORY
from engine.provenance import commit, hardware
from engine.serve.base import ProbeQuestion
from engine.serve.batching.predictor import BatchingPredictor
from engine.serve.local import LocalPredictor
from engine.serve.local_variant import SERVED
from engine.serve.memory import give_back
from engine.serve.precision import USUAL, Precision
from engine.serve.probing import Probe, answer_probes
from engine.serve.questions import all_offered, asked_from, places
from engine.serve.remembered import MOST
from engine.serve.request import asking
from engine.shipped import ShippedObjective
from engine.tasks.base import Example
from engine.tasks.structures import choose, decode, response_sequence, sequence
from engine.variants import VARIANTS

SAMPLED = ("camrest676", "frames", "msr_e2e", "multiwoz21", "smd", "taskmaster1")
"""Corpora whose samples are asked about, beside those of the app."""


@dataclass(frozen=True)
class Call:
    """One request of the script."""

    dialogue: Dialogue
    variants: tuple[str, ...]
    tasks: tuple[str, ...] = ()
    questions: tuple[ProbeQuestion, ...] = ()
    """Asked instead, where there are some."""


class Script:
    """Draws requests: most compare a few variants on a dialogue cut somewhere, some compare all, some probe.

    Args:
        edited: Share of dialogues whose last utterance somebody has changed, so that nobody has asked the same before.
    """

    def __init__(self, edited: float) -> None:
        files, folder = sorted((REPOSITORY / "samples" / "app").iterdir()), REPOSITORY / "samples"
        read = [*(one for file in files for one in read_upload(file.read_bytes(), file.name).dialogues),
                *(one for name in SAMPLED for split in CORPORA[name].card.splits for one in CORPORA[name].read(folder / name, split))]
        self.dialogues = [one for one in read if len(one.turns) > 1]
        self.edited = edited

    def draw(self, rng: random.Random) -> Call:
        """The next request of a client."""
        whole = rng.choice(self.dialogues)
        turns = list(whole.turns[:rng.randint(2, min(len(whole.turns), 12))])
        if rng.random() < self.edited:
            turns[-1] = replace(turns[-1], text=f"{turns[-1].text} number {rng.randrange(10**6)}")
        dialogue, names, kind = whole.with_turns(turns), list(VARIANTS), rng.random()
        if kind < 0.15:
            return Call(dialogue, tuple(names), (rng.choice(list(SERVED)),))
        few = tuple(rng.sample(names, rng.randint(1, 3)))
        if kind < 0.8:
            return Call(dialogue, few, tuple(SERVED) if rng.random() < 0.5 else tuple(rng.sample(list(SERVED), 2)))
        asked = [ProbeQuestion(objective=rng.choice(("dsp", "enp")), turns=(turn,)) for turn in turns]
        return Call(dialogue, few, questions=(*asked, ProbeQuestion(objective="dcv", turns=tuple(turns))))


class Engine(Protocol):
    """Answers a call in this process or over HTTP."""

    name: str

    def ask(self, visitor: str, call: Call) -> list[Any]:
        """The answers alone, one per question and variant."""
        ...


class Ours:
    """A predictor with its queue, or without."""

    def __init__(self, predictor: Any, name: str) -> None:
        self.predictor, self.name = predictor, name

    def ask(self, visitor: str, call: Call) -> list[Any]:
        """See `Engine`."""
        with asking(visitor, seconds=600):
            if call.questions:
                return [one.guess for said in self.predictor.probe_all(call.questions, variants=call.variants) for one in said]
            return [one.answer for one in self.predictor.compare(call.dialogue, variants=call.variants, tasks=call.tasks)]


class Cell(NaiveCell):
    """One variant and task, or variant and objectives, as a whole model of its own behind a lock."""

    def __init__(self, variant: str, task: str) -> None:
        super().__init__(variant, task)
        self.lock = threading.Lock()

    def answers(self, dialogue: Dialogue, turns: Sequence[int], offered: Sequence[str]) -> dict[int, Any]:
        """Turn index to answer."""
        model = self.model
        inputs = [sequence(model.task.card, Example(id="", corpus="", turns=asked_from(dialogue, turn), target=None), model.form) for turn in turns]
        with self.lock:
            if model.task.card.structure != "siamese":
                return {turn: decode(model.task.card, row, model.labels)[0] for turn, row in zip(turns, logits(model.head, self.states(inputs)), strict=True)}
            states = self.states([*inputs, *(response_sequence(text, model.form, model.response_tokens) for text in offered)])
            found = similarities(model.head, states[:len(turns)], states[len(turns):])
        return {turn: choose(row, offered)[0] for turn, row in zip(turns, found, strict=True)}


class Peer:
    """The plain server's models."""

    name = "peer"

    def __init__(self) -> None:
        self.cells = {(variant, task): Cell(variant, task) for variant in VARIANTS for task in SERVED}
        self.heads = {}
        self.locks = {variant: threading.Lock() for variant in VARIANTS}
        for variant in VARIANTS:
            whole = variant_encoder(variant).eval()
            self.heads[variant] = {name: ShippedObjective(variant, name, whole) for name in OBJECTIVES}

    def ask(self, visitor: str, call: Call) -> list[Any]:
        """See `Engine`."""
        if call.questions:
            return self._probed(call)
        offered, asked = all_offered(call.dialogue, ()), list(places(call.dialogue, call.tasks))
        asked = [place for place in asked if offered or place[1] != "response_selection"]
        found = []
        for variant in call.variants:
            said = {task: self.cells[variant, task].answers(call.dialogue, turns, offered)
                    for task in call.tasks if (turns := [turn for turn, name in asked if name == task])}
            found += [said[task][turn] for turn, task in asked]
        return found

    def _probed(self, call: Call) -> list[Any]:
        found: dict[str, list[Any]] = {}
        for variant in call.variants:
            by_objective: dict[str, list[int]] = {}
            for number, question in enumerate(call.questions):
                by_objective.setdefault(question.objective, []).append(number)
            said: dict[int, Any] = {}
            for numbers in by_objective.values():
                with self.locks[variant]:
                    answers = answer_probes(variant, self.heads[variant], [Probe(call.questions[number]) for number in numbers])
                said |= {number: answer.guess for number, answer in zip(numbers, answers, strict=True)}
            found[variant] = [said[number] for number in range(len(call.questions))]
        return [found[variant][number] for number in range(len(call.questions)) for variant in call.variants]


@dataclass
class Run:
    """What came of one engine's minute."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    kept: list[tuple[Call, list[Any]]] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)
    lasted: float = 0.0
    computed: float = 0.0
    """Seconds of all cores in this process."""

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.seconds) / self.lasted

    def percentile(self, share: float) -> float:
        """Latency in seconds."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(share * len(self.seconds)))] if self.seconds else float("nan")

    def resident(self, first: bool) -> float:
        """Mean resident bytes of the first or last ten seconds."""
        end = self.memory[-1][0]
        return statistics.mean(size for when, size in self.memory if (when <= 10 if first else when >= end - 10))


def run(engine: Engine, script: Script, clients: int, seconds: float, keep: int) -> Run:
    """Closed-loop clients for some seconds; each waits for its answer before it asks again."""
    found, lock, begun, computed = Run(), threading.Lock(), time.perf_counter(), time.process_time()

    def client(number: int) -> None:
        rng = random.Random(number)
        while time.perf_counter() - begun < seconds:
            call, asked = script.draw(rng), time.perf_counter()
            try:
                answer = engine.ask(f"client {number}", call)
            except Exception as error:  # counted and named below
                with lock:
                    found.errors.append(f"{type(error).__name__}: {error}")
                continue
            with lock:
                found.seconds.append(time.perf_counter() - asked)
                if len(found.kept) < keep or rng.random() < 0.02:
                    found.kept.append((call, answer))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        found.memory.append((time.perf_counter() - begun, psutil.Process().memory_info().rss))
        time.sleep(0.5)
    found.lasted, found.computed = time.perf_counter() - begun, time.process_time() - computed
    return found


def told(engine: Engine, found: Run, differing: int, checked: int) -> None:
    """Print one engine's lines."""
    first, last = found.resident(first=True), found.resident(first=False)
    print(f"{engine.name:6s} {len(found.seconds):6d} requests  {found.rate:6.2f}/s  {found.computed / max(1, len(found.seconds)):.3f} s of a core each  "
          f"p50 {found.percentile(0.5):6.2f} s  p95 {found.percentile(0.95):6.2f} s  errors {len(found.errors)}")
    print(f"       memory {first / 1e6:.0f} -> {last / 1e6:.0f} MB ({last / first - 1:+.1%})  differ {differing} of {checked}", flush=True)
    for error in dict.fromkeys(found.errors):
        print(f"    {found.errors.count(error)} x {error}")


def measured(engine: Engine, script: Script, alone: Engine, arguments: argparse.Namespace) -> Run:
    """Warm up, run, hold some answers against serial ones, print."""
    for number in range(3):
        engine.ask("warm", Call(script.draw(random.Random(-1 - number)).dialogue, tuple(VARIANTS), tuple(SERVED)))
    found = run(engine, script, arguments.clients, arguments.seconds, arguments.checked)
    kept = random.Random(0).sample(found.kept, min(arguments.checked, len(found.kept)))
    told(engine, found, sum(alone.ask("serial", call) != answer for call, answer in kept), len(kept))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2, help="of one computation, for both")
    parser.add_argument("--edited", type=float, default=0.5, help="share of dialogues that nobody has asked about before")
    parser.add_argument("--checked", type=int, default=40, help="answers held against serial ones")
    parser.add_argument("--precision", default="float32,bfloat16", help="of our engine, one after the other")
    parser.add_argument("--remember", type=int, default=MOST, help="states that our engine keeps")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    script = Script(arguments.edited)
    print(f"{hardware()}, {arguments.threads} threads, load {os.getloadavg()[0]:.1f}, commit {commit()}; {len(script.dialogues)} dialogues, "
          f"{arguments.clients} clients, {arguments.seconds:.0f} s", flush=True)
    exact = Ours(LocalPredictor(), "serial")
    ours = [_ours(name, script, exact, arguments) for name in arguments.precision.split(",")]
    peers = measured(Peer(), script, exact, arguments)
    for name, found in zip(arguments.precision.split(","), ours, strict=True):
        print(f"{name}: throughput {found.rate / peers.rate:.2f} times the peer's; "
              f"our p95 {found.percentile(0.95):.2f} s beside its p50 {peers.percentile(0.5):.2f} s")


def _ours(precision: Precision, script: Script, exact: Ours, arguments: argparse.Namespace) -> Run:
    """Our engine in one precision; it is gone afterwards."""
    local = LocalPredictor(remember=arguments.remember, precision=precision)
    local.warm()
    while local.describe().warming:
        time.sleep(0.1)
    give_back()
    now = local.describe()
    print(f"{precision}: {now.count('ready')} parts in {now.memory_bytes / 1e6:.0f} MB", flush=True)
    predictor = BatchingPredictor(local)
    found = measured(Ours(predictor, "ours"), script, Ours(LocalPredictor(precision=precision), "serial"), arguments)
    if precision != USUAL:
        kept = found.kept[:arguments.checked]
        answers = [(mine, theirs) for call, said in kept for mine, theirs in zip(said, exact.ask("serial", call), strict=True)]
        print(f"       {sum(mine != theirs for mine, theirs in answers)} of {len(answers)} single answers differ from those in {USUAL}")
    predictor.close()
    return found


if __name__ == "__main__":
    main()
