"""The API's routes: predict, objectives, zoo answers, convert, results, models, and one per method of `Predictor`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, TypeAdapter

from engine.dialogue.export import EXPORTS
from engine.dialogue.model import Dialogue, Role
from engine.dialogue.upload import read_upload
from engine.entities import default_extractor
from engine.errors import DialAtlasError, MissingDataError
from engine.paths import without_home
from engine.registry import unknown
from engine.results.written import MIMES, table
from engine.serve.base import Predictor, ProbeAnswer, ProbeQuestion
from engine.serve.http.body import Route
from engine.serve.http.forms import (
    Converted,
    ObjectivesRequest,
    Predicted,
    PredictRequest,
    TableForm,
    ZooAnswers,
    ZooRequest,
    converted,
    dialogue_of,
)
from engine.serve.http.settings import Settings, check_size
from engine.serve.http.work import Crew, Job, Tell, check_wanted, seconds_of
from engine.serve.shared import LazyZoo
from engine.serve.wire import METHODS, NDJSON, Method, Models, values_of
from engine.serve.zoo.base import ZooAnswer, ZooQuestion
from engine.serve.zoo.questions import Given, Spans, all_asked
from engine.serve.zoo.wire import ANSWERS, PROMPT, Question, Questions, question_of
from engine.zoo.prompt import Prompt

Found = TypeVar("Found")
Work = Callable[["Engine", Tell], Found]
_JSON = "application/json"
_PREDICTED: TypeAdapter[list[Predicted]] = TypeAdapter(list[Predicted])
_PROBED: TypeAdapter[list[list[ProbeAnswer]]] = TypeAdapter(list[list[ProbeAnswer]])
_ZOO = TypeAdapter(ZooAnswers)
_MODELS = TypeAdapter(Models)
_CONVERTED = TypeAdapter(Converted)


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


router = APIRouter(route_class=Route)


def job(request: Request, work: Work[Found]) -> Job[Found]:
    """Begin a request's work in a thread."""
    engine: Engine = request.app.state.engine
    return Job(engine.crew, lambda tell: work(engine, tell), visitor=request.scope["visitor"], seconds=seconds_of(request, engine.settings))


