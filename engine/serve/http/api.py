"""The FastAPI application below ``/api``: routes of version 1, their description, and errors of requests that no route takes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from engine.errors import RefusedError
from engine.serve.base import Predictor
from engine.serve.http.forms import explain_fields
from engine.serve.http.guard import Door, told
from engine.serve.http.page import described
from engine.serve.http.routes import router
from engine.serve.http.settings import Settings
from engine.serve.http.work import Crew
from engine.serve.http.works import Engine
from engine.serve.problems import Problem, misshapen, problem_of
from engine.serve.shared import LazyZoo
from engine.serve.wire import VERSION

ABOUT = ("Questions about dialogues to the models of DialAtlas. Every error is a `Problem`: a code, a sentence, a remedy, and where. "
         "Answers come as JSON; where the request says `Accept: application/x-ndjson`, as a stream with progress on the way.")
_CODES: dict[int, tuple[str, str, str]] = {
    404: ("not_found", "there is nothing at this address", f"see /api/{VERSION} for what there is"),
    405: ("wrong_method", "this address takes another method", f"see /api/{VERSION} for which"),
}


def build_api(predictor: Predictor, zoo: LazyZoo, settings: Settings) -> FastAPI:
    """The application, to be mounted at ``/api``; models are the caller's, and may be shared with others."""
    app = FastAPI(title="DialAtlas", version=VERSION, description=ABOUT, docs_url=None, redoc_url=None, openapi_url=f"/{VERSION}/openapi.json",
                  middleware=[Middleware(_door, settings=settings)], responses={"default": {"model": Problem, "description": "What is wrong"}})
    app.state.settings = settings
    app.state.engine = Engine(predictor=predictor, zoo=zoo, settings=settings, crew=Crew(settings.at_once))
    app.include_router(router, prefix=f"/{VERSION}")
    app.add_exception_handler(RequestValidationError, _misshapen)
    app.add_exception_handler(HTTPException, _no_route)
    for path in ("/", f"/{VERSION}", f"/{VERSION}/"):
        app.add_api_route(path, _page, response_class=HTMLResponse, include_in_schema=False)
    made = app.openapi

    def openapi() -> dict[str, Any]:
        schema = made()
        explain_fields(schema["components"]["schemas"])
        return schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the description
    return app


def _door(app: ASGIApp, settings: Settings) -> ASGIApp:
    return Door(app, settings=settings)


async def _misshapen(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return told(*problem_of(misshapen(error.errors())))


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, what, remedy = _CODES.get(error.status_code, ("bad_request", str(error.detail)[:200], f"see /api/{VERSION}"))
    return told(*problem_of(RefusedError(code, what, where=request.url.path[:200], remedy=remedy)))


async def _page(request: Request) -> Response:
    return HTMLResponse(described(request.app.openapi()))
