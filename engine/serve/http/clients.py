"""The same tools for ``gradio_client``, at ``/gradio``: a Gradio application without a page of its own (no torch)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import gradio as gr
from gradio.events import api
from pydantic import BaseModel, ValidationError

from engine.serve.http.forms import PredictRequest, ZooRequest
from engine.serve.http.work import Job, Tell, as_problem
from engine.serve.http.works import Engine, described, predicted, zoo_answered

Form = TypeVar("Form", bound=BaseModel)
WAITING = 64
"""Requests that Gradio keeps before it refuses more; the models' own queue is behind it."""


def build_clients(engine: Engine) -> gr.Blocks:
    """The functions ``predict``, ``zoo_answer`` and ``models``, which take and give the API's JSON (`engine.serve.http.forms`)."""

    async def ask(request: gr.Request, work: Callable[[Engine, Tell], Any]) -> Any:
        visitor = request.request.scope.get("visitor", "gradio")  # type: ignore[union-attr]
        try:
            return await Job(engine.crew, lambda tell: work(engine, tell), visitor=visitor, seconds=engine.settings.seconds).outcome()
        except Exception as error:
            raise gr.Error(as_problem(error)[1].sentence, print_exception=False) from None

    async def predict(asked: dict[str, Any], request: gr.Request) -> list[dict[str, Any]]:
        form = _form(PredictRequest, asked)
        return [one.model_dump(mode="json") for one in await ask(request, lambda engine, tell: predicted(engine, form, tell))]

    async def zoo_answer(asked: dict[str, Any], request: gr.Request) -> dict[str, Any]:
        form = _form(ZooRequest, asked)
        found: BaseModel = await ask(request, lambda engine, tell: zoo_answered(engine, form, tell))
        return found.model_dump(mode="json")

    async def models(request: gr.Request) -> dict[str, Any]:
        found: BaseModel = await ask(request, described)
        return found.model_dump(mode="json")

    made: gr.Blocks
    with gr.Blocks(title="DialAtlas for programs", analytics_enabled=False) as made:
        gr.Markdown("This address is for programs: `gradio_client.Client(ADDRESS).view_api()` lists what they can ask.")
        for tool in (predict, zoo_answer, models):
            api(tool, api_name=tool.__name__)
    made.queue(max_size=WAITING, default_concurrency_limit=WAITING)
    return made


def _form(form: type[Form], asked: Any) -> Form:
    """What was sent, as the API takes it."""
    try:
        return form.model_validate(asked)
    except ValidationError as error:
        first = error.errors()[0]
        raise gr.Error(f"{'/'.join(map(str, first['loc'])) or 'the request'}: {first['msg']}", print_exception=False) from None