async def answered(request: Request, work: Work[Found], adapter: TypeAdapter[Found]) -> Response:
    """Work's result as JSON, or, where the client accepts that, as a stream of what it tells on the way."""
    begun = job(request, work)
    if NDJSON in request.headers.get("accept", ""):
        lines = begun.lines(lambda found: adapter.dump_python(found, mode="json"))
        return StreamingResponse(lines, media_type=NDJSON, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    return Response(adapter.dump_json(await begun.result(request)), media_type=_JSON)


@router.post("/predict", response_model=list[Predicted])
async def predict(request: Request, asked: PredictRequest) -> Response:
    """Every task for every variant at every turn of every dialogue; with `Accept: application/x-ndjson`, progress comes on the way."""
    dialogues = [dialogue_of(talk, number) for number, talk in enumerate(asked.dialogues, 1)]
    check_size(dialogues, request.app.state.settings)

    def work(engine: Engine, tell: Tell) -> list[Predicted]:
        found = []
        for done, dialogue in enumerate(dialogues):
            def within(share: float, words: str, done: int = done) -> None:
                tell("progress", {"progress": (done + share) / len(dialogues), "words": words})

            found.append(Predicted(dialogue=dialogue.id, predictions=engine.predictor.compare(
                dialogue, variants=engine.variants(asked.variants), tasks=asked.tasks or engine.predictor.card.tasks,
                candidates=asked.candidates, progress=within)))
        return found

    return await answered(request, work, _PREDICTED)


@router.post("/objectives", response_model=list[list[ProbeAnswer]])
async def objectives(request: Request, asked: ObjectivesRequest) -> Response:
    """Pre-training objectives put to dialogues: for each question, every variant's answer."""
    _check_questions(asked.questions, request.app.state.settings)

    def work(engine: Engine, tell: Tell) -> list[list[ProbeAnswer]]:
        return engine.predictor.probe_all(asked.questions, variants=engine.variants(asked.variants), progress=_progress(tell))

    return await answered(request, work, _PROBED)


@router.post("/zoo/answer", response_model=ZooAnswers)
async def zoo_answer(request: Request, asked: ZooRequest) -> Response:
    """DialogZoo's tasks asked of one dialogue; with `Accept: application/x-ndjson`, answers come word by word."""
    dialogue = dialogue_of(asked.dialogue, 1)
    check_size([dialogue], request.app.state.settings)

    def work(engine: Engine, tell: Tell) -> ZooAnswers:
        tasks = asked.tasks or engine.zoo.card.tasks
        given = Given(dialogue=dialogue, texts=asked.texts, prompts=asked.prompts, seed=asked.seed, spans=_spans() if "clo" in tasks else None)
        posed = all_asked(given, tasks)
        found = _zoo(engine, [one.question for one in posed if one.question], asked.constrained, tell)
        return ZooAnswers(model=engine.zoo.card, answers=found, not_asked={one.task: one.reason for one in posed if one.question is None})

    return await answered(request, work, _ZOO)


@router.post("/zoo/prompt", response_model=Prompt)
async def zoo_prompt(request: Request, asked: Question) -> Response:  # type: ignore[valid-type]
    """What the text-to-text model would read for one question."""
    question = question_of(asked)
    return await answered(request, lambda engine, tell: engine.zoo.prompt(question), PROMPT)


@router.post("/zoo/questions", response_model=list[ZooAnswer])
async def zoo_questions(request: Request, asked: Questions) -> Response:
    """Answers to questions that are put together already, as programs of ours ask them."""
    questions = [question_of(one) for one in asked.questions]

    def work(engine: Engine, tell: Tell) -> list[ZooAnswer]:
        return _zoo(engine, questions, asked.constrained, tell)

    return await answered(request, work, ANSWERS)


def _zoo(engine: Engine, questions: Sequence[ZooQuestion], constrained: bool, tell: Tell) -> list[ZooAnswer]:
    tokens: Counter[int] = Counter()

    def told(place: int, text: str) -> None:
        tokens[place] += 1
        tell(place, {"place": place, "task": questions[place].task, "text": text, "tokens": tokens[place]})

    found = engine.zoo.answer(questions, constrained=constrained, stop=_unwanted, told=told) if questions else []
    check_wanted()
    return found


@router.post("/convert", response_model=Converted, openapi_extra={
    "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}})
async def convert(request: Request, to: str = "", form: Annotated[str | None, Query(alias="from")] = None, name: Annotated[str, Query(max_length=200)] = "",
                  user: Annotated[list[str], Query()] = [], system: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies them
                  skip: Annotated[list[str], Query()] = [], merge: bool = False) -> Response:  # noqa: B006
    """A file in any upload format, sent as the body: as dialogues in JSON, or, with `to`, as a file in that format. Nothing is kept.

    `user`, `system` and `skip` say who stands behind a speaker's name; `from` names the format where it shall not be detected.
    """
    if to and to not in EXPORTS:
        raise unknown("format to write", to[:80], list(EXPORTS))
    roles = _roles({"user": user, "system": system, "skip": skip})
    data = await request.body()

    def work(engine: Engine, tell: Tell) -> str | Converted:
        upload = read_upload(data, name, form=form, roles=roles, merge=merge, progress=_progress(tell), limits=engine.settings.upload)
        return EXPORTS[to].write(upload.dialogues) if to else converted(upload)

    if not to:
        return await answered(request, work, _CONVERTED)  # type: ignore[arg-type]  # without `to`, it is of that kind
    return Response(str(await job(request, work).result(request)), media_type=EXPORTS[to].mime)


@router.get("/results", response_model=list[dict[str, Any]])
async def results(request: Request, form: Annotated[TableForm, Query(alias="format")] = "json", protocol: Literal["paper", "released"] = "paper",
                  regime: str | None = None) -> Response:
    """The tables of paper 1: what was reported and what was measured here; `json` and `csv` hold one number per row."""
    return Response(await job(request, lambda engine, tell: table(form, protocol, regime)).result(request), media_type=MIMES[form])


@router.get("/models", response_model=Models)
async def models(request: Request) -> Response:
    """What this server can answer, and which models are loaded."""
    def work(engine: Engine, tell: Tell) -> Models:
        trouble = ""
        try:
            zoo = engine.zoo.card
        except DialAtlasError as error:
            zoo, trouble = None, without_home(error.sentence)
        return Models(card=engine.predictor.card, description=engine.predictor.describe(), zoo=zoo, zoo_trouble=trouble)

    return await answered(request, work, _MODELS)


def _add(method: Method) -> None:
    """One route for one method of the contract."""
    async def call(request: Request, asked: BaseModel) -> Response:
        arguments = values_of(asked)
        check_size([value for value in arguments.values() if isinstance(value, Dialogue)], request.app.state.settings)
        _check_questions([*arguments.get("questions", ()), *filter(None, [arguments.get("question")])], request.app.state.settings)

        def work(engine: Engine, tell: Tell) -> Any:
            told = {"progress": _progress(tell)} if method.tells else {}
            return getattr(engine.predictor, method.name)(**arguments, **told)

        return await answered(request, work, method.adapter)

    call.__annotations__ = {"request": Request, "asked": method.request, "return": Response}
    router.add_api_route(f"/predictor/{method.name}", call, methods=["POST"], response_model=method.result, name=method.name, description=method.about)


for _one in METHODS.values():
    _add(_one)


def _progress(tell: Tell) -> Callable[[float, str], None]:
    return lambda share, words: tell("progress", {"progress": share, "words": words})


def _check_questions(questions: Sequence[ProbeQuestion], settings: Settings) -> None:
    check_size([Dialogue(corpus="request", id=f"question {number}", split="all", turns=one.turns) for number, one in enumerate(questions, 1)], settings)


def _unwanted() -> bool:
    try:
        check_wanted()
    except DialAtlasError:
        return True
    return False


def _roles(names: Mapping[Role, Sequence[str]]) -> dict[str, Role]:
    return {name: role for role, listed in names.items() for name in listed}


@cache
def _extractor() -> Any:
    return default_extractor()


def _spans() -> Spans | None:
    try:
        found: Spans = _extractor().entities
    except MissingDataError:  # told as the reason why CLO is not asked
        return None
    return found
