"""One process for everybody: pages at ``/``, talk at ``/talk``, API at ``/api``, tools at ``/mcp``, health and metrics, on one set of models."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from prometheus_client import make_asgi_app
from starlette.routing import Route

from engine.errors import DialAtlasError, InputError
from engine.serve import shared
from engine.serve.base import Predictor
from engine.serve.http.api import build_api
from engine.serve.http.body import Bounded
from engine.serve.http.entry import Entry
from engine.serve.http.guard import Door, Hosts, told
from engine.serve.http.metrics import STATES, Counted, Metrics
from engine.serve.http.settings import Settings
from engine.serve.http.tools import build_tools
from engine.serve.http.works import Engine
from engine.serve.problems import problem_of
from engine.serve.shared import LazyZoo


def build(predictor: Predictor, zoo: LazyZoo, settings: Settings, *, app: Path | None = None, talk: Any = None) -> FastAPI:
    """The whole server.

    Args:
        predictor: Answers pages, API and talk alike.
        zoo: As ``predictor``.
        settings: From whom it takes what.
        app: The router of the Streamlit pages; None: no pages.
        talk: Gradio Blocks; None: no talk demo, and nothing for Gradio's client.
    """
    api = build_api(predictor, zoo, settings)
    metrics = Metrics(predictor, api.state.engine.crew)
    pages = _pages(app) if app else None
    tools, tools_app = build_tools(api.state.engine)
    pages_run = pages.lifespan() if pages else nullcontext  # now, since it sets log levels that uvicorn's own shall follow

    @asynccontextmanager
    async def started(app: FastAPI) -> AsyncIterator[None]:
        async with tools.session_manager.run(), pages_run(app):
            yield

    server = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=started)
    if settings.token:
        server.add_middleware(Entry, token=settings.token, settings=settings)
    server.add_middleware(Hosts, hosts=settings.hosts)
    server.add_middleware(Counted, metrics=metrics)  # the last one added is asked first

    def healthz() -> JSONResponse:
        try:
            described = predictor.describe()
        except DialAtlasError as error:  # an engine elsewhere that is not there
            return told(503, problem_of(error)[1])
        parts = {state: described.count(state) for state in STATES}
        well = not described.parts or parts["failed"] < len(described.parts)
        return JSONResponse({"ok": well, "predictor": described.predictor, "device": described.device, "parts": parts}, 200 if well else 503)

    server.add_api_route("/healthz", healthz)
    server.router.routes.append(Route("/metrics", Door(make_asgi_app(metrics.registry), settings=settings)))
    server.router.routes.append(Route("/mcp", Door(Bounded(tools_app, limit=settings.asked.bytes, seconds=settings.body_seconds), settings=settings)))
    server.add_api_route("/api", lambda: RedirectResponse("/api/"))
    server.mount("/api", api)
    if talk is not None:
        _mount_gradio(server, talk, api.state.engine)
    if pages:
        server.mount("/", pages)  # last: it answers every path
    return server


def _pages(app: Path) -> Any:
    import streamlit as st  # a server of the API alone needs none

    return st.App(app)


def _mount_gradio(server: FastAPI, talk: Any, engine: Engine) -> None:
    """The talk, and beside it the tools for programs that speak Gradio."""
    from engine.serve.http.clients import build_clients
    from engine.serve.talk.mounted import mount

    server.add_api_route("/talk", _to_talk)
    mount(server, talk, "/talk")
    mount(server, build_clients(engine), "/gradio", lambda inner: Door(inner, settings=engine.settings))


def _to_talk(request: Request) -> RedirectResponse:
    return RedirectResponse(f"/talk/?{request.url.query}" if request.url.query else "/talk/")


def opened() -> tuple[Predictor, LazyZoo]:
    """The models that the environment names, opened once and shared with pages of this process.

    Raises:
        DialAtlasError: As the predictor's opening.
    """
    name, zoo = shared.predictor_name(), LazyZoo(shared.zoo_name())
    predictor = shared.opened_predictor(name)
    shared.share(name, predictor)
    shared.share_zoo(shared.zoo_name(), zoo)
    return predictor, zoo


def bound(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        InputError: The address cannot be had.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise InputError(f"the address {host}:{port} cannot be used ({getattr(error, 'strerror', None) or error})", where="--host, --port",
                         remedy="end what uses it, or give another --port") from None


def serve(server: FastAPI, listening: socket.socket, settings: Settings) -> None:
    """Answer until interrupted; a request's head may have 64 kB, and idle connections are closed after 5 s."""
    config = uvicorn.Config(server, log_level="warning", access_log=False, server_header=False, proxy_headers=bool(settings.proxies),
                            forwarded_allow_ips=list(settings.proxies), timeout_keep_alive=5, timeout_graceful_shutdown=5,
                            ws="websockets-sansio", ws_ping_interval=30, ws_ping_timeout=30)
    uvicorn.Server(config).run(sockets=[listening])
