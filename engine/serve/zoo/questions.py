"""From a dialogue and the texts of knowledge boxes to a question for each task, or a sentence why it cannot be asked (no torch)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random

from engine.dialogue.model import Dialogue, Span, Turn
from engine.errors import InputError
from engine.serve.zoo.base import ZooModel, ZooQuestion
from engine.serve.zoo.boxes import BOXES, read_box
from engine.serve.zoo.defaults import default_text, last_user, simulated_at
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import asked, with_choices
from engine.zoo.knowledge import NOTHING, Description, Document, Knowledge
from engine.zoo.prompt import Prompt
from engine.zoo.selfsupervised import TURNS, WORDS
from engine.zoo.tasks.clo import masked
from engine.zoo.tasks.reo import shuffled

Spans = Callable[[Sequence[str]], Sequence[Sequence[Span]]]
"""Finds the entities of each text, as `engine.entities.base.Extractor.entities` does."""
_NO_USER = "No user speaks in this dialogue."


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One task: its question, or why there is none."""

    task: str
    question: ZooQuestion | None = None
    reason: str = ""
    """One sentence, where there is no question, or none that the model can read."""
    prompt: Prompt | None = None
    """What the model would read, once it has been asked for that."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A dialogue with what a visitor adds to it."""

    dialogue: Dialogue
    texts: Mapping[str, str] = field(default_factory=dict)
    """Name of a box to its text; boxes that are not named hold their defaults."""
    prompts: Mapping[str, str] = field(default_factory=dict)
    """Task to its prompt, as somebody has edited it."""
    seed: int = 0
    """Draws the order of turns (REO) and of entities (CLO)."""
    spans: Spans | None = None
    """Finds entities for CLO; without it, CLO is not asked."""

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Utterances with words, and nothing else of them."""
        return tuple(Turn(speaker=turn.speaker, text=turn.text) for turn in self.dialogue.turns if turn.text.strip())

    def text(self, name: str) -> str:
        """What stands in a box."""
        return self.texts[name] if name in self.texts else default_text(name, self.dialogue)

    def box(self, name: str) -> Knowledge:
        """What a box tells.

        Raises:
            InputError: It is malformed, too long, or empty where it must not be.
        """
        return read_box(BOXES[name], self.text(name))


def all_asked(given: Given, tasks: Sequence[str] = tuple(ZOO_TASKS)) -> list[Asked]:
    """Every task's question; a malformed box is a reason for its own task alone.

    Raises:
        UnknownNameError: There is no such task.
        InputError: The dialogue has no utterance.
    """
    found = []
    for task in tasks:
        try:
            found.append(question(given, task))
        except InputError as error:
            if not given.turns or task not in ZOO_TASKS:
                raise
            found.append(Asked(task=task, reason=error.sentence))
    return found


def question(given: Given, task: str) -> Asked:
    """One task's question.

    Raises:
        UnknownNameError: There is no such task.
        InputError: The dialogue has no utterance, or a knowledge box is malformed.
    """
    ZOO_TASKS.note(task)
    if not given.turns:
        raise InputError("the dialogue has no utterance", remedy="give a dialogue with at least one utterance")
    made = _MAKERS[task](given)
    if isinstance(made, str):
        return Asked(task=task, reason=made)
    return Asked(task=task, question=ZooQuestion(sample=made, prompt=given.prompts.get(task, "")))


def read_by(model: ZooModel, one: Asked) -> Asked:
    """The same with the prompt, or with the reason why the model cannot read it (an edited prompt may have lost its form)."""
    if one.question is None:
        return one
    try:
        return replace(one, prompt=model.prompt(one.question))
    except InputError as error:
        return replace(one, reason=error.sentence)


def _sample(given: Given, task: str, turns: Sequence[Turn], knowledge: Knowledge = NOTHING, choices: Sequence[str] = ()) -> Sample:
    return Sample(task=task, dataset=given.dialogue.corpus, id=f"{given.dialogue.id}/{task}", split=given.dialogue.split, turns=tuple(turns),
                  knowledge=knowledge, choices=tuple(choices))


def _whole(given: Given, *, task: str, box: str = "") -> Sample:
    """A task about the dialogue as a whole."""
    return _sample(given, task, given.turns, given.box(box) if box else NOTHING)


def _until_user(given: Given, *, task: str, box: str = "") -> Sample | str:
    """A task whose content ends with the user's last utterance."""
    last = last_user(given.turns)
    return _NO_USER if last is None else _sample(given, task, given.turns[:last + 1], given.box(box) if box else NOTHING)


