"""A text-to-text model without weights: repeatable answers from a hash, written word by word, for tests and work on pages; never evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from engine.dialogue.model import Turn
from engine.errors import InputError
from engine.serve.fake_reasons import chance
from engine.serve.zoo.base import Told, ZooAnswer, ZooCard, ZooQuestion
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample, ZooTask
from engine.zoo.escape import MASK
from engine.zoo.knowledge import Database, Description, linear
from engine.zoo.outputs import CONVERSATION, SLOT_VALUES, SQL, STATE
from engine.zoo.prompt import TOKENS, Prompt, parts, prompt

SPOILT = 0.35
"""Share of the answers that are invalid where nothing keeps them to what is known."""


def open_fake() -> FakeZoo:
    """The fake model, of every task."""
    return FakeZoo()


class FakeZoo:
    """Implements `engine.serve.zoo.base.ZooModel` without state, so any number of threads may ask; words stand for wordpieces."""

    card = ZooCard(
        name="fake", title="DialogZoo (fake)", base="nothing", tokens_seen=0, hardware="none", seed=0, max_tokens=TOKENS, parameters=0, fingerprint="fake-zoo",
        tasks=tuple(ZOO_TASKS), weak={"txt2sql": "Fake: said to be no better than a baseline, so that pages can show it."})

    def prompt(self, question: ZooQuestion) -> Prompt:
        """As in the contract; tokens are words."""
        task = ZOO_TASKS[question.task]
        if not question.prompt:
            return prompt(task, question.sample, _count, self.card.max_tokens)
        named = parts(question.prompt)[0]
        if named != task.name:
            raise InputError(f"the prompt begins with [{named}]", where=task.name, remedy=f"begin it with {task.token}")
        kept = question.prompt.split()[:self.card.max_tokens]
        return Prompt(text=" ".join(kept), tokens=len(kept), turns=0, turns_cut=0, items=0, items_cut=0)

    def answer(self, questions: Sequence[ZooQuestion], *, constrained: bool = True, told: Told | None = None,
               stop: Callable[[], bool] = lambda: False) -> list[ZooAnswer]:
        """As in the contract: one word of every question in turn."""
        prompts = [self._heard(question) for question in questions]
        spoilt = [not constrained and _chance("spoilt", read.text).random() < SPOILT for read in prompts]
        whole = [_written(question, read, bad) for question, read, bad in zip(questions, prompts, spoilt, strict=True)]
        done = _told(whole, told, stop)
        return [_answer(question, read, " ".join(words[:kept]), kept < len(words), bad)
                for question, read, words, kept, bad in zip(questions, prompts, whole, done, spoilt, strict=True)]

    def _heard(self, question: ZooQuestion) -> Prompt:
        if not question.prompt and not question.sample.turns and not question.sample.knowledge.items:
            raise InputError("there is nothing to answer", where=question.task, remedy="give a dialogue or knowledge with at least one word")
        return self.prompt(question)


def _count(text: str) -> int:
    return len(text.split())


def _chance(*parts: str) -> Random:
    return chance("zoo", *parts)


def _told(whole: Sequence[Sequence[str]], told: Told | None, stop: Callable[[], bool]) -> list[int]:
    """Write all answers together; how many words of each were written."""
    done = [0] * len(whole)
    for step in range(max(map(len, whole), default=0)):
        if stop():
            break
        for place, words in enumerate(whole):
            if step < len(words):
                done[place] = step + 1
                if told:
                    told(place, " ".join(words[:step + 1]))
    return done


def _answer(question: ZooQuestion, read: Prompt, text: str, stopped: bool, spoilt: bool) -> ZooAnswer:
    found = ZOO_TASKS[question.task].read(text)
    return ZooAnswer(task=question.task, prompt=read, text=text, answer=found, valid=found is not None and not spoilt and not stopped,
                     tokens=_count(text) + 1, stopped=stopped)


def _written(question: ZooQuestion, read: Prompt, spoilt: bool) -> list[str]:
    task, rng = ZOO_TASKS[question.task], _chance(read.text)
    sample = question.sample
    said = [word for word in parts(read.text)[1].split() if not word.startswith("[")] if read.text.count("[C]") else []
    make = next((make for applies, make in _MAKERS if applies(task, sample)), _some_words)
    text = _spoilt(task, sample) if spoilt else task.target(make(task, sample, said or ["hello"], rng))
    return text.split()


def _spoilt(task: ZooTask, sample: Sample) -> str:
    """Not of the form, or a name that the question does not know."""
    if sample.choices:
        return f"{task.token} something else entirely"
    spoilt: Mapping[Any, str] = {SLOT_VALUES: "unheard slot = value", STATE: "unheard slot = value", CONVERSATION: "no speaker said this",
                                 SQL: "select secret from nowhere"}
    return f"{task.token} {spoilt.get(task.output, 'words with a mark [EK] among them')}"


def _label(task: ZooTask, sample: Sample, said: list[str], rng: Random) -> str:
    return rng.choice(sample.choices)


def _pairs(task: ZooTask, sample: Sample, said: list[str], rng: Random) -> Any:
    known = sample.knowledge.names if isinstance(sample.knowledge, Description) else ()
    chosen = rng.sample(sorted(set(known)), min(len(set(known)), rng.randint(1, 3)))
    found = tuple((slot, rng.choice(said).strip(".,?!;=|") or "yes") for slot in sorted(chosen))
    return dict(found) if task.output is STATE else found


def _turns(task: ZooTask, sample: Sample, said: list[str], rng: Random) -> tuple[Turn, ...]:
    names = list(sample.knowledge.names) if isinstance(sample.knowledge, Description) else []
    rng.shuffle(names)
    turns = [Turn(speaker=turn.speaker, text=_filled(turn.text, names)) for turn in sample.turns]
    if task.name == "reo":
        rng.shuffle(turns)
    return tuple(turns)


def _filled(text: str, names: list[str]) -> str:
    while MASK in text:
        text = text.replace(MASK, names.pop() if names else "it", 1)
    return text


def _query(task: ZooTask, sample: Sample, said: list[str], rng: Random) -> str:
    tables = sample.knowledge.tables if isinstance(sample.knowledge, Database) else ()
    name, columns = rng.choice(tables) if tables else ("table", ("column",))
    return f"select {rng.choice(columns)} from {name}"


def _some_words(task: ZooTask, sample: Sample, said: list[str], rng: Random) -> str:
    known = linear(sample.knowledge).split() if sample.knowledge.items else []
    pool = [word for word in (*said, *known) if word.strip(";=|\\[]")]
    start = rng.randrange(max(1, len(pool) - 8))
    return " ".join(pool[start:start + rng.randint(4, 12)]) or "hello"


_MAKERS: tuple[tuple[Callable[[ZooTask, Sample], bool], Callable[[ZooTask, Sample, list[str], Random], Any]], ...] = (
    (lambda task, sample: bool(sample.choices), _label),
    (lambda task, sample: task.output in (SLOT_VALUES, STATE), _pairs),
    (lambda task, sample: task.output is CONVERSATION, _turns),
    (lambda task, sample: task.output is SQL, _query),
)
