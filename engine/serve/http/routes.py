"""The API's routes: predict, objectives, zoo answers, convert, results, models, and one per method of `Predictor`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, TypeAdapter

from engine.dialogue.export import EXPORTS
from engine.dialogue.model import Dialogue, Role
from engine.results.written import MIMES, table
from engine.serve.base import ProbeAnswer
from engine.serve.http.body import Route
from engine.serve.http.forms import Converted, ObjectivesRequest, Predicted, PredictRequest, TableForm, ZooAnswers, ZooRequest
from engine.serve.http.settings import check_size
from engine.serve.http.work import Job, Tell, seconds_of
from engine.serve.http.works import Conversion, Engine, check_questions, described, predicted, probed, progress, zoo_answered, zoo_written
from engine.serve.wire import METHODS, NDJSON, Method, Models, values_of
from engine.serve.zoo.base import ZooAnswer
from engine.serve.zoo.wire import ANSWERS, PROMPT, Question, Questions, question_of
from engine.zoo.prompt import Prompt

Found = TypeVar("Found")
Work = Callable[[Engine, Tell], Found]
_JSON = "application/json"
_PREDICTED: TypeAdapter[list[Predicted]] = TypeAdapter(list[Predicted])
_PROBED: TypeAdapter[list[list[ProbeAnswer]]] = TypeAdapter(list[list[ProbeAnswer]])
_ZOO = TypeAdapter(ZooAnswers)
_MODELS = TypeAdapter(Models)
_CONVERTED = TypeAdapter(Converted)
_FILE = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}

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
    return await answered(request, lambda engine, tell: predicted(engine, asked, tell), _PREDICTED)


@router.post("/objectives", response_model=list[list[ProbeAnswer]])
async def objectives(request: Request, asked: ObjectivesRequest) -> Response:
    """Pre-training objectives put to dialogues: for each question, every variant's answer."""
    return await answered(request, lambda engine, tell: probed(engine, asked, tell), _PROBED)


@router.post("/zoo/answer", response_model=ZooAnswers)
async def zoo_answer(request: Request, asked: ZooRequest) -> Response:
    """DialogZoo's tasks asked of one dialogue; with `Accept: application/x-ndjson`, answers come word by word."""
    return await answered(request, lambda engine, tell: zoo_answered(engine, asked, tell), _ZOO)


@router.post("/zoo/prompt", response_model=Prompt)
async def zoo_prompt(request: Request, asked: Question) -> Response:  # type: ignore[valid-type]
    """What the text-to-text model would read for one question."""
    question = question_of(asked)
    return await answered(request, lambda engine, tell: engine.zoo.prompt(question), PROMPT)


@router.post("/zoo/questions", response_model=list[ZooAnswer])
async def zoo_questions(request: Request, asked: Questions) -> Response:
    """Answers to questions that are put together already, as programs of ours ask them."""
    questions = [question_of(one) for one in asked.questions]
    for one in questions:
        check_size([Dialogue(corpus="request", id=one.sample.id, split="all", turns=one.sample.turns)], request.app.state.settings)
    return await answered(request, lambda engine, tell: zoo_written(engine, questions, asked.constrained, tell), ANSWERS)


Names = Annotated[Sequence[str], Query()]


@router.post("/convert", response_model=Converted, openapi_extra=_FILE)
async def convert(request: Request, to: str = "", form: Annotated[str | None, Query(alias="from")] = None, name: Annotated[str, Query(max_length=200)] = "",
                  user: Names = (), system: Names = (), skip: Names = (), merge: bool = False) -> Response:
    """A file in any upload format, sent as the body: as dialogues in JSON, or, with `to`, as a file in that format. Nothing is kept.

    `user`, `system` and `skip` say who stands behind a speaker's name; `from` names the format where it shall not be detected.
    """
    named: dict[Role, Sequence[str]] = {"user": user, "system": system, "skip": skip}
    asked = Conversion(to=to, form=form, name=name, merge=merge, roles={name: role for role, names in named.items() for name in names})
    data = await request.body()
    if not to:
        return await answered(request, lambda engine, tell: asked.read(engine, data, tell), _CONVERTED)
    text = await job(request, lambda engine, tell: asked.written(engine, data, tell)).result(request)
    return Response(text, media_type=EXPORTS[to].mime)


@router.get("/results", response_model=list[dict[str, Any]])
async def results(request: Request, form: Annotated[TableForm, Query(alias="format")] = "json", protocol: Literal["paper", "released"] = "paper",
                  regime: str | None = None) -> Response:
    """The tables of paper 1: what was reported and what was measured here; `json` and `csv` hold one number per row."""
    return Response(await job(request, lambda engine, tell: table(form, protocol, regime)).result(request), media_type=MIMES[form])


@router.get("/models", response_model=Models)
async def models(request: Request) -> Response:
    """What this server can answer, and which models are loaded."""
    return await answered(request, described, _MODELS)


def _add(method: Method) -> None:
    """One route for one method of the contract."""
    async def call(request: Request, asked: BaseModel) -> Response:
        arguments = values_of(asked)
        check_size([value for value in arguments.values() if isinstance(value, Dialogue)], request.app.state.settings)
        check_questions([*arguments.get("questions", ()), *filter(None, [arguments.get("question")])], request.app.state.settings)

        def work(engine: Engine, tell: Tell) -> Any:
            told = {"progress": progress(tell)} if method.tells else {}
            return getattr(engine.predictor, method.name)(**arguments, **told)

        return await answered(request, work, method.adapter)

    call.__annotations__ = {"request": Request, "asked": method.request, "return": Response}
    router.add_api_route(f"/predictor/{method.name}", call, methods=["POST"], response_model=method.result, name=method.name, description=method.about)


for _one in METHODS.values():
    _add(_one)
