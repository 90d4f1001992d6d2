"""What routes and tools do, without HTTP: each takes what all handlers share, a request's form, and where to tell how far it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.dialogue.export import EXPORTS
from engine.dialogue.model import Dialogue, Role
from engine.dialogue.upload import read_upload
from engine.entities import default_extractor
from engine.errors import DialAtlasError, MissingDataError
from engine.paths import without_home
from engine.registry import unknown
from engine.serve.base import Predictor, ProbeAnswer, ProbeQuestion
from engine.serve.http.forms import Converted, ObjectivesRequest, Predicted, PredictRequest, ZooAnswers, ZooRequest, converted, dialogue_of
from engine.serve.http.settings import Settings, check_size
from engine.serve.http.work import Crew, Tell, check_wanted
from engine.serve.shared import LazyZoo
from engine.serve.wire import Models
from engine.serve.zoo.base import ZooAnswer, ZooQuestion
from engine.serve.zoo.questions import Given, Spans, all_asked


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What the handlers of one server share."""

    predictor: Predictor
    zoo: LazyZoo
    settings: Settings
    crew: Crew

    def variants(self, asked: Sequence[str]) -> Sequence[str]:
        """Those asked for, or all."""
        return asked or [card.name for card in self.predictor.card.variants]


def predicted(engine: Engine, asked: PredictRequest, tell: Tell) -> list[Predicted]:
    """Every dialogue's answers (errors as `Predictor.compare`, and as `check_size`)."""
    dialogues = [dialogue_of(talk, number) for number, talk in enumerate(asked.dialogues, 1)]
    check_size(dialogues, engine.settings)
    found = []
    for done, dialogue in enumerate(dialogues):
        def within(share: float, words: str, done: int = done) -> None:
            tell("progress", {"progress": (done + share) / len(dialogues), "words": words})

        found.append(Predicted(dialogue=dialogue.id, predictions=engine.predictor.compare(
            dialogue, variants=engine.variants(asked.variants), tasks=asked.tasks or engine.predictor.card.tasks,
            candidates=asked.candidates, progress=within)))
    return found


def probed(engine: Engine, asked: ObjectivesRequest, tell: Tell) -> list[list[ProbeAnswer]]:
    """Every question's answers (errors as `Predictor.probe_all`, and as `check_size`)."""
    check_questions(asked.questions, engine.settings)
    return engine.predictor.probe_all(asked.questions, variants=engine.variants(asked.variants), progress=progress(tell))


def zoo_answered(engine: Engine, asked: ZooRequest, tell: Tell) -> ZooAnswers:
    """DialogZoo's answers for one dialogue (errors as `ZooModel.answer`, and as `check_size`)."""
    dialogue = dialogue_of(asked.dialogue, 1)
    check_size([dialogue], engine.settings)
    tasks = asked.tasks or engine.zoo.card.tasks
    given = Given(dialogue=dialogue, texts=asked.texts, prompts=asked.prompts, seed=asked.seed, spans=_spans() if "clo" in tasks else None)
    posed = all_asked(given, tasks)
    found = zoo_written(engine, [one.question for one in posed if one.question], asked.constrained, tell)
    return ZooAnswers(model=engine.zoo.card, answers=found, not_asked={one.task: one.reason for one in posed if one.question is None})


def zoo_written(engine: Engine, questions: Sequence[ZooQuestion], constrained: bool, tell: Tell) -> list[ZooAnswer]:
    """Answers to questions, told as they grow (errors as `ZooModel.answer`)."""
    tokens: Counter[int] = Counter()

    def told(place: int, text: str) -> None:
        tokens[place] += 1
        tell(place, {"place": place, "task": questions[place].task, "text": text, "tokens": tokens[place]})

    found = engine.zoo.answer(questions, constrained=constrained, stop=_unwanted, told=told) if questions else []
    check_wanted()
    return found


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """What is to be done with a file.

    Raises:
        UnknownNameError: ``to`` names no format that can be written.
    """

    to: str = ""
    """A format of `EXPORTS`; empty: dialogues as JSON."""
    form: str | None = None
    name: str = ""
    roles: Mapping[str, Role]
    merge: bool = False

    def __post_init__(self) -> None:
        if self.to and self.to not in EXPORTS:
            raise unknown("format to write", self.to[:80], list(EXPORTS))

    def read(self, engine: Engine, data: bytes, tell: Tell) -> Converted:
        """The dialogues of a file (errors as `read_upload`)."""
        return converted(read_upload(data, self.name, form=self.form, roles=self.roles, merge=self.merge, progress=progress(tell),
                                     limits=engine.settings.upload))

    def written(self, engine: Engine, data: bytes, tell: Tell) -> str:
        """The dialogues of a file in the format ``to`` (errors as `read_upload`)."""
        return EXPORTS[self.to].write(self.read(engine, data, tell).dialogues)


def described(engine: Engine, tell: Tell) -> Models:
    """What can be answered; a text-to-text model that cannot be opened is told as trouble."""
    trouble = ""
    try:
        zoo = engine.zoo.card
    except DialAtlasError as error:
        zoo, trouble = None, without_home(error.sentence)
    return Models(card=engine.predictor.card, description=engine.predictor.describe(), zoo=zoo, zoo_trouble=trouble)


def progress(tell: Tell) -> Callable[[float, str], None]:
    """What a predictor calls to tell how far it is."""
    return lambda share, words: tell("progress", {"progress": share, "words": words})


def check_questions(questions: Sequence[ProbeQuestion], settings: Settings) -> None:
    """As `check_size`, for what probe questions show of dialogues."""
    check_size([Dialogue(corpus="request", id=f"question {number}", split="all", turns=one.turns) for number, one in enumerate(questions, 1)], settings)


def _unwanted() -> bool:
    try:
        check_wanted()
    except DialAtlasError:
        return True
    return False


@cache
def _extractor() -> Any:
    return default_extractor()


def _spans() -> Spans | None:
    try:
        found: Spans = _extractor().entities
    except MissingDataError:  # told as the reason why CLO is not asked
        return None
    return found
