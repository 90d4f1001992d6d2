"""A step's question put to the models; every kind of answer in one shape that can be drawn, recorded and voted on (no torch)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.dialogue.model import Dialogue, Turn
from engine.fingerprint import fingerprint
from engine.serve.base import Answer, Prediction, Predictor
from engine.serve.judged import judged
from engine.serve.questions import gold
from engine.serve.talk.ask import Ask, Kind, posed, question_mark, turns, zoo_given
from engine.serve.verdicts import judge, question_of, right_in_words
from engine.serve.zoo.base import ZooModel
from engine.serve.zoo.export import in_words
from engine.serve.zoo.questions import all_asked
from engine.tasks import TASKS
from engine.zoo import ZOO_TASKS

Check = Callable[[], None]
"""Called as often as the models allow; what it raises ends the work."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """One answer."""

    who: str
    """A variant, or a task of DialogZoo."""
    asked: str
    """Title of the task or objective."""
    text: str
    share: float | None = None
    """Its probability, where there is one of the whole answer."""
    right: bool | None = None
    """None where the right answer is not known."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """All answers to a step's question."""

    said: tuple[Said, ...]
    right: str = ""
    """The right answers in words; empty where none is known."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A step's question with its dialogue."""

    ask: Ask
    dialogue: Dialogue

    @property
    def mark(self) -> str:
        """Its fingerprint."""
        return question_mark(self.ask, self.dialogue)

    def with_utterance(self, text: str) -> Question:
        """The same question about the dialogue with one more utterance of the user."""
        longer = self.dialogue.with_turns((*self.dialogue.turns, Turn(speaker="user", text=text)))
        return Question(ask=replace(self.ask, turn=None, right=""), dialogue=longer)


class Models:
    """The predictor and DialogZoo as a talk asks them."""

    def __init__(self, predictor: Predictor, zoo: ZooModel) -> None:
        self.predictor, self.zoo = predictor, zoo
        self.titles: Mapping[str, str] = {card.name: card.title for card in predictor.card.variants} | {name: ZOO_TASKS[name].title for name in ZOO_TASKS}
        """Variant or task of DialogZoo to its name on the screen."""

    def answer(self, question: Question, check: Check = lambda: None) -> Answered:
        """Ask, and wait for the answers.

        Raises:
            DialAtlasError: As the models' contracts say, and what ``check`` raises.
        """
        check()
        return _ASKERS[question.ask.kind](self, question, check)

    def weights(self, ask: Ask) -> str:
        """A fingerprint of every weight file behind the answers.

        Raises:
            CheckpointError: A file is missing or damaged.
        """
        if ask.kind == "zoo":
            return fingerprint({"zoo": self.zoo.card.fingerprint})
        tasks, objectives = (ask.names, ()) if ask.kind == "tasks" else ((), ask.names)
        return fingerprint(dict(self.predictor.files(ask.variants, tasks, objectives)))

    def _tasks(self, question: Question, check: Check) -> Answered:
        ask, at = question.ask, turns(question.ask, question.dialogue)
        found = self.predictor.compare(question.dialogue, variants=ask.variants, tasks=ask.names, candidates=ask.candidates, progress=lambda *_: check())
        mine = {(one.variant, one.task): one for one in found if one.turn == at[one.task]}
        rows = [mine[variant, task] for variant in ask.variants for task in ask.names]
        verdicts = judged(rows, self.predictor.card.labels)
        said = tuple(Said(who=one.variant, asked=TASKS[one.task].card.title, text=words(one.answer), share=_share(one),
                          right=verdict.right if verdict else None) for one, verdict in zip(rows, verdicts, strict=True))
        return Answered(said=said, right="; ".join(_golden(question.dialogue, at)))

    def _objective(self, question: Question, check: Check) -> Answered:
        ask = question.ask
        asked = posed(ask, question.dialogue, lambda word: self.predictor.pieces([word])[0])
        found = self.predictor.probe_all([question_of(asked)], variants=ask.variants, progress=lambda *_: check())[0]
        verdicts = [(judge(asked, one), one) for one in found]
        said = tuple(Said(who=one.variant, asked=f"Objective {ask.names[0].upper()}", text=verdict.guess, right=verdict.right,
                          share=next(iter(one.scores[0].values())) if len(one.scores) == 1 else None) for verdict, one in verdicts)
        return Answered(said=said, right=right_in_words(asked) if asked.right else "")

    def _zoo(self, question: Question, check: Check) -> Answered:
        asked = [one.question for one in all_asked(zoo_given(question.ask, question.dialogue), question.ask.names) if one.question]

        def told(place: int, text: str) -> None:
            check()

        found = self.zoo.answer(asked, told=told)
        return Answered(said=tuple(Said(who=one.task, asked=ZOO_TASKS[one.task].title, text=in_words(one) + " …" * one.stopped) for one in found))


_ASKERS: Mapping[Kind, Callable[[Models, Question, Check], Answered]] = {
    "tasks": Models._tasks, "objective": Models._objective, "zoo": Models._zoo}


def words(answer: Answer) -> str:
    """An answer to a downstream task as a slide prints it.

    >>> words({"hotel-area": "north", "hotel-stars": "4"}), words(("inform", "request")), words(())
    ('hotel-area = north; hotel-stars = 4', 'inform, request', 'nothing')
    """
    if isinstance(answer, str):
        return answer or "nothing"
    return ("; ".join(f"{slot} = {value}" for slot, value in answer.items()) if isinstance(answer, Mapping) else ", ".join(answer)) or "nothing"


def _share(one: Prediction) -> float | None:
    return one.scores.get(one.answer) if isinstance(one.answer, str) else None


def _golden(dialogue: Dialogue, at: Mapping[str, int]) -> Sequence[str]:
    found = {task: gold(dialogue, index, task) for task, index in at.items()}
    return [f"{TASKS[task].card.title}: {words(answer)}" for task, answer in found.items() if answer is not None]