def _utterance(given: Given, *, task: str, box: str, labels: bool) -> Sample | str:
    """A task about the user's last utterance alone; with ``labels`` the names in the box are the possible answers."""
    last, known = last_user(given.turns), given.box(box)
    if last is None:
        return _NO_USER
    return _sample(given, task, given.turns[last:last + 1], known, known.names if labels and isinstance(known, Description) else ())


def _nlg(given: Given) -> Sample:
    return _sample(given, "nlg", (), given.box("nlg.acts"))


def _comm(given: Given) -> Sample | str:
    typed, listed, last = _typed(given, "comm.question"), given.box("comm.choices"), last_user(given.turns)
    if not typed and last is None:
        return f"{_NO_USER[:-1]}, and no question is typed."
    assert isinstance(listed, Description)
    content = asked(typed) if typed or last is None else given.turns[last:last + 1]
    return _sample(given, "comm", content, with_choices("", listed.names), listed.names)


def _docqa(given: Given) -> Sample | str:
    typed, document = _typed(given, "docqa.question"), given.box("docqa.document")
    if typed:
        return _sample(given, "docqa", asked(typed), document)
    last = _last_question(given.turns)
    return _NO_USER if last is None else _sample(given, "docqa", given.turns[:last + 1], document)


def _txt2sql(given: Given) -> Sample | str:
    typed, schema = _typed(given, "txt2sql.question"), given.box("txt2sql.schema")
    if typed:
        return _sample(given, "txt2sql", asked(typed), schema)
    last = _last_question(given.turns)
    return _NO_USER if last is None else _sample(given, "txt2sql", given.turns[:last + 1], schema)


def _sim(given: Given) -> Sample | str:
    at, wanted = simulated_at(given.turns), given.box("sim.intent")
    return "Nothing stands before an utterance of the user." if at is None else _sample(given, "sim", given.turns[:at], wanted)


def _reo(given: Given) -> Sample | str:
    made = shuffled(window(given.turns), Random(f"reo/{given.seed}"), dataset=given.dialogue.corpus, id=f"{given.dialogue.id}/reo", split=given.dialogue.split)
    return replace(made, answer=None) if made else "Two different utterances are needed to be put into another order."


def _clo(given: Given) -> Sample | str:
    if given.spans is None:
        return "No extractor has looked for entities in this dialogue yet."
    turns = window(given.turns)
    spans = given.spans([turn.text for turn in turns])
    made = masked(turns, spans, Random(f"clo/{given.seed}"), dataset=given.dialogue.corpus, id=f"{given.dialogue.id}/clo", split=given.dialogue.split)
    return replace(made, answer=None) if made else "No entity was found that could be masked."


def window(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The last turns, as many as a window of the training data may have (at least one)."""
    kept: list[Turn] = []
    for turn in reversed(turns[-TURNS[1]:]):
        if kept and sum(len(one.text.split()) for one in (*kept, turn)) > WORDS:
            break
        kept.insert(0, turn)
    return tuple(kept)


def _typed(given: Given, name: str) -> str:
    known = given.box(name)
    return known.text if isinstance(known, Document) else ""


def _last_question(turns: Sequence[Turn]) -> int | None:
    """The user's last utterance with a question mark, else the user's last one."""
    return max((index for index, turn in enumerate(turns) if turn.speaker == "user" and "?" in turn.text), default=last_user(turns))


_MAKERS: Mapping[str, Callable[[Given], Sample | str]] = {
    "rew": partial(_until_user, task="rew"), "nlg": _nlg, "sum": partial(_whole, task="sum"),
    "fill": partial(_utterance, task="fill", box="fill.slots", labels=False), "intent": partial(_utterance, task="intent", box="intent.labels", labels=True),
    "dst": partial(_until_user, task="dst", box="dst.slots"), "comm": _comm, "emo": partial(_utterance, task="emo", box="emo.emotions", labels=True),
    "docqa": _docqa, "dialqa": partial(_whole, task="dialqa", box="dialqa.question"), "chat": partial(_until_user, task="chat", box="chat.persona"),
    "kgdial": partial(_until_user, task="kgdial", box="kgdial.facts"), "txt2sql": _txt2sql, "sim": _sim,
    "tod": partial(_until_user, task="tod", box="tod.state"), "reo": _reo, "clo": _clo,
}
